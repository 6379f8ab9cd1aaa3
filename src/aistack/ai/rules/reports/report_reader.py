"""Reads a whole question as a report; with what it could not read, and how sure it is."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from aistack.ai.linking.value_linker import ValueLinks
from aistack.ai.rules.grammar.lexicon import Lexicon
from aistack.ai.rules.meaning.logical_form import RowSet
from aistack.ai.rules.meaning.report import Report
from aistack.ai.rules.reports.assembly import Assembler
from aistack.ai.rules.reports.drafting import Drafter
from aistack.ai.rules.reports.nouns import NounReader
from aistack.ai.rules.reports.reading import Draft, MeasurePart, Noun
from aistack.ai.rules.reports.words.items import Item, items_of
from aistack.ai.rules.reports.words.measures import REVENUE, stored_counts
from aistack.ai.rules.reports.words.synonyms import (
    described_values,
    head_words,
    short_names,
    table_synonyms,
    unit_words,
    without_asides,
)
from aistack.ai.rules.reports.words.vocabulary import words
from aistack.ai.schema.profiles import Column
from aistack.ai.schema.schema_graph import SchemaGraph
from aistack.ai.text.tokens import is_chinese, normalized, tokenize

TOKENS_MAX = 80
MARGIN = 0.3  # readings whose costs differ by less are equally likely
SURE_COST_MAX = 5.0  # of a reading that is given as an answer
COST_MAX = 9.0  # of a reading that is still likely


@dataclass(frozen=True, slots=True)
class Reading:
    """Reports from the most likely on; `left_out` are words that none of them has, `doubts` what may be misread."""

    reports: tuple[tuple[Report, float], ...] = ()
    left_out: tuple[str, ...] = ()
    doubts: tuple[str, ...] = field(default=())

    @property
    def is_sure(self) -> bool:
        """Whether every word has its part, and the parts fit together closely."""
        return bool(self.reports) and self.reports[0][1] <= SURE_COST_MAX and not self.left_out and not self.doubts

    @property
    def best(self) -> tuple[Report, ...]:
        """Those that are as likely as the first."""
        return tuple(one for one, cost in self.reports if cost - self.reports[0][1] < MARGIN)


class ReportReader:
    """Built once for a database, used for many questions."""

    def __init__(self, graph: SchemaGraph) -> None:
        self.graph = graph
        self.nouns = NounReader(graph)
        self.assembler = Assembler(graph)
        self._lexicons: dict[bool, Lexicon] = {}

    def read(self, question: str, values: ValueLinks, today: date) -> Reading:
        """`values` are the phrases of the question that are values in the database."""
        text = normalized(question)
        chinese = is_chinese(text)
        lexicon = self._lexicon(chinese)
        text = without_asides(lexicon.without_hyphens(text))
        tokens = tokenize(text)
        if not tokens or len(tokens) > TOKENS_MAX:
            return Reading()
        items = items_of(text, tokens, lexicon.entries(tokens, values, text, today))
        for item in items:
            if item.is_unknown and (found := described_values(self.graph, item.text)):
                item.meanings["V"] = list(found)
        draft = self._draft(items, chinese=chinese)
        reports = [one for one in self.assembler.reports(draft) if one[1] <= COST_MAX]
        doubts = list(draft.doubts)
        if draft.limit is not None and draft.rank is None and not draft.measures:
            doubts.append(str(draft.limit))
        missed = len(draft.left_out) + len(doubts)
        is_fragment = not (draft.measures or draft.head or draft.columns or draft.limit)
        if is_fragment or missed > draft.substance:
            reports = []  # too little of the question to ask about
        return Reading(tuple(reports), tuple(draft.left_out), tuple(doubts))

    def _draft(self, items: Sequence[Item], *, chinese: bool) -> Draft:
        ratio = next((at for at, one in enumerate(items) if "RATIO" in one), None)
        if ratio is not None and not chinese:
            return self._ratio(items, ratio)
        share = next((at for at, one in enumerate(items) if "SHARE" in one and not self.nouns.is_noun(one)), None)
        if share is not None:
            kept = [*items[:share], *items[share + 1 :]]
            draft = self._read(kept, chinese=chinese)
            return _as_share(draft)
        return self._read(items, chinese=chinese)

    def _read(self, items: Sequence[Item], *, chinese: bool) -> Draft:
        draft = Drafter(self.graph, self.nouns, items, chinese=chinese).read()
        if draft.groups and draft.head and not draft.measures and not draft.columns and draft.rank is None:
            draft.measures, draft.head = [MeasurePart("count", Noun(tables=(draft.head,)))], ""
        return draft

    def _ratio(self, items: Sequence[Item], at: int) -> Draft:
        """The ratio of one measure to another, by the groups that follow."""
        to = next((i for i in range(at + 1, len(items)) if "TO" in items[i] and items[i].text.lower() != "and"), None)
        if to is None:
            draft = self._read(items, chinese=False)
            draft.doubts.append(items[at].text)
            return draft
        end = next(
            (
                i
                for i in range(to + 1, len(items))
                if items[i].stop or any(one in items[i] for one in ("BY", "ORDER", "FOR"))
            ),
            len(items),
        )
        top = self._read(items[at + 1 : to], chinese=False)
        bottom = self._read(items[to + 1 : end], chinese=False)
        rest = self._read([*items[:at], *items[end:]], chinese=False)
        parts = [_one_measure(top), _one_measure(bottom)]
        rest.left_out += [*top.left_out, *bottom.left_out]
        rest.doubts += [*top.doubts, *bottom.doubts]
        if parts[0] is None or parts[1] is None:
            rest.doubts.append(items[at].text)
            return rest
        rest.groups = [*top.groups, *(one for one in rest.groups if one not in top.groups)]
        is_share = (
            top.groups and not bottom.groups and not parts[1].where and parts[0].noun.tables == parts[1].noun.tables
        )
        if is_share:
            rest.measures, rest.shape = [parts[0]], "fraction"
            return rest
        rest.measures, rest.ratio, rest.head = [parts[0], parts[1]], "of", ""
        if rest.rank is not None and not isinstance(rest.rank, str):
            rest.rank = None
        return rest

    def _lexicon(self, chinese: bool) -> Lexicon:
        if chinese not in self._lexicons:
            lexicon = Lexicon(self.graph, words(chinese=chinese))
            for table in self.graph.tables.values():
                for profile in table.columns.values():
                    if counted := stored_counts(profile):
                        lexicon.add(counted, "SC", profile.column)
            keys = [
                Column(one.name, key[0])
                for one in self.graph.tables.values()
                if len(key := self.graph.unique_key(one.name)) == 1
            ]
            for key in keys:
                for name in self.graph.tables[key.table].names:
                    lexicon.add(f"{name} id", "C", (key,))
            for name in ("id", "编号"):
                lexicon.add(name, "C", tuple(keys))
            for name, found in unit_words(self.graph).items():
                lexicon.add(name, "C", found, 1.3)
            for name, found in short_names(self.graph).items():
                lexicon.add(name, "C", found, 1.3)
            for name, tables in head_words(self.graph).items():
                for table in tables:
                    lexicon.add(name, "S", RowSet(table), 1.5)
            for word, table in table_synonyms(self.graph).items():
                lexicon.add(word, "S", RowSet(table), 1.5)
            for word in REVENUE if self.nouns.amounts else ():
                lexicon.add(word, "MEA", "revenue")
            self._lexicons[chinese] = lexicon
        return self._lexicons[chinese]


def _one_measure(draft: Draft) -> MeasurePart | None:
    """The only measure of a part of a ratio, with its own conditions; rows are counted."""
    part = draft.measures[0] if len(draft.measures) == 1 else None
    if not draft.measures and draft.head:
        part = MeasurePart("count", Noun(tables=(draft.head,)))
    if part is None or draft.spans or draft.having:
        return None
    related = [one for one in draft.mentions if one.operator is None]
    return replace(part, where=list(draft.filters), related=related)


def _as_share(draft: Draft) -> Draft:
    """The share of each group in the total, or of the rows with a condition in all."""
    if not draft.measures and draft.head:
        draft.measures, draft.head = [MeasurePart("count", Noun(tables=(draft.head,)))], ""
    if draft.groups:
        draft.shape = "share"
        return draft
    if len(draft.measures) != 1 or not draft.filters:
        draft.doubts.append("share")
        return draft
    part = draft.measures[0]
    draft.measures = [replace(part, where=list(draft.filters)), part]
    draft.filters, draft.ratio = [], "percent"
    return draft
