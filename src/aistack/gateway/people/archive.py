"""A zip archive that is written as a stream (APPNOTE.TXT: sizes follow the data), so that it is never kept as a whole.

It ends with `index.json`: how many files came from where, and everything that is missing, with the reason.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO, Any, cast
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from aistack.access.exporting.exports import FileStart, Omission, Part
from aistack.access.exporting.file_names import is_safe
from aistack.chassis.errors import Problem
from aistack.chassis.telemetry.logs import get_log

INDEX = "index.json"
SENT_BYTES = 1 << 16
COMPRESSION_LEVEL = 1
MISSING_MAX = 10_000  # of one service, in the index
REST = "everything that would follow"


@dataclass(slots=True)
class _Report:
    """What a service has given, and what is missing of it."""

    files: int = 0
    bytes: int = 0
    missing: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    more_missing: int = 0

    def add_missing(self, path: str, reason: str) -> None:
        if len(self.missing) < MISSING_MAX:
            self.missing.append({"path": path, "reason": reason})
        else:
            self.more_missing += 1

    def shown(self) -> dict[str, Any]:
        more = {"more_missing": self.more_missing} if self.more_missing else {}
        return {"files": self.files, "bytes": self.bytes, "missing": self.missing} | more


async def zipped(sources: Iterable[tuple[str, AsyncGenerator[Part]]], about: dict[str, Any]) -> AsyncGenerator[bytes]:
    """An archive with a folder for each source. A source that fails is in the index, and the others follow."""
    archive, services = _Archive(), dict[str, dict[str, Any]]()
    try:
        for name, parts in sources:
            report = _Report()
            async with aclosing(_added(archive, name, parts, report)) as chunks:
                async for chunk in chunks:
                    yield chunk
            services[name] = report.shown()
        is_complete = not any(one["missing"] for one in services.values())
        index = json.dumps(about | {"complete": is_complete, "services": services}, ensure_ascii=False, indent=2)
        data = index.encode(errors="replace")
        archive.begin(INDEX, len(data))
        await archive.write(data)
        archive.close()
        yield archive.taken()
    finally:
        archive.end()


async def _added(archive: "_Archive", name: str, parts: AsyncGenerator[Part], report: _Report) -> AsyncGenerator[bytes]:
    path, left = "", 0
    try:
        async with aclosing(parts):
            async for part in parts:
                if isinstance(part, bytes):
                    report.bytes += await archive.write(part)
                    left -= len(part)
                elif isinstance(part, Omission):
                    report.add_missing(part.path, part.reason)
                else:
                    path, left = part.path, part.bytes
                    _begin(archive, f"{name}/{path}", part, report)
                if archive.waiting >= SENT_BYTES:
                    yield archive.taken()
    except Exception as error:
        if not isinstance(error, Problem):
            get_log("gateway").exception("export.failed", source=name, path=path)
        if left > 0:
            report.add_missing(path, f"the file is cut off: its last {left} bytes are missing")
        reason = error.detail if isinstance(error, Problem) else "reading it failed; the gateway's log says why"
        report.add_missing(REST if path else "everything", reason)
    archive.end()
    yield archive.taken()


def _begin(archive: "_Archive", name: str, file: FileStart, report: _Report) -> None:
    archive.end()
    if not is_safe(name):
        report.add_missing(repr(file.path), "its path is not safe to unpack")
    elif archive.has(name):
        report.add_missing(file.path, "another file has this path")
    else:
        archive.begin(name, file.bytes)
        report.files += 1


class _Archive:
    """One file at a time; `taken` gives what is ready to be sent. Without an open file, `write` does nothing."""

    def __init__(self) -> None:
        self._out = _Output()
        self._zip = ZipFile(cast("IO[bytes]", self._out), "w", ZIP_DEFLATED, compresslevel=COMPRESSION_LEVEL)
        self._file: IO[bytes] | None = None
        self._names = {INDEX}

    @property
    def waiting(self) -> int:
        return len(self._out.data)

    def has(self, name: str) -> bool:
        return name.casefold() in self._names

    def begin(self, name: str, size: int) -> None:
        self._names.add(name.casefold())
        info = ZipInfo(name, datetime.now(UTC).timetuple()[:6])
        info.compress_type, info.file_size, info.external_attr = ZIP_DEFLATED, size, 0o600 << 16
        self._file = self._zip.open(info, "w")

    async def write(self, data: bytes) -> int:
        """How many bytes were written."""
        return 0 if self._file is None else await asyncio.to_thread(self._file.write, data)

    def end(self) -> None:
        """Ends the file, if one is open."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def close(self) -> None:
        self.end()
        self._zip.close()

    def taken(self) -> bytes:
        data, self._out.data = bytes(self._out.data), bytearray()
        return data


class _Output:
    """What the archive has written: a file that cannot seek."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: bytes) -> int:
        self.data += data
        return len(data)

    def flush(self) -> None:
        pass
