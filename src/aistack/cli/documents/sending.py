"""Sends files to a stack: several batches at once, each asked for by hash first, so that unchanged ones are not sent.

A batch is done when the service has indexed its files. While the stack cannot be reached or is overloaded, what failed
is tried again. Since the service knows what arrived, nothing is sent twice, whatever interrupted an earlier attempt.
"""

import asyncio
import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from aistack.chassis.errors import Problem
from aistack.cli.documents.local_files import LocalFile
from aistack.rag.client import RagClient
from aistack.rag.file_wire import FileHash, FileState

BATCH_FILES, BATCH_BYTES = 100, 32 * 1024 * 1024
BATCHES_AT_ONCE = 4
ATTEMPTS_MAX = 5  # of a file that changes while it is sent
OFFLINE_SECONDS_MAX = 60.0
PAUSE_SECONDS, PAUSE_SECONDS_MAX = 0.1, 2.0
RETRIED = (429, 502, 503, 504)
REFUSALS = (401, 403, 404, 409, 507)  # which concern all files alike
UNSTABLE = "it changes while it is sent, or others send a file of this name; add it again later"

OutcomeState = Literal["added", "unchanged", "failed", "deleted"]

ENDED: dict[str, OutcomeState] = {"done": "added", "duplicate": "unchanged", "failed": "failed"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file. `document` is the id of its document, `error` the reason if it failed."""

    name: str
    state: OutcomeState
    document: str | None = None
    error: str = ""


@dataclass(slots=True)
class Pending:
    """A file without an outcome. `is_sent` is whether the service has accepted it, `is_tried` whether it may have."""

    file: LocalFile
    stamp: tuple[int, int] | None = None
    sha256: str = ""
    attempts: int = 0
    is_tried: bool = False
    is_sent: bool = False


class Sender:
    """Sends files to a collection, and reports what became of each.

    Gives up when nothing has answered for `offline_seconds_max`. With an `encoding`, unchanged files are sent too,
    because the service compares the encoding.
    """

    def __init__(
        self,
        client: RagClient,
        collection: str,
        report: Callable[[Outcome], None],
        encoding: str = "",
        offline_seconds_max: float = OFFLINE_SECONDS_MAX,
    ) -> None:
        self._client = client
        self._collection = collection
        self._report = report
        self._encoding = encoding
        self._offline_seconds_max = offline_seconds_max
        self._answered_at = time.monotonic()

    async def send(self, files: Iterable[LocalFile]) -> None:
        """Returns when all files are indexed or have failed. Raises Problem when the stack refuses them or is away."""
        self._answered_at = time.monotonic()
        batches = _batches(files)

        async def work() -> None:
            for batch in batches:
                await self._process({one.file.name: one for one in batch})

        try:
            async with asyncio.TaskGroup() as tasks:
                for _ in range(BATCHES_AT_ONCE):
                    tasks.create_task(work())
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from None

    async def delete(self, names: Sequence[str]) -> None:
        """Deletes the documents of these names. Raises Problem."""
        for at in range(0, len(names), BATCH_FILES):
            hashes = [FileHash(name=name, sha256="0" * 64) for name in names[at : at + BATCH_FILES]]
            for known in await self._client.file_states(hashes, self._collection):
                if known.document is None:
                    continue
                try:
                    await self._client.delete_document(known.document, self._collection)
                except Problem as problem:
                    if problem.status != 404:
                        raise
                self._report(Outcome(known.name, "deleted", known.document))

    async def _process(self, pending: dict[str, Pending]) -> None:
        """Works on a batch until each of its files has an outcome and was removed from `pending`."""
        pause = PAUSE_SECONDS
        while pending:
            await self._hash(pending)
            try:
                await self._settle(pending)
                new = [one for one in pending.values() if not one.is_sent]
                if new:
                    await self._upload(pending, new)
                    pause = PAUSE_SECONDS
            except Problem as problem:
                is_over = time.monotonic() - self._answered_at > self._offline_seconds_max
                if problem.status not in RETRIED or is_over:
                    raise
            if pending:
                await asyncio.sleep(pause)
                pause = min(pause * 1.5, PAUSE_SECONDS_MAX)

    async def _hash(self, pending: dict[str, Pending]) -> None:
        """Hashes the files that must be sent, if they have changed since they were hashed."""
        for one in [one for one in pending.values() if not one.is_sent]:
            try:
                stamp = await asyncio.to_thread(_stamp, one)
                if stamp == one.stamp:
                    continue
                one.attempts += 1
                one.stamp, one.sha256 = stamp, await asyncio.to_thread(_sha256, one)
            except OSError as error:
                self._end(pending, one, Outcome(one.file.name, "failed", error=str(error.strerror or error)))
                continue
            if one.attempts > ATTEMPTS_MAX:
                self._end(pending, one, Outcome(one.file.name, "failed", error=UNSTABLE))

    async def _settle(self, pending: dict[str, Pending]) -> None:
        """Asks the service for the states of the files, and ends those that have an outcome."""
        asked = [one for one in pending.values() if one.is_sent or not self._encoding]
        hashes = [FileHash(name=one.file.name, sha256=one.sha256) for one in asked]
        for known in await self._client.file_states(hashes, self._collection) if hashes else list[FileState]():
            one = pending[known.name]
            if known.state == "ready":
                state = "added" if one.is_sent or one.is_tried else "unchanged"
                self._end(pending, one, Outcome(known.name, state, known.document))
            elif known.state == "waiting":  # an earlier attempt may have sent it
                one.is_sent = True
            elif known.state == "failed" and one.is_sent:
                self._end(pending, one, Outcome(known.name, "failed", known.document, known.error))
            elif one.is_sent:
                one.is_sent, one.stamp = False, None
        self._answered_at = time.monotonic() if hashes else self._answered_at

    async def _upload(self, pending: dict[str, Pending], new: list[Pending]) -> None:
        """Sends files. One that the service refuses, or that cannot be read, fails alone."""
        for one in new:
            one.is_tried = True
        try:
            paths = {one.file.name: one.file.path for one in new}
            job = await self._client.upload(paths, self._collection, self._encoding)
        except (Problem, OSError) as error:
            refused = isinstance(error, Problem)
            if refused and (error.status in RETRIED or error.status in REFUSALS):
                raise
            if len(new) == 1:
                reason = error.detail if refused else str(error.strerror or error)
                self._end(pending, new[0], Outcome(new[0].file.name, "failed", error=reason))
                return
            for one in new:
                await self._upload(pending, [one])
            return
        self._answered_at = time.monotonic()
        for item in job.items:
            one = pending.get(item.name)
            if one is None:
                continue
            if item.state in ("queued", "running"):
                one.is_sent = True
            else:
                state = ENDED[item.state]
                self._end(pending, one, Outcome(item.name, state, item.document, item.error))

    def _end(self, pending: dict[str, Pending], one: Pending, outcome: Outcome) -> None:
        del pending[one.file.name]
        self._report(outcome)


def _batches(files: Iterable[LocalFile]) -> Iterator[list[Pending]]:
    """The files in batches of at most BATCH_FILES and, unless one is larger, BATCH_BYTES."""
    batch: list[Pending] = []
    size = 0
    for file in files:
        try:
            more = os.stat(file.path).st_size
        except OSError:
            more = 0  # it is reported when it is read
        if batch and (len(batch) >= BATCH_FILES or size + more > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(Pending(file))
        size += more
    if batch:
        yield batch


def _stamp(one: Pending) -> tuple[int, int]:
    status = os.stat(one.file.path)
    return status.st_mtime_ns, status.st_size


def _sha256(one: Pending) -> str:
    with one.file.path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
