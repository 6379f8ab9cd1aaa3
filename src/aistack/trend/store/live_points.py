"""Points of live series, each scored once, in order of time, by whichever instance gets it.

The detector's state is kept with a version. A request reads it, has its points scored, and writes points and state in
one transaction if the version is still the same; otherwise it starts again. So no point is scored twice or by a state
that misses others, whatever instances run or die.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakValueDictionary

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from aistack.chassis.errors import Conflict, Unavailable
from aistack.chassis.runtime.worker_processes import WorkerFailed, WorkerPool
from aistack.stores.records import AnyRow
from aistack.trend.series.packed import PackedPoints
from aistack.trend.store.series_store import SeriesStore
from aistack.trend.tables import Detector, Point

ATTEMPTS = 50
HISTORY = 4_200  # points that a detector learns from before its first live point: its memory, and a little
CHANGED = ("value", "score", "alarm", "expected")


class Outrun(Exception):
    """Another request changed the detector first."""


@dataclass(frozen=True, slots=True)
class ScoredPoint:
    """`note` is `scored`, `known` (scored before; the score stays), or `late` (older than the last scored point)."""

    at: int
    value: float
    score: float | None
    alarm: bool
    expected: float | None
    note: str


class LivePoints:
    def __init__(self, store: SeriesStore, workers: WorkerPool) -> None:
        self._store = store
        self._records = store.records
        self._workers = workers
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def add(self, series: AnyRow, points: dict[int, float]) -> tuple[list[ScoredPoint], str]:
        """Stores points (by microseconds) and scores them. Returns them in order of time, and the series' state."""
        lock = self._locks.setdefault(series.id, asyncio.Lock())
        async with lock:
            for _ in range(ATTEMPTS):
                try:
                    return await self._add(series, points)
                except Outrun:
                    continue
        raise Unavailable("other requests add points to this series all the time; try again")

    async def acknowledge(self, series: AnyRow) -> str:
        """Marks the series' alarm as known. Returns its state. Raises Conflict if there is no alarm."""
        for _ in range(ATTEMPTS):
            detector = await self._detector(series.id)
            if detector is None or detector.state_name not in ("alarm", "acknowledged"):
                raise Conflict("the series has no alarm")
            answer = await self._ask({"task": "acknowledge", "state": detector.state})
            try:
                async with self._records.write() as connection:
                    await self._write_state(connection, series.id, detector, detector.last_at, answer)
            except Outrun:
                continue
            return answer["state_name"]
        raise Unavailable("other requests add points to this series all the time; try again")

    async def _add(self, series: AnyRow, points: dict[int, float]) -> tuple[list[ScoredPoint], str]:
        detector = await self._detector(series.id)
        known = await self._known(series.id, sorted(points))
        last_at = None if detector is None else detector.last_at
        fresh = {
            at: value for at, value in points.items()
            if (last_at is None or at > last_at) and (at not in known or known[at].score is None)
        }  # fmt: skip
        answer: dict[str, Any] = {"scores": []}
        if fresh:
            history = await self._history(series.id, last_at, max(fresh))
            merged = sorted((history | fresh).items())
            packed = PackedPoints()
            packed.add(merged)
            answer = await self._ask(
                {
                    "task": "score", "state": detector.state if detector else "", "last_at": last_at,
                    "first_new": min(fresh), "step_seconds": series.step_seconds, "points": packed.to_wire(),
                }
            )  # fmt: skip
        scores = {one["at"]: one for one in answer["scores"]}
        rows = [_row(series.id, at, value, scores.get(at), known.get(at)) for at, value in points.items()]
        async with self._records.write() as connection:
            locked = await self._store.locked(connection, series.id)
            if answer.get("state"):
                await self._write_state(connection, series.id, detector, max(fresh), answer)
            await self._store.add_few(connection, locked, rows, CHANGED)
        state = answer.get("state_name") or (detector.state_name if detector else "learning")
        return [_scored(row, row["at"] in scores, known.get(row["at"])) for row in sorted(rows, key=_at)], state

    async def _detector(self, series_id: str) -> AnyRow | None:
        async with self._records.read() as connection:
            return (await connection.execute(select(Detector).where(Detector.series_id == series_id))).one_or_none()

    async def _known(self, series_id: str, times: Sequence[int]) -> dict[int, AnyRow]:
        query = select(Point).where(Point.series_id == series_id, Point.at.in_(times))
        async with self._records.read() as connection:
            return {row.at: row for row in (await connection.execute(query)).all()}

    async def _history(self, series_id: str, after: int | None, before: int) -> dict[int, float]:
        """Points after the last scored one, before the newest of the request, that were not scored as they came."""
        query = select(Point.at, Point.value).where(Point.series_id == series_id, Point.at < before)
        if after is not None:
            query = query.where(Point.at > after)
        async with self._records.read() as connection:
            rows = await connection.execute(query.order_by(Point.at.desc()).limit(HISTORY))
            return {row.at: row.value for row in rows}

    async def _write_state(
        self, connection: AsyncConnection, series_id: str, detector: AnyRow | None, last_at: int, answer: dict[str, Any]
    ) -> None:
        """Raises Outrun if the detector is no more what it was."""
        values = {"last_at": last_at, "state": answer["state"], "state_name": answer["state_name"]}
        if detector is None:
            try:
                await connection.execute(insert(Detector).values(series_id=series_id, version=1, **values))
            except IntegrityError:
                raise Outrun from None
            return
        same = (Detector.series_id == series_id, Detector.version == detector.version)
        changed = update(Detector).where(*same).values(version=detector.version + 1, **values)
        if not (await connection.execute(changed)).rowcount:
            raise Outrun

    async def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            answer = await self._workers.ask(request)
        except WorkerFailed as error:
            raise Unavailable(f"the points could not be scored: {error}") from None
        if "error" in answer:
            raise Unavailable(f"the points could not be scored: {answer['error']}")
        return answer


def _at(row: dict[str, Any]) -> int:
    return row["at"]


def _row(series_id: str, at: int, value: float, found: dict[str, Any] | None, known: AnyRow | None) -> dict[str, Any]:
    """The point's row: newly scored, or with the score that it had."""
    score, alarm, expected = (
        (found["score"], found["alarm"], found["expected"])
        if found
        else (known.score, known.alarm, known.expected)
        if known
        else (None, None, None)
    )
    return {"series_id": series_id, "at": at, "value": value, "score": score, "alarm": alarm, "expected": expected}


def _scored(row: dict[str, Any], is_scored: bool, known: AnyRow | None) -> ScoredPoint:
    note = "scored" if is_scored else "known" if known is not None and known.score is not None else "late"
    return ScoredPoint(row["at"], row["value"], row["score"], bool(row["alarm"]), row["expected"], note)
