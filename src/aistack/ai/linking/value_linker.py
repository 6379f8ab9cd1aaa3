"""Which words of a question stand in the database, and where: one statement tells, as whoever asks may see it."""

from collections.abc import Mapping, Sequence

from aistack.ai.databases import Databases
from aistack.ai.prepared_databases import Known
from aistack.ai.rules.meaning.logical_form import Scalar
from aistack.ai.rules.sql.statement import Writer
from aistack.ai.schema.glossary import value_translations
from aistack.ai.schema.profiles import Column, ColumnFacts
from aistack.ai.text.tokens import Unit, is_chinese, normal, units_of
from aistack.chassis.errors import Problem
from aistack.chassis.identity import Principal

COLUMNS_MAX = 60
PHRASES_MAX = 300
WORDS_MAX = 6
CHARACTERS_MAX = 12
ROWS_MAX = 500
TABLE_ROWS_MAX = 2_000_000

Found = dict[str, list[tuple[Column, Scalar]]]


def phrases_of(question: str) -> list[str]:
    """Runs of the question's words that could be a value, in lower case, short ones first."""
    text = normal(question)
    units = units_of(text)
    found: dict[str, None] = {}
    longest = CHARACTERS_MAX if is_chinese(text) else WORDS_MAX
    for size in range(1, longest + 1):
        for start in range(len(units) - size + 1):
            found[_said(text, units[start : start + size])] = None
    return [one for one in found if one][:PHRASES_MAX]


def _said(text: str, part: Sequence[Unit]) -> str:
    return part[0].text.lower() if len(part) == 1 else text[part[0].start : part[-1].end].lower()


def wanted_values(phrases: Sequence[str]) -> dict[str, str]:
    """What to look for, in lower case, and the words of the question that it stands for: also in the other language."""
    translated = {said: phrase for phrase in phrases for said in value_translations(phrase)}
    return translated | {phrase: phrase for phrase in phrases}


def sampled(known: Known, wanted: Mapping[str, str]) -> Found:
    """Values among the frequent ones that were read with the schema."""
    found: Found = {}
    for table in known.knowledge.tables.values():
        for facts in table.columns.values():
            for value in facts.samples:
                if facts.kind == "text" and value.lower() in wanted:
                    found.setdefault(wanted[value.lower()], []).append((facts.column, value))
    return found


async def probed(
    databases: Databases, known: Known, tables: Sequence[str], wanted: Mapping[str, str], who: Principal, seconds: float
) -> tuple[Found, str]:
    """Values that stand in text columns, and a note when not all could be looked for.

    `tables` come first; of all others as many columns as fit.
    """
    if not known.connection.samples or not wanted:
        return {}, ""
    columns = _columns(known, tables)
    if not columns:
        return {}, ""
    writer = Writer(known.knowledge, known.connection.engine)
    listed = ", ".join(writer.literal(one) for one in wanted)
    names = [(writer.quoted(one.column.name), writer.table(one.column.table, one.column.table)) for one in columns]
    parts = [
        f"SELECT DISTINCT {number} AS place, {name} AS value FROM {table} WHERE LOWER({name}) IN ({listed})"
        for number, (name, table) in enumerate(names)
    ]
    try:
        answer = await databases.run(known.connection.id, " UNION ALL ".join(parts), who, ROWS_MAX, seconds)
    except Problem as problem:
        return {}, problem.detail
    found: Found = {}
    for place, value in answer.rows:
        if isinstance(value, str) and value.lower() in wanted:
            found.setdefault(wanted[value.lower()], []).append((columns[int(place)].column, value))
    return found, ""


def _columns(known: Known, tables: Sequence[str]) -> list[ColumnFacts]:
    sizes = {table.name: table.rows or 0 for table in known.schema.tables}
    ordered = [*tables, *(name for name in known.knowledge.tables if name not in tables)]
    found = [
        facts
        for name in ordered
        if sizes.get(name, 0) <= TABLE_ROWS_MAX
        for facts in known.knowledge.tables[name].columns.values()
        if facts.kind == "text" and not (facts.is_key and name not in tables)
    ]
    return found[:COLUMNS_MAX]
