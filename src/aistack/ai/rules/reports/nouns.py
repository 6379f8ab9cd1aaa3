"""Nouns of a question: adjacent items that together name a table, a column or a value."""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from aistack.ai.rules.grammar.chart_parser import SKIP
from aistack.ai.rules.meaning.logical_form import ColumnCondition, RowSet
from aistack.ai.rules.meaning.query_composer import QueryComposer
from aistack.ai.rules.reports.reading import Noun
from aistack.ai.rules.reports.words.items import NAMING, Item
from aistack.ai.rules.reports.words.measures import Amount, amounts
from aistack.ai.schema.profiles import Column
from aistack.ai.schema.schema_graph import SchemaGraph

VALUE_WORDS = ("value", "values", "amount", "amounts", "size", "金额", "价值", "总额")  # of an order: its amount


class NounReader:
    def __init__(self, graph: SchemaGraph) -> None:
        self.graph = graph
        self.amounts = tuple(amounts(graph))

    def is_noun(self, item: Item) -> bool:
        return any(category in item for category in NAMING if category != "V")

    def noun(self, item: Item) -> Noun:
        """Everything that an item can name."""
        tables = tuple(dict.fromkeys(one.table for one in item.meanings.get("S", ()) if isinstance(one, RowSet)))
        columns: dict[Column, None] = {}
        for one in item.meanings.get("C", ()):
            columns |= dict.fromkeys(cast(tuple[Column, ...], one))
        stored = tuple(cast(Column, one) for one in item.meanings.get("SC", ()))
        given: tuple[Amount, ...] = self.amounts if "MEA" in item else ()
        return Noun(tables, tuple(columns), stored, given, item.text)

    def values(self, item: Item) -> tuple[ColumnCondition, ...]:
        return tuple(one for one in item.meanings.get("V", ()) if isinstance(one, ColumnCondition))

    def amounts_of(self, tables: Sequence[str]) -> list[Column]:
        """The columns that hold the amounts of rows."""
        composer = QueryComposer(self.graph)
        return [column for table in tables for column in composer.amounts(RowSet(table))]

    def read(self, items: Sequence[Item], at: int) -> tuple[Noun, list[str], int]:
        """The noun that begins at `at`, the tables that were named before its head, and the index after it."""
        noun, end = self.noun(items[at]), at + 1
        named: list[str] = []
        while end < len(items):
            if noun.amounts and not noun.columns and items[end].text.lower() in ("amount", "value", "figures", "金额"):
                end += 1
                continue
            if (
                noun.tables
                and not noun.columns
                and items[end].text.lower() in VALUE_WORDS
                and (own := self.amounts_of(noun.tables))
            ):
                noun, end = Noun((), tuple(own), text=f"{noun.text} {items[end].text}"), end + 1
                break
            step = end
            while step < len(items) and step < end + 2 and self._joins(items[step]) and not items[step].stop:
                step += 1
            if step >= len(items) or items[step].stop or not self.is_noun(items[step]):
                break
            merged = self._merged(noun, self.noun(items[step]), adjacent=step == end)
            if merged is None:
                break
            named += list(noun.tables[:1]) if merged.tables or merged.columns else []
            noun, end = merged, step + 1
        return noun, named, end

    def measurable(self, columns: Sequence[Column]) -> tuple[Column, ...]:
        """Those whose values have an order that matters."""
        return tuple(one for one in columns if self.graph.profile(one).kind in ("number", "time"))

    def _joins(self, item: Item) -> bool:
        """Possessives between a noun and its column."""
        return (item.text in ("'s", "’s") and SKIP in item) or "DE" in item

    def _merged(self, first: Noun, second: Noun, *, adjacent: bool) -> Noun | None:
        """Customer city, business category."""
        if first.columns and second.text.lower() in ("name", "names", "名称", "名字") and not first.tables:
            return first
        if not first.tables:
            return None
        if second.columns:
            own = tuple(one for one in second.columns if one.table in first.tables)
            if own:
                return Noun((), own, text=f"{first.text} {second.text}")
            near = tuple(
                one for one in second.columns for table in first.tables if self.graph.path_to_one(table, one.table)
            )
            if near:
                return Noun((), tuple(dict.fromkeys(near)), text=f"{first.text} {second.text}")
        if second.tables and not second.columns and adjacent:
            linked = any(a == b or self.graph.paths(a, b) for a in first.tables for b in second.tables)
            return replace(second, text=f"{first.text} {second.text}") if linked else None
        return None
