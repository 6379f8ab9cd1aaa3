"""Reads ranks and orders: top 5, the most orders, sorted by name."""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from aistack.ai.dialects.time_buckets import TimeUnit
from aistack.ai.rules.grammar.chart_parser import SKIP
from aistack.ai.rules.meaning.adjectives import Adjective
from aistack.ai.rules.reports.measure_reader import MeasureReader
from aistack.ai.rules.reports.reading import MeasurePart, Noun

COUNTING = ("most", "least", "fewest", "number", "最多", "最少")  # superlatives of how many, not of how good


class RankReader(MeasureReader):
    """Ranks of one question."""

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
