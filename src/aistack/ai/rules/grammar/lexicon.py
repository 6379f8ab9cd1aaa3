"""The lexicon: what each phrase of a question can be. Names of the schema, values, numbers, dates, function words."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from aistack.ai.linking.value_linker import ValueLinks
from aistack.ai.rules.grammar.chart_parser import SKIP, Entry
from aistack.ai.rules.meaning.adjectives import (
    ADJECTIVE_FAMILIES,
    COUNT_SUPERLATIVES,
    HOW_ADJECTIVES,
    Adjective,
    ExtremeColumn,
)
from aistack.ai.rules.meaning.logical_form import ColumnCondition, DefinedCondition, RowSet
from aistack.ai.schema.glossary import synonyms
from aistack.ai.schema.identifiers import identifier_words
from aistack.ai.schema.profiles import Column, ColumnProfile, TableProfile
from aistack.ai.schema.schema_graph import SchemaGraph
from aistack.ai.text.dates import date_spans
from aistack.ai.text.english_nouns import singular_phrase
from aistack.ai.text.numbers import number_at
from aistack.ai.text.tokens import Token, phrase_forms

PHRASE_TOKENS_MAX = 12
NUMERAL_COST = 2.0  # of a number as a value; it is more likely a count or a date
SYNONYM_COST = 1.7

DATE_WORDS = ("date", "time", "at", "on", "datetime", "day", "year")
LEAD = "LEAD"  # a verb that begins a request and has no other meaning

Words = Mapping[str, Sequence[tuple[str, object]]]  # phrase -> categories with meanings


class Lexicon:
    """The names of one schema and the function words of one language; built once, used for many questions."""

    def __init__(self, graph: SchemaGraph, words: Words) -> None:
        self.graph = graph
        self._entries: dict[tuple[str, ...], dict[tuple[str, object], float]] = {}
        self._tables_by_name: dict[tuple[str, ...], set[str]] = {}
        for phrase, meanings in words.items():
            for category, meaning in meanings:
                self._add(phrase, category, meaning, 0.2 if category == SKIP else 1.0)
        columns: dict[tuple[str, ...], dict[Column, None]] = {}
        for table in graph.tables.values():
            for name in table.names:
                self._add(name, "S", RowSet(table.name))
                self._tables_by_name.setdefault(_plain(name.split()), set()).add(table.name)
            self._add_columns(table, columns)
            for names, where in table.qualities.values():
                for name in names:
                    self._add(name, "F", DefinedCondition(table.name, where))
        for forms, found in columns.items():
            self._put(forms, "C", tuple(found), 1.0)
        self._add_synonyms(columns)
        for name, dimension in graph.layer.dimensions.items():
            column = graph.column(dimension.column)
            for one in (name, *dimension.names) if column is not None else ():
                self._add(one, "C", (column,), 0.9)
        for relation in graph.relations:
            for name in relation.names:
                self._add(name, "REL", relation)
        for metric in graph.metrics:
            for name in metric.names:
                self._add(name.replace("_", " "), "MET", metric, 0.9)
        for where, values in graph.layer.values.items():
            column = graph.column(where)
            if column is None:
                continue
            for value, names in values.items():
                for name in (value, *names):
                    self._add(name, "V", ColumnCondition(column, "=", (value,)))
        self._adjectives_by_forms = self._adjectives()
        for word, adjective in self._adjectives_by_forms.items():
            self._put(word, "SUP", adjective, 1.0)
        for word in COUNT_SUPERLATIVES:
            self._add(word, "SUPN", self.adjective(word))
        for word, best in HOW_ADJECTIVES.items():
            self._add(word, "ADJ", self.adjective(best))

    def adjective(self, word: str) -> Adjective:
        """What a superlative refers to in this schema."""
        return self._adjectives_by_forms[phrase_forms(word)]

    def entries(self, tokens: Sequence[Token], values: ValueLinks, question: str, today: date) -> list[Entry]:
        """Every entry that matches tokens of the question; `values` are the links to the database."""
        found: list[Entry] = []
        linked: dict[tuple[str, ...], list[ColumnCondition]] = {}
        for text, places in values.items():
            linked.setdefault(phrase_forms(text), []).extend(
                ColumnCondition(column, "=", (value,)) for column, value in places
            )
        forms = [token.form for token in tokens]
        for start in range(len(tokens)):
            for end in range(start + 1, min(start + PHRASE_TOKENS_MAX, len(tokens)) + 1):
                key = tuple(forms[start:end])
                named = self._tables_by_name.get(_plain(token.text for token in tokens[start:end]), set())
                for (category, meaning), cost in self._entries.get(key, {}).items():
                    if named and isinstance(meaning, RowSet) and meaning.table not in named:
                        continue  # gardens are not gardeners, although they have the same stem
                    if category == "ORDER" and tokens[start].text.lower() == f"{forms[start]}s":
                        continue  # orders are a noun
                    if category != LEAD:
                        found.append(Entry(start, end, category, meaning, cost))
                    elif start == 0:
                        found.append(Entry(start, end, SKIP, None, cost))
                cost = NUMERAL_COST if key and all(form.isdecimal() for form in key) else 1.0
                found += [Entry(start, end, "V", one, cost) for one in linked.get(key, ())]
            if tokens[start].quoted:
                found += [Entry(start, start + 1, "V", one, 1.0) for one in linked.get(phrase_forms(forms[start]), ())]
                found.append(Entry(start, start + 1, "TEXT", tokens[start].text, 1.0))
            number = number_at([token.text for token in tokens], start)
            if number is not None:
                found.append(Entry(start, number[1], "N", number[0], 1.0))
        begins = {token.start: at for at, token in enumerate(tokens)}
        ends = {token.end: at + 1 for at, token in enumerate(tokens)}
        for first, last, span in date_spans(question, today):
            while last not in ends and last > first and question[last - 1].isspace():
                last -= 1
            if first in begins and last in ends:
                found.append(Entry(begins[first], ends[last], "D", span, 0.9))
        return found

    def add(self, phrase: str, category: str, meaning: object, cost: float = 1.0) -> None:
        """One more phrase, beside what the schema and the language have."""
        self._add(phrase, category, meaning, cost)

    def without_hyphens(self, question: str) -> str:
        """Words with a hyphen as the schema writes them: checkins for check-ins."""

        def written(match: re.Match[str]) -> str:
            options = (match[0], re.sub("[-_]", "", match[0]), re.sub("[-_]", " ", match[0]))
            return next((one for one in options if phrase_forms(one) in self._entries), match[0])

        return re.sub(r"[A-Za-z]+(?:[-_][A-Za-z]+)+", written, question)

    def _add(self, phrase: str, category: str, meaning: object, cost: float = 1.0) -> None:
        self._put(phrase_forms(phrase), category, meaning, cost)

    def _put(self, forms: tuple[str, ...], category: str, meaning: object, cost: float) -> None:
        if forms and len(forms) <= PHRASE_TOKENS_MAX:
            held = self._entries.setdefault(forms, {})
            held[category, meaning] = min(cost, held.get((category, meaning), cost))

    def _add_columns(self, table: TableProfile, columns: dict[tuple[str, ...], dict[Column, None]]) -> None:
        for profile in table.columns.values():
            for name in profile.names:
                forms = phrase_forms(name)
                if profile.kind == "time" and name == profile.names[0]:
                    for verb in verbs_of(profile.bare):
                        self._add(verb, "TV", profile.column)
                if profile.extreme_of is not None:
                    self._put(
                        forms, "X", ExtremeColumn(profile.column, profile.extreme_of, profile.extreme_is_most), 1.0
                    )
                elif forms:
                    columns.setdefault(forms, {})[profile.column] = None

    def _add_synonyms(self, columns: dict[tuple[str, ...], dict[Column, None]]) -> None:
        """Synonyms of column names, where nothing in the schema has that name itself."""
        found: dict[tuple[str, ...], dict[Column, None]] = {}
        for table in self.graph.tables.values():
            for profile in table.columns.values():
                for name in profile.names[:2] if not profile.is_key else ():
                    for other in synonyms(name):
                        found.setdefault(phrase_forms(other), {})[profile.column] = None
        for forms, named in found.items():
            if forms not in self._entries and forms not in columns:
                self._put(forms, "C", tuple(named), SYNONYM_COST)

    def _adjectives(self) -> dict[tuple[str, ...], Adjective]:
        """Superlatives and comparatives, from the semantic layer first, then from the words of column names."""
        found: dict[tuple[str, ...], dict[Column, int]] = {}
        resolved: set[tuple[str, tuple[str, ...]]] = set()
        for profile in self._measures():
            for sign, words in ((1, profile.most), (-1, profile.least)):
                for word in words:
                    found.setdefault(phrase_forms(word), {})[profile.column] = sign
                    resolved.add((profile.column.table, phrase_forms(word)))
        generic: set[tuple[str, ...]] = set()
        for family in ADJECTIVE_FAMILIES:
            for sign, words in ((1, family.most), (-1, family.least)):
                for word in words:
                    forms = phrase_forms(word)
                    found.setdefault(forms, {})
                    generic |= {forms} if family.generic else set()
                    for profile in self._measures():
                        if (profile.column.table, forms) not in resolved and family.applies_to(profile):
                            found[forms][profile.column] = -sign if family.inverts(profile) else sign
                    resolved |= {(column.table, forms) for column in found[forms]}  # the first family that applies wins
        signs = {
            phrase_forms(word): sign
            for family in ADJECTIVE_FAMILIES
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

    def _measures(self) -> Iterator[ColumnProfile]:
        for table in self.graph.tables.values():
            for profile in table.columns.values():
                if profile.kind in ("number", "time") and not profile.is_key:
                    yield profile


def _plain(words: Iterable[str]) -> tuple[str, ...]:
    """Words in lower case, the last one in the singular."""
    return tuple(singular_phrase([word.lower() for word in words]))


def verbs_of(name: str) -> list[str]:
    """Verbs for the event that a column dates: hired for `hire_date`, born for `birth_date`."""
    words = [
        word for word in identifier_words(name) if word not in ("date", "time", "at", "on", "datetime", "day", "year")
    ]
    return [*words, "born"] if "birth" in words else words[:1]
