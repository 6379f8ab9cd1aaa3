"""Where the reading of a question is, and what it has read so far."""

from collections.abc import Sequence

from aistack.ai.rules.meaning.logical_form import Operator
from aistack.ai.rules.reports.nouns import NounReader
from aistack.ai.rules.reports.reading import Draft, Mention, Noun
from aistack.ai.rules.reports.words.items import Item
from aistack.ai.schema.profiles import Column, Scalar
from aistack.ai.schema.schema_graph import SchemaGraph


class QuestionCursor:
    """Items of one question from left to right; the readers that build on it add what they find to the `draft`."""

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

    def has(self, at: int, *categories: str) -> bool:
        return at < len(self.items) and any(category in self.items[at] for category in categories)

    def after(self, at: int, *categories: str) -> int:
        """The index after items of these categories that name nothing."""
        while self.has(at, *categories) and not self.nouns.is_noun(self.items[at]):
            at += 1
        return at

    def _end_of_sentence(self) -> None:
        """A negation that nothing took would change the meaning."""
        if self.negated:
            self.draft.doubts.append("not")

    def _names_period(self, at: int) -> bool:
        """Whether a month or a year is a column of its own, not a part of a date."""
        columns = self.nouns.noun(self.items[at]).columns
        return "S" in self.items[at] or any(self.graph.profile(one).kind != "time" for one in columns)

    def _mention_all(self, tables: Sequence[str]) -> None:
        for one in tables:
            self._mention(one)

    def _mention(self, table: str) -> None:
        if all(one.table != table or one.negated for one in self.draft.mentions):
            self.draft.mentions.append(Mention(table))

    def _check_adjacent(self, end: int) -> None:
        """Two nouns in a row that do not belong together have a meaning that is not read: population density."""
        if (
            end < len(self.items)
            and not self.items[end].stop
            and self.nouns.is_noun(self.items[end])
            and not self.has(end, "UNIT", "NUMBER", "COUNT", "CMP", "SHOW")
        ):
            self.draft.doubts.append(f"{self.items[end - 1].text} {self.items[end].text}")

    def _is_time(self, column: Column) -> bool:
        return self.graph.profile(column).kind == "time" or column == self.graph.tables[column.table].time
