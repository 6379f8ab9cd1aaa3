"""The ledger: reads the journals of all data planes, counts budgets, and writes usage to the records in batches.

How far a journal was read is stored in the transaction that stores what was read, so each line counts exactly once,
whatever crashes. While the database is away or does not answer, sums are kept in memory and lines in the journals, and
budgets go on being counted. Of a batch that failed the records are asked first whether they have it after all: the
answer to a commit can be lost.
"""

import asyncio
import fcntl
import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from aistack.chassis.errors import Unavailable
from aistack.chassis.runtime.periodic import Periodic
from aistack.chassis.telemetry.logs import get_log
from aistack.gateway.models.accounting.budgets import Budget, Counted, amount_of, period_of
from aistack.gateway.models.accounting.journal import SUFFIX, UsageLine, decoded_line
from aistack.gateway.models.accounting.report import UsageQuery
from aistack.gateway.tables import ModelUsage, UsageJournal
from aistack.stores.records import Records

READ_SECONDS = 0.5
WRITE_SECONDS = 2.0
SHARED_SECONDS = 5.0  # how old the spending at other gateways may be
BYTES_PER_READ_MAX = 4 * 1024 * 1024
SUMS = ("requests", "prompt_tokens", "completion_tokens", "cached_tokens", "cache_write_tokens", "reasoning_tokens",
        "cost_nano", "unpriced")  # fmt: skip
Group = tuple[str, str, str, str, str]  # day, key, model, upstream, source


@dataclass(slots=True)
class _Read:
    """How far a journal was read, and how far that is in the records."""

    read: int = 0
    stored: int = 0
    partial: bytes = b""


@dataclass(frozen=True, slots=True)
class _Batch:
    """Sums by group, and how far each journal was read for them: stored together or not at all."""

    sums: Mapping[Group, list[int]]
    journals: Mapping[str, int]


@dataclass(slots=True)
class Totals:
    """What was used since this process started, by model and source, for metrics."""

    tokens: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    requests: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    cost_nano: dict[str, int] = field(default_factory=dict[str, int])


