"""Quoted and qualified names of tables and columns in each engine's SQL."""

import re
from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

UNQUALIFIED = ("mysql", "sqlite")  # engines whose table names have no schema
QUOTES = {"mysql": "``", "bigquery": "``", "sqlserver": "[]"}
PART = re.compile(r'"((?:[^"]|"")+)"|`((?:[^`]|``)+)`|\[((?:[^\]])+)\]|([^."`\[\]]+)')


class Named(Protocol):
    """A table: its name as a schema lists it, and the schema that holds it, empty if that is not known."""

    @property
    def name(self) -> str: ...
    @property
    def held_by(self) -> str: ...


AnyNamed = TypeVar("AnyNamed", bound=Named)


def quoted(name: str, engine: str) -> str:
    """The quoted name. A quote inside it is doubled; BigQuery and ClickHouse escape it."""
    begin, end = QUOTES.get(engine, '""')
    if engine in ("bigquery", "clickhouse"):
        return begin + name.replace("\\", "\\\\").replace(end, "\\" + end) + end
    return begin + name.replace(end, end * 2) + end


def parts(table: str, engine: str) -> list[str]:
    """The schema, if the name has one, and the table's own name. A dot always separates them."""
    return [table] if engine in UNQUALIFIED else table.split(".", 1)


def qualified(table: str, engine: str) -> str:
    return ".".join(quoted(part, engine) for part in parts(table, engine))


def bare(table: str) -> str:
    """A table's own name in lower case, without quotes and schema."""
    return own_part(table).lower()


def own_part(table: str) -> str:
    """A table's own name, without quotes and schema."""
    try:
        return written_parts(table)[-1]
    except ValueError:
        return table


def written_parts(text: str) -> list[str]:
    """The parts of a name as people write it: qualified or not, in the quotes of any engine or none.

    Raises ValueError for what is not a name.
    """
    found: list[str] = []
    at, text = 0, text.strip()
    while (part := PART.match(text, at)) is not None:
        one, two, three, plain = part.groups()
        found.append((one or "").replace('""', '"') or (two or "").replace("``", "`") or three or plain.strip())
        at = part.end()
        if at == len(text):
            return found
        if text[at] != ".":
            break
        at += 1
    raise ValueError(f"{text} is not a name")


def own_name(table: Named) -> str:
    """A table's own name as the database has it."""
    if table.held_by and table.name.startswith(f"{table.held_by}."):
        return table.name[len(table.held_by) + 1 :]
    return table.name if table.held_by else table.name.rpartition(".")[2]


def meant(names: Sequence[str], tables: Iterable[AnyNamed], engine: str, database: str) -> list[AnyNamed]:
    """The tables that a name can mean, by its parts; several if the database would choose between them.

    The same letters come first, then those that differ in case only. Unqualified names are first those of the default
    schema. A database before the name must be the connection's own.
    """
    *holders, own = names
    if not _is_own_database(holders, engine, database):
        return []
    held_by = "" if engine in UNQUALIFIED or not holders else holders[-1]
    tables = [one for one in tables if own_name(one).casefold() == own.casefold()]
    for same in (str, str.casefold):
        found = [one for one in tables if same(own_name(one)) == same(own)]
        if held_by:
            found = [one for one in found if not one.held_by or same(one.held_by) == same(held_by)]
        elif default := [one for one in found if one.name == own_name(one)]:
            return default
        if found:
            return found
    if engine == "duckdb" and len(holders) == 1 and held_by:  # DATABASE.TABLE
        return [one for one in tables if one.held_by in ("", "main")]
    return []


def _is_own_database(holders: Sequence[str], engine: str, database: str) -> bool:
    if engine == "mysql":
        return len(holders) < 2 and all(one.casefold() == database.casefold() for one in holders)
    if engine == "sqlite":
        return len(holders) < 2 and all(one.casefold() == "main" for one in holders)
    if engine == "postgres" and len(holders) == 2:
        return holders[0].casefold() == database.casefold()
    return len(holders) < 3
