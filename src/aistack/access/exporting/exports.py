"""The export of what belongs to a subject: files, and the stream in which a service sends them to the gateway.

The stream is a sequence of frames. A frame is a line of JSON: a file, whose bytes follow, or an omission with its
reason. The last frame says that the stream is complete.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVarTuple

from fastapi.responses import StreamingResponse
from sqlalchemy import Select, literal, tuple_
from starlette.types import Receive, Scope, Send

from aistack.access.access import Grant
from aistack.chassis.errors import GatewayFailed, Problem
from aistack.chassis.telemetry.logs import get_log
from aistack.stores.records import AnyRow, Records

CHUNK_BYTES = 1 << 17
HEADER_BYTES_MAX = 1 << 16
REASON_CHARACTERS_MAX = 1_000
ROWS_MAX = 200  # in one JSON file
END = {"end": True}

Columns = TypeVarTuple("Columns")


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """`path` is relative. A file on disk has to stay until the next one is asked for."""

    path: str
    content: bytes | Path


@dataclass(frozen=True, slots=True)
class Omission:
    """What cannot be exported: the path of a file or a kind of things, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class FileStart:
    """A file, whose bytes follow."""

    path: str
    bytes: int


Part = FileStart | bytes | Omission
Export = Callable[[str], AsyncGenerator[ExportedFile | Omission]]  # everything of one kind that belongs to a subject


class ShortFile(Exception):
    """A file became shorter while it was read."""


async def parts_of(exports: Mapping[str, Export], subject: str) -> AsyncGenerator[Part]:
    """Everything that belongs to a subject, kind by kind. A kind that fails is an omission, and the others follow.

    Raises ShortFile.
    """
    for kind, export in exports.items():
        try:
            async with aclosing(export(subject)) as entries:
                async for entry in entries:
                    if isinstance(entry, Omission):
                        yield entry
                        continue
                    async with aclosing(_parts(entry)) as parts:
                        async for part in parts:
                            yield part
        except ShortFile:
            raise
        except Problem as problem:
            yield Omission(kind, problem.detail)
        except Exception:
            get_log("access").exception("export.failed", kind=kind, subject=subject)
            yield Omission(kind, "reading it failed; the log of the service says why")


async def _parts(file: ExportedFile) -> AsyncGenerator[Part]:
    if isinstance(file.content, bytes):
        yield FileStart(file.path, len(file.content))
        yield file.content
        return
    try:
        opened = await asyncio.to_thread(file.content.open, "rb")
    except OSError as error:
        yield Omission(file.path, f"its file cannot be read: {error.strerror}")
        return
    with opened:
        left = opened.seek(0, 2)
        opened.seek(0)
        yield FileStart(file.path, left)
        while left:
            chunk = await asyncio.to_thread(opened.read, min(CHUNK_BYTES, left))
            if not chunk:
                raise ShortFile(file.path)
            left -= len(chunk)
            yield chunk


async def framed(parts: AsyncGenerator[Part]) -> AsyncGenerator[bytes]:
    """The stream that `unframed` reads."""
    async with aclosing(parts):
        async for part in parts:
            yield part if isinstance(part, bytes) else _frame(asdict(part))
    yield _frame(END)


class ExportResponse(StreamingResponse):
    """A stream that is closed as soon as its client leaves: it holds files and requests open."""

    def __init__(
        self, content: AsyncGenerator[bytes], media_type: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(content, media_type=media_type, headers=headers)
        self._opened = content

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(self._opened):
            await super().__call__(scope, receive, send)


async def unframed(chunks: AsyncIterator[bytes]) -> AsyncGenerator[Part]:
    """The parts of a stream. Raises GatewayFailed for one that is cut off or not one of `framed`."""
    held = bytearray()
    left = 0
    async for chunk in chunks:
        held += chunk
        while held:
            if left:
                data, held = bytes(held[:left]), held[left:]
                left -= len(data)
                yield data
                continue
            line, newline, rest = held.partition(b"\n")
            if not newline:
                if len(held) > HEADER_BYTES_MAX:
                    raise GatewayFailed("the export is not a sequence of frames")
                break
            held = rest
            part = _read_frame(bytes(line))
            if part is None:
                return
            left = part.bytes if isinstance(part, FileStart) else 0
            yield part
    raise GatewayFailed("the export ended early")


def _frame(header: dict[str, Any]) -> bytes:
    return json.dumps(header).encode() + b"\n"


def _read_frame(line: bytes) -> FileStart | Omission | None:
    """None at the end of the stream."""
    try:
        match json.loads(line):
            case {"end": True}:
                return None
            case {"path": str(path), "bytes": int(size)} if size >= 0:
                return FileStart(path, size)
            case {"path": str(path), "reason": str(reason)}:
                return Omission(path, reason[:REASON_CHARACTERS_MAX])
            case _:
                pass
    except ValueError:
        pass
    raise GatewayFailed("the export has a frame that is neither a file nor an omission")


def json_file(path: str, value: Any) -> ExportedFile:
    """A JSON document that people can read."""
    text = json.dumps(value, ensure_ascii=False, indent=2, default=_plain)
    return ExportedFile(path, text.encode(errors="replace"))


async def json_pages(
    records: Records, query: Select[*Columns], keys: Sequence[Any], path: str, shown: Callable[[AnyRow], Any]
) -> AsyncGenerator[ExportedFile]:
    """The rows of a query as `PATH.json`, `PATH-2.json` and so on. See `row_pages`."""
    async for number, rows in row_pages(records, query, keys):
        yield json_file(numbered(path, number), [shown(row) for row in rows])


async def row_pages(
    records: Records, query: Select[*Columns], keys: Sequence[Any]
) -> AsyncGenerator[tuple[int, Sequence[AnyRow]]]:
    """The rows of a query by `keys`, columns that are unique together, in pages that are numbered from 1.

    No transaction stays open between pages.
    """
    query, number, last = query.order_by(*keys).limit(ROWS_MAX), 0, None
    while True:
        page = query if last is None else query.where(tuple_(*keys) > tuple_(*last))
        async with records.read() as connection:
            rows = (await connection.execute(page)).all()
        number += 1
        if rows:
            yield number, rows
        if len(rows) < ROWS_MAX:
            return
        last = [literal(getattr(rows[-1], key.key), key.type) for key in keys]


def numbered(path: str, number: int) -> str:
    """The path of a page's JSON file."""
    return f"{path}.json" if number == 1 else f"{path}-{number}.json"


def columns_of(row: AnyRow, *hidden: str) -> dict[str, Any]:
    """A row by the names of its columns, except the hidden ones."""
    values = row._asdict()  # pyright: ignore[reportPrivateUsage] - public API: only column names have no underscore
    return {name: value for name, value in values.items() if name not in hidden}


def grants_of(grants: Iterable[Grant]) -> list[dict[str, str]]:
    """Whom a thing is shared with."""
    return [{"subject": one.subject, "level": one.level} for one in grants]


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
