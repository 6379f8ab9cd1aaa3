"""Reads conditions: values, periods, comparisons, patterns."""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from aistack.ai.rules.grammar.chart_parser import SKIP
from aistack.ai.rules.meaning.logical_form import ColumnCondition, Operator
from aistack.ai.rules.reports.cursor import QuestionCursor
from aistack.ai.rules.reports.reading import Filter, Mention, Span
from aistack.ai.rules.reports.words.measures import words_of
from aistack.ai.rules.reports.words.units import in_unit
from aistack.ai.schema.profiles import Column, Scalar
from aistack.ai.text.dates import DateSpan


class ConditionReader(QuestionCursor):
    """Conditions of one question."""

    def _span(self, at: int) -> int:
        item = self.items[at]
        previous = [one for one in self.items[max(0, at - 3) : at] if "TV" in one]
        columns = tuple(cast(Column, one) for one in previous[-1].meanings["TV"]) if previous else ()
        if self.last is not None and self.last.columns and not columns:
            columns = tuple(one for one in self.last.columns if self._is_time(one))
            if columns and self.draft.columns and self.draft.columns[-1] is self.last:
                self.draft.columns.pop()
        self.draft.spans.append(Span(cast(DateSpan, item.one("D")), columns))
        return at + 1

    def _is_value(self, at: int) -> bool:
        """Whether an item that is a name as well is meant as a value, because it is capitalized."""
        item = self.items[at]
        return at > 0 and not item.stop and item.text[:1].isupper() and not item.text.isupper()

    def _value(self, at: int) -> int:
        """A value, or several of the same column: a, b or c."""
        both = any("BOTH" in one for one in self.items[max(0, at - 4) : at])
        options = self.nouns.values(self.items[at])
        labels = {one.column.table for one in options if one.column.name in self.graph.tables[one.column.table].label}
        near = {self.anchor, *(one.table for one in self.last.columns)} if self.last is not None else {self.anchor}
        if len(labels) > 1 and not (labels & near and at and self.nouns.is_noun(self.items[at - 1])):
            self.draft.doubts.append(self.items[at].text)  # the state or the river
        if self.last is not None and self.last.columns and any(one.column in self.last.columns for one in options):
            options = tuple(one for one in options if one.column in self.last.columns)
            if self.draft.columns and self.draft.columns[-1] is self.last:
                self.draft.columns.pop()
        named_by = {word for one in options for word in words_of(self.graph.profile(one.column))}
        if at + 1 < len(self.items) and self.items[at + 1].text.lower() in named_by and "S" not in self.items[at + 1]:
            at += 1
        after = self.after(at + 1, SKIP)
        if self.has(after, "C") and "S" not in self.items[after]:
            named = self.nouns.noun(self.items[after]).columns
            kept = tuple(one for one in options if one.column in named)
            if kept:
                options, at = kept, after
        end = at + 1
        following = end
        while self.has(following, "OR", "AND") and self.has(self.after(following + 1, SKIP, "OR"), "V"):
            following = self.after(following + 1, SKIP, "OR")
            more = self.nouns.values(self.items[following])
            same = [(one, other) for one in options for other in more if one.column == other.column]
            if not same or both:
                break
            options = tuple(ColumnCondition(one.column, "in", (*one.values, *other.values)) for one, other in same)  # type: ignore[arg-type]
            following += 1
            end = following
        if self.negated:
            options = tuple(replace(one, negated=True) for one in options)
            self.negated = False
        self.draft.filters.append(Filter(options, self.anchor, both))
        return end

    def _add_filter(self, columns: Sequence[Column], operator: Operator, value: Scalar) -> None:
        numbers = [one for one in columns if self.graph.profile(one).kind == "number"]
        options = tuple(ColumnCondition(one, operator, (value,), self.negated) for one in numbers)
        self.negated = False
        if options:
            self.draft.filters.append(Filter(options, self.anchor))
            if self.draft.columns and self.last is not None and self.draft.columns[-1] is self.last:
                self.draft.columns.pop()
        else:
            self.draft.doubts.append(f"{operator} {value}")

    def _compare(self, at: int) -> int:
        operator = cast(Operator, self.items[at].one("CMP"))
        number = self.after(at + 1, SKIP, "IN", "THAN", "OF")
        if not self.has(number, "N"):
            return at
        value = cast(float, self.items[number].one("N"))
        if self.has(number + 1, "SIZE"):
            return self._compare_units(operator, value, number + 1)
        end = self.after(number + 1, SKIP, "OF", "DISTINCT")
        if end < len(self.items) and self.nouns.is_noun(self.items[end]) and not self.items[end].stop:
            noun, _, last = self.nouns.read(self.items, end)
            numeric = tuple(one for one in noun.columns if self.graph.profile(one).kind == "number")
            if noun.tables:
                self.draft.mentions.append(Mention(noun.tables[0], operator=operator, value=value))
                return last
            if numeric:
                self._add_filter(numeric, operator, value)
                return last
        if self.last is not None and (self.last.columns or self.last.stored):
            self._add_filter(self.last.columns or self.last.stored, operator, value)
            return number + 1
        if self.draft.measures and self.last is None:
            part = self.draft.measures[-1]
            self.draft.having.append((part, operator, value))
            return number + 1
        self.draft.doubts.append(f"{self.items[at].text} {self.items[number].text}")
        return number + 1

    def _compare_units(self, operator: Operator, value: float, at: int) -> int:
        """Longer than 5 minutes: on the column that holds such a quantity."""
        tables = [one for one in (self.anchor, self.draft.head) if one] or list(self.graph.tables)
        found = list(in_unit(self.graph, dict.fromkeys(tables), value, self.items[at].text))
        if self.last is not None and self.last.columns:
            found = [one for one in found if one[0] in self.last.columns] or [(one, value) for one in self.last.columns]
        if len(found) == 1:
            self._add_filter((found[0][0],), operator, found[0][1])
        else:
            self.draft.doubts.append(f"{value:g} {self.items[at].text}")
        return at + 1

    def _between(self, at: int) -> int:
        low = self.after(at + 1, SKIP)
        if self.has(low, "D") and self.has(self.after(low + 1, SKIP, "AND", "TO"), "D"):
            last = self.after(low + 1, SKIP, "AND", "TO")
            first, second = (cast(DateSpan, self.items[one].one("D")) for one in (low, last))
            self.draft.spans.append(Span(DateSpan(first.start, second.end)))
            return last + 1
        middle = low + 1
        high = self.after(middle, SKIP, "AND", "TO")
        if not (self.has(low, "N") and self.has(high, "N")) or self.last is None or not self.last.columns:
            return at
        columns = self.last.columns
        self._add_filter(columns, ">=", cast(float, self.items[low].one("N")))
        self._add_filter(columns, "<=", cast(float, self.items[high].one("N")))
        return high + 1

    def _not(self, at: int) -> int:
        self.negated = True
        return at + 1

    def _pattern(self, at: int) -> int:
        """Contains, starts with, ends with."""
        end = at + 1
        while self.has(end, SKIP, "WITH") and not self.items[end].quoted:
            end += 1
        text = self.items[end].text.strip("\"'“”「」") if end < len(self.items) else ""
        columns = [one for one in self.last.columns if self.graph.profile(one).kind == "text"] if self.last else []
        table = self.anchor or self.draft.head
        if not columns and table:
            columns = [Column(table, name) for name in self.graph.tables[table].label]
        if not text or not columns or self.nouns.is_noun(self.items[end]) or any(one in text for one in "%_"):
            return at
        like = f"{text}%" if "STARTS" in self.items[at] else f"%{text}" if "ENDS" in self.items[at] else f"%{text}%"
        if self.last is not None and self.draft.columns and self.draft.columns[-1] is self.last:
            self.draft.columns.pop()
        options = tuple(ColumnCondition(one, "like", (like,), self.negated) for one in columns[:1])
        self.negated = False
        self.draft.filters.append(Filter(options, self.anchor))
        return end + 1
