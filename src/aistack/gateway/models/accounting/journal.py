"""The journal: an append-only file in which a data plane writes a line for each call before anything else knows of it.

The lines are in the page cache as soon as they are written, so a killed process loses none. The control app reads them
and writes batches to the records, so the database may be away for as long as the disk has room.
"""

import asyncio
import fcntl
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

from pydantic_core import to_json

from aistack.chassis.telemetry.logs import get_log
from aistack.gateway.models.accounting.usage import Source, Usage

SUFFIX = ".usage"
FILE_BYTES_MAX = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class UsageLine:
    """One call. `at` is Unix time, `key` the principal, `upstream` the target's id, `cost` nano-dollars or unknown."""

    at: float
    key: str
    model: str
    upstream: str
    source: Source
    usage: Usage
    cost: int | None
    path: str

    def encoded(self) -> bytes:
        used = self.usage
        counts = (used.prompt, used.completion, used.cached, used.cache_write, used.reasoning)
        fields = (round(self.at, 3), self.key, self.model, self.upstream, self.source, *counts, self.cost, self.path)
        return to_json(fields) + b"\n"


def decoded_line(line: bytes) -> UsageLine:
    """Raises ValueError for a line that is damaged."""
    try:
        at, key, model, upstream, source, prompt, completion, cached, write, reasoning, cost, path = json.loads(line)
        usage = Usage(int(prompt), int(completion), int(cached), int(write), int(reasoning))
        return UsageLine(
            float(at), str(key), str(model), str(upstream), source, usage, None if cost is None else int(cost), path
        )
    except (TypeError, ValueError) as error:
        raise ValueError(f"not a line of usage: {error}") from None


class Journal:
    """The file of one data plane. It is locked while it may still grow; a new one is begun when it is large."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = -1
        self._pending: list[bytes] = []
        self._offset = 0
        self.name = ""

    def write(self, line: UsageLine) -> int:
        """Queues a line, which is written at the end of this iteration of the loop. Returns where it will end."""
        if self._file < 0 or self._offset > FILE_BYTES_MAX:
            self.flush()
            self._begin()
        data = line.encoded()
        if not self._pending:
            asyncio.get_running_loop().call_soon(self.flush)
        self._pending.append(data)
        self._offset += len(data)
        return self._offset

    def flush(self) -> None:
        pending, self._pending = self._pending, []
        if not pending or self._file < 0:
            return
        data = b"".join(pending)
        try:
            while data:
                data = data[os.write(self._file, data) :]
        except OSError as error:  # a full disk must not end the calls that it cannot record
            get_log("gateway").error("usage.not_recorded", error=str(error), calls=len(pending))

    def close(self) -> None:
        self.flush()
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _begin(self) -> None:
        self.close()
        self._offset = 0
        self.name = f"{time.time_ns():x}-{os.getpid()}{SUFFIX}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = os.open(self._folder / self.name, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            get_log("gateway").error("usage.not_recorded", error=str(error), calls=1)
