"""What the words of one question can be: names of tables and columns, values, numbers, times, words of the language."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from aistack.ai.rules.grammar.chart_parser import SKIP, Entry
from aistack.ai.rules.meaning.adjectives import FAMILIES, OF_HOW, OF_NUMBERS
from aistack.ai.rules.meaning.logical_form import Is, Meets, Rows, Scalar
from aistack.ai.rules.meaning.row_composer import Adjective, Extreme
from aistack.ai.schema.glossary import alike
from aistack.ai.schema.identifiers import parts_of
from aistack.ai.schema.profiles import Column, ColumnFacts, TableFacts
from aistack.ai.schema.schema_graph import Knowledge
from aistack.ai.text.dates import spans_in
from aistack.ai.text.numbers import number_at
from aistack.ai.text.tokens import Unit, forms_of

PHRASE_UNITS_MAX = 12
NUMERAL = 2.0  # a number rather counts or dates than names
ALIKE = 1.7  # the cost of a word that is only of like meaning

LEAD = "LEAD"  # a verb that a request begins with, and that says nothing more

Words = Mapping[str, Sequence[tuple[str, object]]]  # phrase -> categories with meanings
Values = Mapping[str, Sequence[tuple[Column, Scalar]]]  # what was said -> where it stands, and how it is written there


class Lexicon:
    """The names of one schema together with the function words of one language; made once, used for many questions."""

    def __init__(self, knowledge: Knowledge, words: Words) -> None:
        self.knowledge = knowledge
        self._entries: dict[tuple[str, ...], dict[tuple[str, object], float]] = {}
        for phrase, meanings in words.items():
            for category, meaning in meanings:
                self._add(phrase, category, meaning, 0.2 if category == SKIP else 1.0)
        columns: dict[tuple[str, ...], dict[Column, None]] = {}
        for table in knowledge.tables.values():
            for name in table.names:
                self._add(name, "S", Rows(table.name))
            self._add_columns(table, columns)
            for names, where in table.qualities.values():
                for name in names:
                    self._add(name, "F", Meets(table.name, where))
        for forms, found in columns.items():
            self._put(forms, "C", tuple(found), 1.0)
        self._add_alike(columns)
        for name, dimension in knowledge.layer.dimensions.items():
            column = knowledge.column(dimension.column)
            for one in (name, *dimension.names) if column is not None else ():
                self._add(one, "C", (column,), 0.9)
        for relation in knowledge.relations:
            for name in relation.names:
                self._add(name, "REL", relation)
        for metric in knowledge.metrics:
            for name in metric.names:
                self._add(name.replace("_", " "), "MET", metric, 0.9)
        for where, values in knowledge.layer.values.items():
            column = knowledge.column(where)
            if column is None:
                continue
            for value, names in values.items():
                for name in (value, *names):
                    self._add(name, "V", Is(column, "=", (value,)))
        self._by_word = self._adjectives()
        for word, adjective in self._by_word.items():
            self._put(word, "SUP", adjective, 1.0)
        for word in OF_NUMBERS:
            self._add(word, "SUPN", self.adjective(word))
        for word, best in OF_HOW.items():
            self._add(word, "ADJ", self.adjective(best))

    def adjective(self, word: str) -> Adjective:
        """How a superlative is meant here."""
        return self._by_word[forms_of(word)]

    def entries(self, units: Sequence[Unit], values: Values, question: str, today: date) -> list[Entry]:
        """All that parts of the question can be. `values` are those found in the database."""
        found: list[Entry] = []
        said: dict[tuple[str, ...], list[Is]] = {}
        for text, places in values.items():
            said.setdefault(forms_of(text), []).extend(Is(column, "=", (value,)) for column, value in places)
        forms = [unit.form for unit in units]
        for start in range(len(units)):
            for end in range(start + 1, min(start + PHRASE_UNITS_MAX, len(units)) + 1):
                key = tuple(forms[start:end])
                for (category, meaning), cost in self._entries.get(key, {}).items():
                    if category != LEAD:
                        found.append(Entry(start, end, category, meaning, cost))
                    elif start == 0:
                        found.append(Entry(start, end, SKIP, None, cost))
                cost = NUMERAL if key and all(form.isdecimal() for form in key) else 1.0
                found += [Entry(start, end, "V", one, cost) for one in said.get(key, ())]
            if units[start].quoted:
                found += [Entry(start, start + 1, "V", one, 1.0) for one in said.get(forms_of(forms[start]), ())]
                found.append(Entry(start, start + 1, "TEXT", units[start].text, 1.0))
            number = number_at([unit.text for unit in units], start)
            if number is not None:
                found.append(Entry(start, number[1], "N", number[0], 1.0))
        begins = {unit.start: at for at, unit in enumerate(units)}
        ends = {unit.end: at + 1 for at, unit in enumerate(units)}
        for first, last, span in spans_in(question, today):
            while last not in ends and last > first and question[last - 1].isspace():
                last -= 1
            if first in begins and last in ends:
                found.append(Entry(begins[first], ends[last], "D", span, 0.9))
        return found

    def _add(self, phrase: str, category: str, meaning: object, cost: float = 1.0) -> None:
        self._put(forms_of(phrase), category, meaning, cost)

    def _put(self, forms: tuple[str, ...], category: str, meaning: object, cost: float) -> None:
        if forms and len(forms) <= PHRASE_UNITS_MAX:
            held = self._entries.setdefault(forms, {})
            held[category, meaning] = min(cost, held.get((category, meaning), cost))

    def _add_columns(self, table: TableFacts, columns: dict[tuple[str, ...], dict[Column, None]]) -> None:
        for facts in table.columns.values():
            for name in facts.names:
                forms = forms_of(name)
                if facts.kind == "time" and name == facts.names[0]:
                    for verb in verbs_of(facts.column.name):
                        self._add(verb, "TV", facts.column)
                if facts.extreme_of is not None:
                    self._put(forms, "X", Extreme(facts.column, facts.extreme_of, facts.extreme_is_most), 1.0)
                elif forms:
                    columns.setdefault(forms, {})[facts.column] = None

    def _add_alike(self, columns: dict[tuple[str, ...], dict[Column, None]]) -> None:
        """Words of like meaning, where the schema has nothing of that name itself."""
        found: dict[tuple[str, ...], dict[Column, None]] = {}
        for table in self.knowledge.tables.values():
            for facts in table.columns.values():
                for name in facts.names[:2] if not facts.is_key else ():
                    for other in alike(name):
                        found.setdefault(forms_of(other), {})[facts.column] = None
        for forms, named in found.items():
            if forms not in self._entries and forms not in columns:
                self._put(forms, "C", tuple(named), ALIKE)

    def _adjectives(self) -> dict[tuple[str, ...], Adjective]:
        """Superlatives and comparatives of the semantic layer, and those whose sense lies in a column's name."""
        found: dict[tuple[str, ...], dict[Column, int]] = {}
        said: set[tuple[str, tuple[str, ...]]] = set()
        for facts in self._measures():
            for sign, words in ((1, facts.most), (-1, facts.least)):
                for word in words:
                    found.setdefault(forms_of(word), {})[facts.column] = sign
                    said.add((facts.column.table, forms_of(word)))
        generic: set[tuple[str, ...]] = set()
        for family in FAMILIES:
            for sign, words in ((1, family.most), (-1, family.least)):
                for word in words:
                    forms = forms_of(word)
                    found.setdefault(forms, {})
                    generic |= {forms} if family.generic else set()
                    for facts in self._measures():
                        if (facts.column.table, forms) not in said and family.speaks_of(facts):
                            found[forms][facts.column] = -sign if family.turned_by(facts) else sign
                    said |= {(column.table, forms) for column in found[forms]}  # the first family that fits is meant
        signs = {
            forms_of(word): sign
            for family in FAMILIES
            for sign, words in ((1, family.most), (-1, family.least))
            for word in words
        }
        return {
            forms: Adjective(
                tuple(columns.items()),
                signs.get(forms, next(iter(columns.values()), 1)),
                forms in generic or not columns,
            )
            for forms, columns in found.items()
        }

    def _measures(self) -> Iterator[ColumnFacts]:
        for table in self.knowledge.tables.values():
            for facts in table.columns.values():
                if facts.kind in ("number", "time") and not facts.is_key:
                    yield facts


def verbs_of(name: str) -> list[str]:
    """Verbs for what a column of times dates: hired for `hire_date`, born for `birth_date`."""
    words = [word for word in parts_of(name) if word not in ("date", "time", "at", "on", "datetime", "day", "year")]
    return [*words, "born"] if "birth" in words else words[:1]
