"""The audit log: who did what, to what, and from where.

An administrator's actions are written before they are answered. Registrations, rejections and failed logins come as
fast as callers send them, so they are written in batches and rate-limited per source; a summary entry counts the rest.
Both kinds have separate retention limits, so that a flood never displaces the administrators' actions.
"""

import asyncio
import contextlib
import time
from collections import Counter, deque
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import insert, select
from sqlalchemy.exc import SQLAlchemyError

from aistack.chassis.identity import Principal, principal
from aistack.chassis.request_context import request_id
from aistack.chassis.runtime.periodic import Periodic
from aistack.chassis.telemetry.logs import get_log
from aistack.gateway.identity.authorization import Actor
from aistack.gateway.policy.log_rate_limits import LogRateLimits
from aistack.gateway.tables import PAGE_MAX, AuditEntry, prune
from aistack.stores.records import AnyRow, Records

DETAIL_CHARACTERS_MAX = 2_000
NOBODY = Principal("", "anonymous")
PENDING_MAX = 2_000
BATCH_MAX = 500
WRITE_SECONDS = 0.5
SUMMARY_SECONDS = 60.0
READ_SECONDS = 1.0  # how old the counts that readers see may be
SUMMARIES_MAX = 20
ADDRESSES_MAX = 1_000
PRUNED_EVERY = 1_000
STOP_SECONDS_MAX = 5.0
LOGINS = "failed logins"
MANY, VARIOUS = "many addresses", "various reasons"

Entry = dict[str, Any]


class Refusal(NamedTuple):
    """What was refused to an address. Those that are the same are counted, and written together."""

    action: str
    subject: str
    address: str
    reason: str


