"""Reads the items of a question from left to right into a draft: what is measured, by what, of what, in which order."""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from aistack.ai.dialects.time_buckets import TimeUnit
from aistack.ai.rules.grammar.chart_parser import SKIP
from aistack.ai.rules.meaning.adjectives import Adjective
from aistack.ai.rules.meaning.logical_form import ColumnCondition, Function, Operator
from aistack.ai.rules.reports.items import Item
from aistack.ai.rules.reports.measures import words_of
from aistack.ai.rules.reports.nouns import NounReader
from aistack.ai.rules.reports.reading import Draft, Filter, MeasurePart, Mention, Noun, Span
from aistack.ai.rules.reports.units import in_unit
from aistack.ai.schema.profiles import Column, Scalar
from aistack.ai.schema.schema_graph import SchemaGraph
from aistack.ai.text.dates import DateSpan

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
COUNTING = ("most", "least", "fewest", "number", "最多", "最少")  # superlatives of how many, not of how good
BEFORE_NOUN = (SKIP, "OF", "DISTINCT", "DE", "LINK")


class Drafter:
    """Reads one question."""

    def __init__(self, graph: SchemaGraph, nouns: NounReader, items: Sequence[Item], *, chinese: bool) -> None:
        self.graph, self.nouns, self.items, self.chinese = graph, nouns, items, chinese
        self.draft = Draft()
        self.last: Noun | None = None  # the noun before, which a condition may be on
        self.anchor = ""  # the table that was named last
        self.negated = False
        self.grouping = False
        self.ranking = False  # what comes next is what rows are ranked by
        self.listing = False  # what comes next are columns to show
        self.counting: tuple[Operator, Scalar] | None = None

    def read(self) -> Draft:
        at = 0
        while at < len(self.items):
            if self.items[at].stop:
                self._end_of_sentence()
                self.negated = self.grouping = self.ranking = False
                self.last = None
            at = max(self.step(at), at + 1)
        self._end_of_sentence()
        return self.draft

    def _end_of_sentence(self) -> None:
        """A negation that nothing took would change the meaning."""
        if self.negated:
            self.draft.doubts.append("not")

    def has(self, at: int, *categories: str) -> bool:
        return at < len(self.items) and any(category in self.items[at] for category in categories)

    def after(self, at: int, *categories: str) -> int:
        """The index after items of these categories that name nothing."""
        while self.has(at, *categories) and not self.nouns.is_noun(self.items[at]):
            at += 1
        return at

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
            ("ORDER", self._order), ("TOP", self._top), ("BOTTOM", self._top), ("RUNNING", self._shape), ("CHANGE", self._shape),
            ("COUNT", self._count), ("UNIT", self._unit), ("HIGH", self._extreme), ("LOW", self._extreme), ("AGG", self._aggregate),
            ("SUP", self._superlative), ("CMP", self._compare), ("BETWEEN", self._between), ("BY", self._by), ("EACH", self._by),
            ("NOT", self._not), ("CONTAINS", self._pattern), ("STARTS", self._pattern), ("ENDS", self._pattern), ("DESC", self._direction), ("ASC", self._direction), ("ALPHA", self._alphabetical),
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
        if "TV" in item or any(category in item for category in PASSED):
            if "AND" not in item and "OF" not in item:
                self.grouping = self.grouping and SKIP in item
            return at + 1
        if "OR" in item:
            return at + 1
        self.draft.left_out.append(item.text)
        return at + 1

    # Measures

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

    # Ranks and order

    def _top(self, at: int) -> int:
        if not self.has(at + 1, "N"):
            return at
        if self.has(at + 2, "UNIT") and "D" in self.items[at + 1]:
            return at
        self.draft.limit = int(cast(float, self.items[at + 1].one("N")))
        self.draft.descending = "TOP" in self.items[at]
        return self._ranked_noun(at + 2)

    def _number(self, at: int) -> int:
        """The 3 most expensive products; the first number that nothing else needs."""
        number = int(cast(float, self.items[at].one("N")))
        if self.draft.limit is None and self.has(at + 1, "HIGH", "LOW", "SUP"):
            self.draft.limit = number
            return at + 1
        if self.last is not None and self.last.columns and self.has(at + 1, "TO2") and self.has(at + 2, "N"):
            columns = self.last.columns
            self._add_filter(columns, ">=", cast(float, self.items[at].one("N")))
            self._add_filter(columns, "<=", cast(float, self.items[at + 2].one("N")))
            return at + 3
        if self.last is not None and self.last.columns:
            self._add_filter(self.last.columns, "=", cast(float, self.items[at].one("N")))
            return at + 1
        self.draft.left_out.append(self.items[at].text)
        return at + 1

    def _ranked_noun(self, at: int) -> int:
        """The noun that is ranked, if it comes next."""
        at = self.after(at, SKIP, "DE")
        if at < len(self.items) and self.has(at, "HIGH", "LOW", "SUP"):
            return at
        if at < len(self.items) and self.nouns.is_noun(self.items[at]):
            noun, named, end = self.nouns.read(self.items, at)
            self._head(noun, named)
            self.ranking = True
            return end
        return at

    def _head(self, noun: Noun, named: Sequence[str]) -> None:
        """What each row of the result stands for."""
        if noun.tables:
            self.draft.head = self.draft.head or noun.tables[0]
            self.anchor = noun.tables[0]
        elif noun not in self.draft.groups:
            self.draft.groups.append(noun)
        for one in named:
            self._mention(one)

    def _extreme(self, at: int) -> int:
        high = "HIGH" in self.items[at]
        end = self.after(at + 1, SKIP, "OF")
        if self.has(end, "AGG") and not self.has(end, "HIGH", "LOW"):
            return self._rank_by(end, high, self._aggregate)
        if self.has(end, "COUNT"):
            return self._rank_by(end, high, self._count)
        if end < len(self.items) and self.nouns.is_noun(self.items[end]):
            asks_value = (
                "AGG" in self.items[at]
                and not self.draft.head
                and not self.draft.groups
                and not self.draft.columns
                and self.draft.limit is None
            )
            asks_value = asks_value and not any(
                "WH" in one and one.text.lower() in ("which", "who") for one in self.items[:at]
            )
            noun, named, last = self.nouns.read(self.items, end)
            noun = replace(noun, columns=self.nouns.measurable(noun.columns))
            self._check_adjacent(last)
            if noun.columns and asks_value and not noun.tables:
                self._add_measure(MeasurePart("max" if high else "min", noun))
                return last
            self.draft.descending = high
            self.draft.limit = self.draft.limit or 1
            counts = any(word in self.items[at].text.lower() for word in COUNTING)
            if noun.tables and not noun.amounts and not counts and not noun.columns:
                return self._best(at, noun, named, last)
            other = bool(self.draft.head) and all(one.table != self.draft.head for one in noun.columns)
            if noun.columns and other and not noun.tables:
                part = MeasurePart("sum" if counts else "max", noun)
                self.draft.rank = part
                self.draft.measures += [part] if part not in self.draft.measures else []
                self.draft.doubts += [] if counts else [self.items[at].text]
            elif noun.stored and not noun.tables:
                self.draft.rank = Noun(columns=noun.stored, text=noun.text)
            elif noun.columns and (not noun.tables or self.draft.head in noun.tables):
                self.draft.rank = replace(noun, tables=())
            elif noun.tables or noun.amounts:
                part = MeasurePart("count" if noun.tables and not noun.amounts else "sum", noun)
                self.draft.rank = part
                if part not in self.draft.measures:
                    self.draft.measures.append(part)
                self.anchor = noun.tables[0] if noun.tables else self.anchor
            else:
                return at
            self.ranking = False
            self._mention_all(named)
            return last
        return self._extreme_after(at, high) if self.chinese else at

    def _check_adjacent(self, end: int) -> None:
        """Two nouns in a row that do not belong together have a meaning that is not read: population density."""
        if (
            end < len(self.items)
            and not self.items[end].stop
            and self.nouns.is_noun(self.items[end])
            and not self.has(end, "UNIT", "NUMBER", "COUNT", "CMP", "SHOW")
        ):
            self.draft.doubts.append(f"{self.items[end - 1].text} {self.items[end].text}")

    def _best(self, at: int, noun: Noun, named: Sequence[str], end: int) -> int:
        """The best customers: by revenue, if nothing else is named."""
        self._head(noun, named)
        self.ranking = True
        rest = self.items[end:]
        if not any("BY" in one or "TERMS" in one or "WITH" in one for one in rest):
            self.draft.doubts.append(self.items[at].text)
            if self.nouns.amounts:
                self._add_measure(MeasurePart("sum", Noun(amounts=self.nouns.amounts, text="revenue")))
        return end

    def _extreme_after(self, at: int, high: bool) -> int:
        """订单最多的客户, 销售额最高的前 2 个客户: what comes before is what rows are ranked by."""
        draft = self.draft
        numbers = self.nouns.measurable(self.last.columns) if self.last is not None else ()
        if not draft.measures and numbers and self.last is not None:
            draft.rank = Noun(columns=numbers, text=self.last.text)
            draft.doubts += [self.last.text] if draft.head and all(one.table != draft.head for one in numbers) else []
            draft.columns = [one for one in draft.columns if one is not self.last]
        elif not draft.measures and draft.head:
            others = [one for one in draft.mentions if one.table != draft.head and not one.negated]
            draft.measures.append(MeasurePart("count", Noun(tables=(draft.head,))))
            draft.head = others[0].table if others else ""
            draft.mentions = [one for one in draft.mentions if one not in others[:1]]
        elif not draft.measures:
            return at
        if draft.measures:
            draft.rank = draft.measures[-1]
        draft.descending, draft.limit = high, draft.limit or 1
        end = self.after(at + 1, SKIP, "DE")
        if self.has(end, "TOP") and self.has(end + 1, "N"):
            draft.limit = int(cast(float, self.items[end + 1].one("N")))
            end = self.after(end + 2, SKIP, "DE")
        if end < len(self.items) and self.nouns.is_noun(self.items[end]):
            noun, named, end = self.nouns.read(self.items, end)
            self._head(noun, named)
        return end

    def _rank_by(self, at: int, high: bool, read: object) -> int:
        self.ranking = True
        end = cast("type[int]", read)(at)  # pyright: ignore[reportCallIssue] -- one of the readers of measures
        if end == at:
            self.ranking = False
            return at
        self.draft.descending, self.draft.limit = high, self.draft.limit or 1
        return end

    def _superlative(self, at: int) -> int:
        adjective = cast(Adjective, self.items[at].one("SUP"))
        own = tuple(column for column, _ in adjective.columns if column.table in (self.draft.head, self.anchor))
        columns = own or tuple(column for column, _ in adjective.columns)
        self.draft.doubts += [self.items[at].text] if len(columns) > 1 else []
        if not columns or self.has(at + 1, "THAN"):
            return at
        self.draft.rank = Noun(columns=columns, text=self.items[at].text)
        self.draft.descending = dict(adjective.columns)[columns[0]] > 0
        self.draft.limit = self.draft.limit or 1
        self.ranking = False
        return at + 1

    def _order(self, at: int) -> int:
        end = self.after(at + 1, SKIP, "OF", "BY", "FOR")
        direction = next((one for one in self.items[at : end + 1] if "DESC" in one or "ASC" in one), None)
        if self.has(end, "HIGH", "LOW"):
            self.draft.descending = self.has(end, "HIGH")
            end = self.after(end + 1, SKIP, "OF")
        elif not direction:
            self.draft.descending = False
        if self.has(end, "ALPHA"):
            return self._alphabetical(end)
        if self.has(end, "DESC", "ASC"):
            end = self._direction(end)
            end = self.after(end, SKIP, "OF")
        known = list(self.draft.measures)
        following = next((i for i in range(end, len(self.items)) if self.items[i].text.lower() == "first"), None)
        if following is not None:
            self.items[following].meanings = {SKIP: [None]}
        if self.has(end, "COUNT", "AGG"):
            self.ranking = True
            last = self._count(end) if self.has(end, "COUNT") else self._aggregate(end)
            self.ranking = False
            if last > end:
                if isinstance(self.draft.rank, MeasurePart) and known and self.draft.rank not in known:
                    self._match_rank(known)
                return last
        if self.has(end, "UNIT") and not self._names_period(end):
            self.draft.rank = cast(TimeUnit, self.items[end].one("UNIT"))
            return end + 1
        if self.has(end, "RATIO", "SHARE"):
            return end + 1
        if end < len(self.items) and self.nouns.is_noun(self.items[end]):
            noun, _, end = self.nouns.read(self.items, end)
            self.draft.rank = noun
            return end
        return end

    def _match_rank(self, known: Sequence[MeasurePart]) -> None:
        """Ordered by the number of them: the measure that was named before."""
        rank = cast(MeasurePart, self.draft.rank)
        same = [one for one in known if one.function == rank.function and set(one.noun.tables) & set(rank.noun.tables)]
        if same:
            self.draft.measures.remove(rank)
            self.draft.rank = same[0]

    def _direction(self, at: int) -> int:
        self.draft.descending = "DESC" in self.items[at]
        return at + 1

    def _alphabetical(self, at: int) -> int:
        self.draft.descending = False
        columns = self.draft.columns[0] if self.draft.columns else None
        self.draft.rank = columns if columns is not None else Noun(tables=(self.draft.head or self.anchor,))
        return at + 1

    # Groups

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

    def _names_period(self, at: int) -> bool:
        """Whether a month or a year is a column of its own, not a part of a date."""
        columns = self.nouns.noun(self.items[at]).columns
        return "S" in self.items[at] or any(self.graph.profile(one).kind != "time" for one in columns)

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

    # Conditions

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

    def _is_time(self, column: Column) -> bool:
        return self.graph.profile(column).kind == "time" or column == self.graph.tables[column.table].time

    def _is_value(self, at: int) -> bool:
        """Whether an item that is a name as well is meant as a value: it is capitalized, or the noun it describes follows."""
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
            noun, named, last = self.nouns.read(self.items, end)
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

    # Nouns

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

    def _mention_all(self, tables: Sequence[str]) -> None:
        for one in tables:
            self._mention(one)

    def _mention(self, table: str) -> None:
        if all(one.table != table or one.negated for one in self.draft.mentions):
            self.draft.mentions.append(Mention(table))