class UsageLedger:
    """Belongs to the control app. `publish` is called with what was counted, whenever that changed."""

    def __init__(self, folder: Path, records: Records, publish: Callable[[Counted], None]) -> None:
        self.records = records
        self.totals = Totals()
        self._folder = folder
        self._publish = publish
        self._journals: dict[str, _Read] = {}
        self._pending: dict[Group, list[int]] = {}
        self._budgets: Mapping[str, Budget] = {}
        self._spent: dict[str, tuple[str, int]] = {}
        self._work: list[Periodic] = []
        self._uncertain: _Batch | None = None  # it failed, and may be stored nevertheless
        self._reads = 0
        self._written_at = self._loaded_at = 0.0
        self._failed = self._unloaded = False
        self._lock = asyncio.Lock()

    async def start(self) -> None:
        async with self.records.read() as connection:
            rows = (await connection.execute(select(UsageJournal))).all()
        self._journals = {row.name: _Read(row.read_bytes, row.read_bytes) for row in rows}
        self._work = [
            Periodic(READ_SECONDS, self._read_and_publish, "models:usage"),
            Periodic(READ_SECONDS, self._store, "models:usage-records"),
        ]

    async def stop(self) -> None:
        for one in self._work:
            await one.stop()
        await self.flush()

    def set_budgets(self, budgets: Mapping[str, Budget]) -> None:
        """The budgets in force, by principal. What was spent is loaded with the next batch."""
        if budgets != self._budgets:
            self._budgets = budgets
            self._unloaded = True

    async def usage(self, query: UsageQuery) -> list[dict[str, Any]]:
        """The rows that a query asks for, up to this moment. Raises Unavailable while the database is away."""
        await self.flush()
        try:
            return await self._rows(query)
        except (SQLAlchemyError, OSError) as error:
            raise Unavailable(f"usage cannot be read while the database is away: {error}") from None

    async def _rows(self, query: UsageQuery) -> list[dict[str, Any]]:
        wanted = select(ModelUsage).order_by(ModelUsage.day, ModelUsage.key, ModelUsage.model, ModelUsage.source)
        if query.since:
            wanted = wanted.where(ModelUsage.day >= query.since)
        if query.until:
            wanted = wanted.where(ModelUsage.day <= query.until)
        if query.key:
            wanted = wanted.where(ModelUsage.key == query.key)
        if query.model:
            wanted = wanted.where(ModelUsage.model == query.model)
        async with self.records.read() as connection:
            rows = (await connection.execute(wanted)).mappings().all()
        return [{str(name): value for name, value in row.items()} for row in rows]

    def spent(self, key: str) -> int:
        """What the key has spent in the current period of its budget, nano-dollars or tokens."""
        budget = self._budgets.get(key)
        if budget is None:
            return 0
        period, amount = self._spent.get(key, ("", 0))
        return amount if period == period_of(budget, time.time()) else 0

    async def flush(self) -> None:
        """Reads and stores everything that the data planes have written."""
        self._read_and_publish()
        async with self._lock:
            await self._write()

    def _read_and_publish(self) -> None:
        """Never waits for the database, so that budgets hold while it is away."""
        if self._read():
            self._reads += 1
            self._publish_counted()

    def _publish_counted(self) -> None:
        read = {name: state.read for name, state in self._journals.items()}
        self._publish(Counted(dict(self._spent), read))

    async def _store(self) -> None:
        async with self._lock:
            now = time.monotonic()
            waiting = self._pending or self._uncertain
            if self._unloaded or (waiting and now - self._written_at > WRITE_SECONDS):
                await self._write()
            shared = not self.records.embedded and self._budgets and now - self._loaded_at > SHARED_SECONDS
            is_complete = not self._pending and self._uncertain is None
            if (self._unloaded or shared) and is_complete and await self._load_spent():
                self._publish_counted()

    def _read(self) -> bool:
        """Reads what is new in the journals. Whether there was anything."""
        changed = False
        for path in self._files():
            state = self._journals.setdefault(path.name, _Read())
            try:
                with open(path, "rb") as file:
                    file.seek(state.read + len(state.partial))
                    data = state.partial + file.read(BYTES_PER_READ_MAX)
            except OSError as error:
                get_log("gateway").error("usage.journal_unreadable", journal=path.name, error=str(error))
                continue
            end = data.rfind(b"\n") + 1
            state.partial = b""
            for line in data[:end].splitlines():
                self._add(line, path.name)
            if end:
                state.read += end
                changed = True
        return changed

    def _files(self) -> Iterable[Path]:
        try:
            return sorted(path for path in self._folder.iterdir() if path.name.endswith(SUFFIX))
        except FileNotFoundError:
            return ()

    def _add(self, raw: bytes, journal: str) -> None:
        try:
            line = decoded_line(raw)
        except ValueError as error:
            get_log("gateway").error("usage.line_refused", journal=journal, error=str(error))
            return
        day = time.strftime("%Y-%m-%d", time.gmtime(line.at))
        group = day, line.key[:128], line.model[:128], line.upstream[:800], line.source
        used, cost = line.usage, line.cost
        tokens = (used.prompt, used.completion, used.cached, used.cache_write, used.reasoning)
        numbers = (1, *tokens, cost or 0, int(cost is None))
        sums = self._pending.setdefault(group, [0] * len(SUMS))
        for at, number in enumerate(numbers):
            sums[at] += number
        self._count(line)

    def _count(self, line: UsageLine) -> None:
        totals, used = self.totals, line.usage
        totals.requests[line.model, line.source] = totals.requests.get((line.model, line.source), 0) + 1
        for kind, number in (("prompt", used.prompt), ("completion", used.completion), ("cached", used.cached)):
            totals.tokens[line.model, kind] = totals.tokens.get((line.model, kind), 0) + number
        totals.cost_nano[line.model] = totals.cost_nano.get(line.model, 0) + (line.cost or 0)
        budget = self._budgets.get(line.key)
        if budget is None:
            return
        period = period_of(budget, line.at)
        counted, amount = self._spent.get(line.key, (period, 0))
        if period >= counted:
            self._spent[line.key] = period, (amount if period == counted else 0) + amount_of(budget, used, line.cost)

    async def _write(self) -> None:
        """Stores the sums, and how far the journals were read, in one transaction. Keeps both when that fails."""
        self._written_at = time.monotonic()
        try:
            if self._uncertain is not None:
                await self._settle_uncertain(self._uncertain)
            journals = {name: state.read for name, state in self._journals.items() if state.read != state.stored}
            if not journals:
                self._remove_finished()
                return
            batch, self._pending = _Batch(self._pending, journals), {}
            self._uncertain = batch  # until it is known to be stored
            async with self.records.write() as connection:
                await self._upsert(connection, batch.sums, batch.journals)
        except (SQLAlchemyError, OSError) as error:
            if not self._failed:
                self._failed = True
                get_log("gateway").error("usage.records_away", error=str(error))
            return
        self._stored(batch)
        if self._failed:
            self._failed = False
            get_log("gateway").info("usage.records_back", journals=len(journals))
        finished = self._remove_finished()
        if finished:
            async with self.records.write() as connection:
                await connection.execute(delete(UsageJournal).where(UsageJournal.name.in_(finished)))

    async def _settle_uncertain(self, batch: _Batch) -> None:
        """Asks the records whether a batch that failed was stored; if not, it waits again to be written."""
        stored = select(UsageJournal.name, UsageJournal.read_bytes).where(UsageJournal.name.in_(list(batch.journals)))
        async with self.records.read() as connection:
            found = {row.name: row.read_bytes for row in await connection.execute(stored)}
        if found == batch.journals:
            self._stored(batch)
            return
        for group, sums in batch.sums.items():
            held = self._pending.setdefault(group, [0] * len(SUMS))
            self._pending[group] = [a + b for a, b in zip(held, sums, strict=True)]
        self._uncertain = None

    def _stored(self, batch: _Batch) -> None:
        self._uncertain = None
        for name, read in batch.journals.items():
            self._journals[name].stored = read

    async def _upsert(
        self, connection: AsyncConnection, pending: Mapping[Group, list[int]], journals: Mapping[str, int]
    ) -> None:
        insert = sqlite_insert if self.records.embedded else postgres_insert
        names = ("day", "key", "model", "upstream", "source")
        for group, sums in pending.items():
            wanted = insert(ModelUsage).values(
                **dict(zip(names, group, strict=True)), **dict(zip(SUMS, sums, strict=True))
            )
            table = ModelUsage.__table__.c
            added = {name: table[name] + wanted.excluded[name] for name in SUMS}
            await connection.execute(wanted.on_conflict_do_update(index_elements=names, set_=added))
        for name, read in journals.items():
            wanted = insert(UsageJournal).values(name=name, read_bytes=read)
            changed = {"read_bytes": wanted.excluded.read_bytes}
            await connection.execute(wanted.on_conflict_do_update(index_elements=["name"], set_=changed))

    def _remove_finished(self) -> list[str]:
        """Deletes journals that are stored and that nobody writes any more. Returns their names."""
        finished: list[str] = []
        for name, state in list(self._journals.items()):
            path = self._folder / name
            try:
                if state.stored == path.stat().st_size and _is_unlocked(path):
                    path.unlink()
                    finished.append(name)
                    del self._journals[name]
            except FileNotFoundError:
                del self._journals[name]
                finished.append(name)
        return finished

    async def _load_spent(self) -> bool:
        """What the keys with budgets have spent, at all gateways that share the records."""
        self._loaded_at, reads = time.monotonic(), self._reads
        spent: dict[str, tuple[str, int]] = {}
        try:
            async with self.records.read() as connection:
                for key, budget in self._budgets.items():
                    period = period_of(budget, time.time())
                    columns = (ModelUsage.cost_nano,) if budget.unit == "usd" else (
                        ModelUsage.prompt_tokens, ModelUsage.completion_tokens,
                    )  # fmt: skip
                    total = sum((func.coalesce(func.sum(column), 0) for column in columns[1:]),
                                func.coalesce(func.sum(columns[0]), 0))  # fmt: skip
                    wanted = select(total).where(ModelUsage.key == key)
                    if period:
                        wanted = wanted.where(ModelUsage.day.like(f"{period}%"))
                    spent[key] = period, int(await connection.scalar(wanted) or 0)
        except (SQLAlchemyError, OSError):
            return False
        if reads != self._reads:  # lines were read meanwhile, which these sums lack
            self._loaded_at = 0.0
            return False
        self._unloaded = False
        changed, self._spent = spent != self._spent, spent
        return changed


def _is_unlocked(path: Path) -> bool:
    """Whether no data plane has the journal open."""
    file = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(file)
    return True
