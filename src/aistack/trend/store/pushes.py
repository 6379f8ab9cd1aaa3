"""Points that clients push, in CSV, JSON lines or JSON: read in the worker process, then stored."""

import base64
from dataclasses import dataclass
from typing import Any

from aistack.chassis.errors import InvalidInput
from aistack.trend.series.packed import PackedPoints
from aistack.trend.store.computations import Computations
from aistack.trend.store.series_store import SeriesStore

PUSHED_POINTS_MAX = 1_000_000  # of one series, in one request


@dataclass(frozen=True, slots=True)
class PushedSeries:
    """`given` points, of which `added` were new; `removed` older ones had to go. `statements` say what was done."""

    id: str
    name: str
    given: int
    added: int
    removed: int
    statements: list[dict[str, Any]]


class SeriesPushes:
    def __init__(self, store: SeriesStore, computations: Computations) -> None:
        self._store = store
        self._computations = computations

    async def add(
        self, collection_id: int, content: bytes, form: str, name: str, values: dict[str, Any],
        source_id: str | None = None, zone: str = "",
    ) -> list[PushedSeries]:  # fmt: skip
        """Stores the series in `content`; `name` is that of points which name no series, `zone` that of
        times of day without one. Raises InvalidInput."""
        if not content.strip():
            raise InvalidInput("the request is empty; send points as CSV, JSON lines or JSON")
        request = {
            "content": base64.b64encode(content).decode(), "form": form, "name": name, "zone": zone,
            "points_max": PUSHED_POINTS_MAX,
        }  # fmt: skip
        answer = await self._computations.ask("points", request)
        pushed: list[PushedSeries] = []
        for one in answer["series"]:
            row = await self._store.ensure(collection_id, one["name"], source_id, **values)
            added, removed = await self._store.put(row.id, PackedPoints.from_wire(one["points"]))
            pushed.append(PushedSeries(row.id, row.name, one["count"], added, removed, one["statements"]))
        return pushed
