"""Reads the items of a question from left to right into a draft: what is measured, by what, of what, in which order."""

from typing import cast

from aistack.ai.dialects.time_buckets import TimeUnit
from aistack.ai.rules.grammar.chart_parser import SKIP
from aistack.ai.rules.reports.rank_reader import RankReader
from aistack.ai.rules.reports.reading import Draft, MeasurePart, Mention, Noun
from aistack.ai.rules.reports.words.measures import words_of

PASSED = (
    SKIP,
    "LINK",
    "OF",
    "IN",
    "FOR",
    "WITH",
    "AND",
    "WH",
    "THAT",
    "SHOW",
    "THAN",
    "TO",
    "DE",
    "TERMS",
    "BOTH",
    "NUMBER",
    "AFTERBY",
    "TO2",
)
FUNCTIONAL = ("COUNT", "AGG", "HIGH", "LOW", "CMP", "ORDER", "TOP", "UNIT", "DISTINCT")
EXTREMES = {"highest", "lowest", "largest", "smallest", "longest", "shortest", "max", "min", "top", "best"}
BEFORE_NOUN = (SKIP, "OF", "DISTINCT", "DE", "LINK")


class Drafter(RankReader):
    """Reads one question."""

    def read(self) -> Draft:
        at = 0
        while at < len(self.items):
            if self.items[at].stop:
                self._end_of_sentence()
                self.negated = self.grouping = self.ranking = False
                self.last = None
            at = max(self.step(at), at + 1)
        self._end_of_sentence()
        draft = self.draft
        if draft.links and not (draft.substance or draft.mentions or draft.columns or draft.rank):
            draft.doubts.append(draft.links[-1])  # which products sell?
        return draft

    def step(self, at: int) -> int:
        """Reads what begins at an item; gives the index after it."""
        item = self.items[at]
        if item.is_unknown:
            self.draft.left_out.append(item.text)
            return at + 1
        if "D" in item:
            return self._span(at)
        is_named = self.nouns.is_noun(item) or any(one in item for one in FUNCTIONAL)
        if "V" in item and (item.quoted or not is_named or self._is_value(at)):
            return self._value(at)
        if "TEXT" in item:
            self.draft.doubts.append(item.text)
            self.draft.left_out.append(item.text)
            return at + 1
        for category, handler in (
            ("ORDER", self._order), ("TOP", self._top), ("BOTTOM", self._top), ("RUNNING", self._shape),
            ("CHANGE", self._shape), ("COUNT", self._count), ("UNIT", self._unit), ("HIGH", self._extreme),
            ("LOW", self._extreme), ("AGG", self._aggregate), ("SUP", self._superlative), ("CMP", self._compare),
            ("BETWEEN", self._between), ("BY", self._by), ("EACH", self._by), ("NOT", self._not),
            ("CONTAINS", self._pattern), ("STARTS", self._pattern), ("ENDS", self._pattern),
            ("DESC", self._direction), ("ASC", self._direction), ("ALPHA", self._alphabetical),
        ):  # fmt: skip
            if category == "ORDER" and item.text.lower() in ("order", "orders"):
                continue
            if category in item:
                end = handler(at)
                if end > at:
                    return end
        if "N" in item and not self.nouns.is_noun(item):
            return self._number(at)
        if "DISTINCT" in item:
            self.draft.distinct = True
            return at + 1
        if "SHOW" in item and (not self.nouns.is_noun(item) or (at == 0 or item.stop)):
            self.listing = True
            return at + 1
        if self.nouns.is_noun(item):
            return self._noun(at)
        self.draft.links += [item.text] if "LINK" in item and "WITH" not in item else []
        if "TV" in item or any(category in item for category in PASSED):
            if "AND" not in item and "OF" not in item:
                self.grouping = self.grouping and SKIP in item
            return at + 1
        if "OR" in item:
            return at + 1
        self.draft.left_out.append(item.text)
        return at + 1

    def _by(self, at: int) -> int:
        if self.ranking and self.items[at].text.lower() not in ("by", "by the") and "EACH" not in self.items[at]:
            self.draft.per = True
        elif self.ranking:
            end = self.after(at + 1, SKIP)
            if self.has(end, "COUNT"):
                return max(self._count(end), at + 1)
            if self.has(end, "AGG"):
                return max(self._aggregate(end), at + 1)
            if end < len(self.items) and self.nouns.is_noun(self.items[end]):
                noun, named, end = self.nouns.read(self.items, end)
                if noun.amounts and not noun.columns:
                    self._add_measure(MeasurePart("sum", noun))
                else:
                    self.draft.rank, self.ranking = noun, False
                return end
        end = self.after(at + 1, SKIP, "EACH", "OF", "DE", "BY", "DISTINCT")
        previous = self.items[at - 1] if at else None
        if (
            "EACH" not in self.items[at]
            and self.items[at].text.lower() == "by"
            and previous is not None
            and "LINK" in previous
            and not self.has(at + 1, "EACH")
        ):
            return at + 1  # written by, made by: a relation
        if self.has(end, "UNIT") and not self._names_period(end):
            unit = cast(TimeUnit, self.items[end].one("UNIT"))
            self.draft.groups.append(unit)
            return end + 1
        if end >= len(self.items) or not self.nouns.is_noun(self.items[end]):
            return at + 1
        noun, named, end = self.nouns.read(self.items, end)
        if noun.tables and self.items[at].text.lower() == "by" and self.has(end, "WH", "THAT", "TV"):
            self._mention(noun.tables[0])  # by users who joined
            self.anchor = noun.tables[0]
            return end
        self._add_group(noun)
        self._mention_all(named)
        self.grouping = True
        return end

    def _add_group(self, noun: Noun) -> None:
        if noun not in self.draft.groups:
            self.draft.groups.append(noun)
        self.last = noun
        if noun.tables:
            self.anchor = noun.tables[0]

    def _unit(self, at: int) -> int:
        item = self.items[at]
        if self.nouns.is_noun(item) and item.text.lower() in ("year", "month", "day", "date", "年", "月", "日"):
            return at
        text = item.text.lower()
        adverb = text.endswith("ly") or text == "annual" or " " in text or (self.chinese and len(text) > 1)
        if adverb or self.grouping or self.has(at - 1, "EACH", "BY") if at else adverb:
            unit = cast(TimeUnit, item.one("UNIT"))
            if unit not in self.draft.groups:
                self.draft.groups.append(unit)
            return at + 1
        return at

    def _noun(self, at: int) -> int:
        noun, named, end = self.nouns.read(self.items, at)
        if self.grouping and self.has(at - 1, "AND"):
            self._add_group(noun)
            self._mention_all(named)
            return end
        if self.has(end, "NUMBER") and (noun.tables or noun.stored):
            self._add_measure(MeasurePart("count", noun))
            self._mention_all(named)
            return end + 1
        if self.ranking and self.has(at - 1, "TERMS", "BY"):
            self.draft.rank, self.ranking = noun, False
            return end
        if noun.amounts and not noun.columns and not (noun.tables and not self._is_amount(at)):
            self._add_measure(MeasurePart("sum", noun))
            return end
        self._mention_all(named)
        if len(noun.tables) > 1 and not noun.columns and (self.draft.columns or self.draft.measures):
            return end  # payments, made or received: what else is named tells
        if noun.tables and (not noun.columns or not self.listing or not self.draft.columns):
            table = noun.tables[0]
            known = (
                {self.draft.head}
                | {one.table for one in self.draft.mentions}
                | {one for part in self.draft.measures for one in part.noun.tables}
            )
            if table in known and not self.listing:
                self.draft.doubts.append(noun.text)  # states that border the state ...
            if self.negated:
                self.draft.mentions.append(Mention(table, negated=True))
                self.negated = False
            elif not self.draft.head and not self.draft.measures and not self.draft.groups:
                self.draft.head = table
            else:
                self._mention(table)
            self.anchor, self.last = table, None
            return end
        if noun.columns or noun.stored:
            self._check_adjacent(end)
            names = {word for one in noun.columns for word in words_of(self.graph.profile(one))}
            self.draft.doubts += [noun.text] if names & EXTREMES else []
            noun = noun if noun.columns else Noun(columns=noun.stored, text=noun.text)
            self.draft.columns.append(noun)
            self.last = noun
            return end
        self.draft.left_out.append(self.items[at].text)
        return end

    def _is_amount(self, at: int) -> bool:
        return self.has(at + 1, "BY", "EACH", "IN") or at + 1 >= len(self.items)
