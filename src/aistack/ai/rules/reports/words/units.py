"""Units of time and size: longer than 5 minutes, over a column of milliseconds."""

from collections.abc import Iterable, Iterator

from aistack.ai.rules.reports.words.measures import words_of
from aistack.ai.schema.profiles import Column
from aistack.ai.schema.schema_graph import SchemaGraph

FACTORS = {
    word: (kind, factor)
    for kind, factor, words in (
        ("time", 0.001, "millisecond milliseconds ms 毫秒"), ("time", 1.0, "second seconds sec secs 秒"),
        ("time", 60.0, "minute minutes min mins 分钟"), ("time", 3600.0, "hour hours 小时"),
        ("size", 1.0, "byte bytes"), ("size", 1024.0, "kb kilobyte kilobytes"), ("size", 1048576.0, "mb megabyte megabytes"),
        ("size", 1073741824.0, "gb gigabyte gigabytes"),
    )
    for word in words.split()
}  # fmt: skip


def in_unit(graph: SchemaGraph, tables: Iterable[str], value: float, unit: str) -> Iterator[tuple[Column, float]]:
    """The columns of the tables that hold such quantities, each with the value in its own unit."""
    kind, factor = FACTORS[unit.lower()]
    for table in tables:
        for profile in graph.tables[table].columns.values():
            if profile.kind != "number" or profile.is_key:
                continue
            own = next((FACTORS[word] for word in sorted(words_of(profile)) if word in FACTORS), None)
            if own is not None and own[0] == kind:
                yield profile.column, value * factor / own[1]