class AuditLog:
    """`start` begins to write recorded entries, `stop` writes the rest. Belongs to one event loop."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self._pending: deque[Entry] = deque()
        self._allowed = LogRateLimits()
        self._logins_allowed = LogRateLimits(burst=100)
        self._omitted: Counter[tuple[str, str]] = Counter()  # by actor and action
        self._logins: Counter[Refusal] = Counter()
        self._login_written: dict[Refusal, float] = {}
        self._logins_held = False  # more addresses fail than can be written one by one
        self._summarised = time.monotonic()
        self._unpruned = PRUNED_EVERY
        self._failing = False
        self._writing = asyncio.Lock()
        self._writer: Periodic | None = None

    def start(self) -> None:
        self._writer = Periodic(WRITE_SECONDS, self.flush, "audit:write")

    async def stop(self) -> None:
        if self._writer is not None:
            await self._writer.stop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS_MAX):
                await self.flush()
                self._logins_held = bool(self._logins)
                self._summarise()
                await self.flush()

    async def note(self, action: str, subject: str, detail: str = "", address: str = "") -> None:
        """An administrator's action, written when this returns. Raises what the database raises."""
        await self._write([_entry(principal.get(), action, subject, detail, address)])

    def record(self, actor: Actor, action: str, subject: str, detail: str) -> None:
        """An event that may come in floods. Returns at once; it is written within about a second."""
        who = _name(actor.who)
        if len(self._pending) >= PENDING_MAX or not self._allowed.take(who):
            key = (
                (who, action)
                if len(self._omitted) < ADDRESSES_MAX or (who, action) in self._omitted
                else (MANY, action)
            )
            self._omitted[key] += 1
        else:
            self._pending.append(_entry(actor.who, action, subject, detail, actor.address))

    def note_rejected_credentials(self, rejected: Iterable[tuple[str, int, str]]) -> None:
        """Invalid keys and tokens since the last call: address, count, and reason."""
        for address, count, reason in rejected:
            self.count_refused(Refusal("login.refused", "", address, reason), count)

    def count_refused(self, refusal: Refusal, count: int = 1) -> None:
        """A refused sign-in that anybody can cause: one entry for all that are the same within a minute."""
        if refusal not in self._logins and len(self._logins) >= ADDRESSES_MAX:
            refusal = Refusal(refusal.action, "", MANY, VARIOUS)
        self._logins[refusal] += count

    async def page(self, before: int | None, limit: int) -> list[AnyRow]:
        """The newest entries older than entry `before`, at most `limit`."""
        await self.flush()
        if time.monotonic() - self._summarised > READ_SECONDS:
            self._summarise()
            await self.flush()
        query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(min(limit, PAGE_MAX))
        if before is not None:
            query = query.where(AuditEntry.id < before)
        async with self.records.read() as connection:
            return list((await connection.execute(query)).all())

    async def flush(self) -> None:
        """Writes pending entries. While the database is unavailable they stay pending, up to a limit."""
        self._take_logins()
        if time.monotonic() - self._summarised > SUMMARY_SECONDS:
            self._summarise()
        async with self._writing:
            while self._pending:
                batch = list(islice(self._pending, BATCH_MAX))
                try:
                    await self._write(batch)
                except (SQLAlchemyError, OSError) as error:
                    if not self._failing:
                        get_log("gateway").error("audit.not_written", entries=len(self._pending), error=str(error))
                    self._failing = True
                    return
                self._failing = False
                for _ in batch:
                    self._pending.popleft()

    def _take_logins(self) -> None:
        """Makes entries for failed logins: at once for a new address, then one per minute."""
        now = time.monotonic()
        for key in list(self._logins):
            if now - self._login_written.get(key, -SUMMARY_SECONDS) < SUMMARY_SECONDS:
                continue
            if len(self._pending) >= PENDING_MAX or not self._logins_allowed.take(LOGINS):
                self._logins_held = True
                break
            self._pending.append(_refused(key, self._logins.pop(key)))
            self._login_written[key] = now
        if len(self._login_written) > ADDRESSES_MAX:
            self._login_written = {key: at for key, at in self._login_written.items() if now - at < SUMMARY_SECONDS}

    def _summarise(self) -> None:
        """Makes summary entries for events that were only counted."""
        if len(self._pending) >= PENDING_MAX:
            return
        self._summarised = time.monotonic()
        rows = self._omitted.most_common()
        self._omitted.clear()
        for (who, action), count in rows[:SUMMARIES_MAX]:
            self._pending.append(_summary(who, action, count))
        if rest := sum(count for _, count in rows[SUMMARIES_MAX:]):
            self._pending.append(_summary(MANY, VARIOUS, rest))
        if self._logins_held:
            addresses = len({key.address for key in self._logins})
            self._pending.append(_summary(f"{addresses} addresses", "login.refused", self._logins.total()))
            self._logins.clear()
            self._logins_held = False

    async def _write(self, entries: list[Entry]) -> None:
        async with self.records.write() as connection:
            await connection.execute(insert(AuditEntry), entries)
            self._unpruned += len(entries)
            if self._unpruned >= PRUNED_EVERY:
                await prune(connection)
                self._unpruned = 0


def _entry(who: Principal, action: str, subject: str, detail: str, address: str) -> Entry:
    return {
        "at": datetime.now(UTC),
        "actor": _plain(_name(who), 128),
        "action": action,
        "subject": _plain(subject, 256),
        "detail": _plain(detail, DETAIL_CHARACTERS_MAX),
        "address": _plain(address, 64),
        "request_id": request_id.get()[:128],
    }


def _summary(who: str, action: str, count: int) -> Entry:
    """An entry for events that were not written one by one."""
    entry = _entry(NOBODY, "audit.summary", action, f"{count} more, not listed individually", "")
    return entry | {"actor": _plain(who, 128), "request_id": ""}


def _refused(one: Refusal, count: int) -> Entry:
    detail = one.reason if count == 1 else f"{count} times: {one.reason}"
    return _entry(NOBODY, one.action, one.subject, detail, one.address) | {"request_id": ""}


def _name(who: Principal) -> str:
    return f"{who.id} ({who.name})" if who.name else who.id


def _plain(text: str, characters_max: int) -> str:
    """Text that every database accepts and every terminal shows: no control characters, no lone surrogates."""
    text = text[:characters_max]
    return text if text.isprintable() else "".join(char if char.isprintable() else "\ufffd" for char in text)
