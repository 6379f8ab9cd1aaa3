"""Reads measures: counts, totals, averages, changes and sums so far."""

from dataclasses import replace
from typing import cast

from aistack.ai.dialects.time_buckets import TimeUnit
from aistack.ai.rules.grammar.chart_parser import SKIP
from aistack.ai.rules.meaning.logical_form import Function
from aistack.ai.rules.reports.conditions import ConditionReader
from aistack.ai.rules.reports.reading import MeasurePart, Noun

BEFORE_NOUN = (SKIP, "OF", "DISTINCT", "DE", "LINK")


class MeasureReader(ConditionReader):
    """Measures of one question."""

    def _count(self, at: int) -> int:
        end = self.after(at + 1, *BEFORE_NOUN)
        if end < len(self.items) and "V" in self.items[end] and not self.nouns.is_noun(self.items[end]):
            end = self._value(end)
            end = self.after(end, *BEFORE_NOUN)
        if end >= len(self.items) or not self.nouns.is_noun(self.items[end]):
            return at + 1 if self.chinese and self.draft.measures else at
        if self.has(end, "AGG") and "MEA" not in self.items[end]:
            return at
        noun, named, end = self.nouns.read(self.items, end)
        distinct = any(
            "DISTINCT" in one
            or "distinct" in one.text
            or "unique" in one.text
            or "不同" in one.text
            or "不重复" in one.text
            for one in self.items[at:end]
        )
        self._add_measure(MeasurePart("count", noun, distinct))
        self._mention_all(named)
        return end

    def _aggregate(self, at: int) -> int:
        function = cast(Function, self.items[at].one("AGG"))
        end = self.after(at + 1, *BEFORE_NOUN)
        if self.has(end, "COUNT") and function in ("sum", "avg"):
            after = self.after(end + 1, *BEFORE_NOUN)
            if self.has(after, "SC"):
                noun, named, last = self.nouns.read(self.items, after)
                self._add_measure(MeasurePart(function, Noun(columns=noun.stored, text=noun.text)))
                return last
            return end if function == "sum" else at
        if end >= len(self.items) or not self.nouns.is_noun(self.items[end]):
            return at
        noun, named, end = self.nouns.read(self.items, end)
        if self.has(end, "NUMBER") and noun.tables and function == "sum":
            return self._chinese_count(at, noun, end + 1)
        if noun.stored and not noun.columns and (function != "sum" or not noun.tables):
            noun = Noun(columns=noun.stored, text=noun.text)
        if not noun.columns and noun.tables and not noun.amounts and function != "sum":
            return at
        if function == "sum" and noun.tables and not noun.columns and "amount" in self.items[at].text.lower():
            noun = replace(noun, tables=(), columns=tuple(self.nouns.amounts_of(noun.tables)))
        self._add_measure(MeasurePart(function, noun))
        self._mention_all(named)
        return end

    def _chinese_count(self, at: int, noun: Noun, end: int) -> int:
        self._add_measure(MeasurePart("count", noun))
        return end

    def _add_measure(self, part: MeasurePart) -> None:
        if self.ranking:
            self.draft.rank, self.ranking = part, False
        if self.counting is not None:
            operator, value = self.counting
            self.draft.having.append((part, operator, value))
            self.counting = None
            return
        self.grouping = False
        same = [one for one in self.draft.measures if (one.function, one.noun) == (part.function, part.noun)]
        if same:
            self.draft.rank = same[0] if self.draft.rank is part else self.draft.rank
            return
        if part not in self.draft.measures:
            self.draft.measures.append(part)
        self.last = None
        if part.noun.tables:
            self.anchor = part.noun.tables[0]

    def _shape(self, at: int) -> int:
        self.draft.shape = "running" if "RUNNING" in self.items[at] else "change"
        text = self.items[at].text.lower()
        unit = next(
            (
                u
                for words, u in (
                    ("month mom 环比", "month"),
                    ("year yoy 同比", "year"),
                    ("week", "week"),
                    ("quarter", "quarter"),
                )
                if any(w in text for w in words.split())
            ),
            None,
        )
        if unit is not None and unit not in self.draft.groups:
            self.draft.groups.append(cast(TimeUnit, unit))
        end = self.after(at + 1, *BEFORE_NOUN)
        if end < len(self.items) and self.nouns.is_noun(self.items[end]) and not self.has(end, "AGG", "COUNT"):
            noun, named, end = self.nouns.read(self.items, end)
            self._add_measure(MeasurePart("sum", noun))
            self._mention_all(named)
            return end
        return at + 1
