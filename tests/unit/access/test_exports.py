"""The export of a service: its stream of frames, and what becomes of what fails."""

import json
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, insert, select

from aistack.access.exporting import exports
from aistack.access.exporting.exports import (
    ExportedFile,
    FileStart,
    Omission,
    framed,
    json_file,
    json_pages,
    parts_of,
    unframed,
)
from aistack.chassis.errors import GatewayFailed, NotFound
from aistack.stores.records import Records, _engine

WHO = "user:aaaaaaaaaaaa"


async def in_pieces(data: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def read(chunks: AsyncIterator[bytes]) -> list[tuple[str, object]]:
    """Files with their bytes, and omissions with their reasons."""
    found: list[tuple[str, object]] = []
    async for part in unframed(chunks):
        if isinstance(part, FileStart):
            found.append((part.path, b""))
        elif isinstance(part, bytes):
            path, before = found[-1]
            assert isinstance(before, bytes)
            found[-1] = path, before + part
        else:
            found.append((part.path, part.reason))
    return found


def kinds(folder: Path) -> dict[str, exports.Export]:
    (folder / "big").write_bytes(b'{"end":true}\n' * 50_000)

    async def boxes(subject: str) -> AsyncGenerator[ExportedFile | Omission]:
        yield json_file("box.json", {"of": subject, "名": "盒"})
        yield ExportedFile("empty", b"")
        yield ExportedFile("big", folder / "big")
        yield ExportedFile("gone", folder / "gone")
        yield Omission("left", "out")

    async def broken(subject: str) -> AsyncGenerator[ExportedFile | Omission]:
        yield ExportedFile("one", b"1")
        raise ZeroDivisionError(subject)

    async def refused(subject: str) -> AsyncGenerator[ExportedFile | Omission]:
        raise NotFound("nothing here")
        yield ExportedFile("never", b"")

    async def last(subject: str) -> AsyncGenerator[ExportedFile | Omission]:
        yield ExportedFile("last", b"\n\n")

    return {"boxes": boxes, "broken": broken, "refused": refused, "last": last}


async def streamed(folder: Path) -> bytes:
    return b"".join([chunk async for chunk in framed(parts_of(kinds(folder), WHO))])


@pytest.mark.parametrize("size", [1 << 20, 4096, 7])
async def test_a_stream_gives_the_files_and_what_is_left_out(tmp_path: Path, size: int):
    found = await read(in_pieces(await streamed(tmp_path), size))
    box = found.pop(0)[1]
    assert isinstance(box, bytes) and json.loads(box) == {"of": WHO, "名": "盒"} and "盒" in box.decode()
    assert found == [
        ("empty", b""),
        ("big", b'{"end":true}\n' * 50_000),
        ("gone", "its file cannot be read: No such file or directory"),
        ("left", "out"),
        ("one", b"1"),
        ("broken", "reading it failed; the log of the service says why"),
        ("refused", "nothing here"),
        ("last", b"\n\n"),
    ]


async def test_a_stream_that_is_cut_off_is_noticed_wherever_it_was_cut(tmp_path: Path):
    whole = await streamed(tmp_path)
    for length in (0, 1, 30, len(whole) // 2, len(whole) - 2, len(whole) - 1):
        with pytest.raises(GatewayFailed, match="ended early"):
            await read(in_pieces(whole[:length], 1000))


@pytest.mark.parametrize(
    "data",
    [
        b"<html>\n",
        b"[]\n",
        b'{"path":"x"}\n',
        b'{"path":1,"bytes":1}\n',
        b'{"path":"x","bytes":-1}\n',
        b'{"path":"x","bytes":"1"}\n',
        b"\xff\xfe\n",
        b"x" * 100_000,
    ],
)
async def test_anything_else_is_refused(data: bytes):
    with pytest.raises(GatewayFailed):
        await read(in_pieces(data, 5000))


async def test_a_file_that_becomes_shorter_cuts_the_stream_off(tmp_path: Path):
    file = tmp_path / "file"
    file.write_bytes(b"x" * 1_000_000)

    async def boxes(subject: str) -> AsyncGenerator[ExportedFile | Omission]:
        yield ExportedFile("file", file)

    parts = parts_of({"boxes": boxes}, WHO)
    assert await anext(parts) == FileStart("file", 1_000_000)
    file.write_bytes(b"")
    with pytest.raises(exports.ShortFile):
        await anext(parts)


async def test_rows_come_in_pages_also_when_some_are_deleted_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(exports, "ROWS_MAX", 3)
    table = Table("t", MetaData(), Column("name", String, primary_key=True), Column("id", Integer, primary_key=True))
    records = Records(_engine("", tmp_path / "x.sqlite3"))
    async with records.write() as connection:
        await connection.run_sync(table.metadata.create_all)
        await connection.execute(insert(table), [{"name": f"n{number // 2}", "id": number} for number in range(9)])
    found: dict[str, list[int]] = {}
    async for file in json_pages(records, select(table), [table.c.name, table.c.id], "t", lambda row: row.id):
        assert isinstance(file.content, bytes)
        found[file.path] = json.loads(file.content)
        async with records.write() as connection:
            await connection.execute(table.delete().where(table.c.id < 2))
    assert found == {"t.json": [0, 1, 2], "t-2.json": [3, 4, 5], "t-3.json": [6, 7, 8]}
    await records.close()
