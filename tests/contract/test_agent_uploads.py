"""Uploads to the agent service over its API: resumed, checked, inspected, owned, deleted."""

import asyncio
import base64
import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

from aistack.agent.uploads.intake import PIECE_BYTES
from aistack.chassis.identity import Principal, principal
from harness.services.agent import Agent, agent_service

BYTES = {"content-type": "application/offset+octet-stream"}
SIZE_MAX = 20_000_000


@pytest.fixture
async def agent(database_url: str, tmp_path: Path) -> AsyncIterator[Agent]:
    limits = {"upload_bytes_max": SIZE_MAX, "upload_quota_bytes": 3 * SIZE_MAX}
    async with agent_service(tmp_path, database_url=database_url, **limits) as opened:
        yield opened


async def begin(agent: Agent, size: int, name: str = "notes.txt") -> str:
    metadata = "filename " + base64.b64encode(name.encode()).decode()
    headers = {"tus-resumable": "1.0.0", "upload-length": str(size), "upload-metadata": metadata}
    answer = await agent.http.post("/upload", headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


async def patch(agent: Agent, place: str, offset: int, content: bytes, checksum: str = "") -> httpx.Response:
    headers = BYTES | {"upload-offset": str(offset)} | ({"upload-checksum": checksum} if checksum else {})
    return await agent.http.patch(place, content=content, headers=headers)


async def offset_of(agent: Agent, place: str) -> int:
    return int((await agent.http.head(place)).headers["upload-offset"])


async def send(agent: Agent, content: bytes, name: str = "file") -> httpx.Response:
    return await agent.http.post("/upload", params={"name": name}, content=content)


async def broken_off(agent: Agent, place: str, pieces: list[bytes], **headers: str) -> None:
    """A PATCH whose connection ends after some pieces."""
    messages = [{"type": "http.request", "body": one, "more_body": True} for one in pieces]
    messages.append({"type": "http.disconnect"})

    async def receive() -> dict:
        return messages.pop(0) if len(messages) > 1 else messages[0]

    async def give(message: dict) -> None:
        pass

    given = BYTES | {"upload-offset": "0", "host": "localhost"} | headers
    scope = {
        "type": "http", "method": "PATCH", "path": place, "raw_path": place.encode(), "query_string": b"",
        "headers": [(key.encode(), value.encode()) for key, value in given.items()], "http_version": "1.1",
        "scheme": "http", "server": ("localhost", 80), "client": ("127.0.0.1", 1), "root_path": "", "asgi": {},
    }  # fmt: skip
    await agent.app(scope, receive, give)


async def test_an_upload_that_was_broken_off_is_resumed(agent: Agent):
    content = bytes(range(32, 127)) * 100_000
    place = await begin(agent, len(content))
    await broken_off(agent, place, [content[:PIECE_BYTES], content[PIECE_BYTES : PIECE_BYTES + 777]])
    assert await offset_of(agent, place) == PIECE_BYTES + 777
    answer = await patch(agent, place, PIECE_BYTES + 777, content[PIECE_BYTES + 777 :])
    assert answer.status_code == 204 and answer.headers["upload-offset"] == str(len(content))
    view = (await agent.http.get(place)).json()
    assert view["state"] == "ready" and view["sha256"] == hashlib.sha256(content).hexdigest()
    assert (await agent.http.get(f"{place}/content")).content == content


async def test_bytes_with_a_checksum_are_kept_only_if_it_fits(agent: Agent):
    place = await begin(agent, 10)
    wrong, right = (base64.b64encode(hashlib.sha1(one).digest()).decode() for one in (b"other", b"hello"))
    answer = await patch(agent, place, 0, b"hello", f"sha1 {wrong}")
    assert answer.status_code == 460 and answer.json()["type"].endswith("checksum-mismatch")
    await broken_off(agent, place, [b"hel"], **{"upload-checksum": f"sha1 {right}"})
    assert await offset_of(agent, place) == 0
    assert (await patch(agent, place, 0, b"hello", f"sha1 {right}")).status_code == 204
    assert (await patch(agent, place, 0, b"hello", "crc32 AAAA")).status_code == 400
    assert await offset_of(agent, place) == 5


async def test_of_requests_at_once_one_appends(agent: Agent):
    place = await begin(agent, 10)
    answers = await asyncio.gather(*(patch(agent, place, 0, b"hello") for _ in range(4)))
    assert sorted(one.status_code for one in answers) == [204, 409, 409, 409]
    assert (await patch(agent, place, 5, b"world too long")).status_code == 413
    assert (await patch(agent, place, 5, b"world")).status_code == 204
    assert (await agent.http.get(f"{place}/content")).content == b"helloworld"


async def test_files_that_are_empty_too_large_or_over_the_quota_are_refused(agent: Agent):
    assert "empty" in (await send(agent, b"")).json()["detail"]
    assert (await send(agent, bytes(SIZE_MAX + 1))).status_code == 413
    assert (await agent.http.post("/upload", headers={"upload-length": str(SIZE_MAX + 1)})).status_code == 413
    assert (await agent.http.post("/upload", headers={"upload-length": "-5"})).status_code == 400
    places = [await begin(agent, SIZE_MAX) for _ in range(3)]
    answer = await send(agent, b"x")
    assert answer.status_code == 413 and answer.json()["type"].endswith("over-quota")
    assert (await agent.http.delete(places[0])).status_code == 204
    assert (await send(agent, b"x")).status_code == 201


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(bytes(1_000))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def zip_bomb() -> bytes:
    packed = io.BytesIO()
    archive = zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED)
    with archive, archive.open("word/document.xml", "w", force_zip64=True) as entry:
        for _ in range(1_100):
            entry.write(bytes(1 << 20))
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("bomb.png", png(50_000, 50_000), "50000 x 50000 pixels"),
        ("cut.png", png(200, 200)[:60], "damaged"),
        ("cut.docx", b"PK\x03\x04" + bytes(100), "damaged"),
    ],
)
async def test_files_that_would_do_harm_are_refused(agent: Agent, name: str, content: bytes, reason: str):
    answer = await send(agent, content, name)
    assert answer.status_code == 422 and reason in answer.json()["detail"]
    assert (await agent.http.get("/upload")).json()["files"] == []


async def test_a_zip_bomb_is_refused(agent: Agent):
    answer = await send(agent, await asyncio.to_thread(zip_bomb), "bomb.docx")
    assert answer.status_code == 422 and "unpacks to" in answer.json()["detail"]


async def test_images_are_written_again_without_what_is_hidden_in_them(agent: Agent):
    picture, exif = io.BytesIO(), Image.Exif()
    exif[0x010E] = "where I live"
    Image.new("RGB", (40, 30), "red").save(picture, "JPEG", exif=exif)
    (view,) = (await send(agent, picture.getvalue() + b"<script>alert(1)</script>", "me.jpg")).json()["files"]
    assert view["kind"] == "image" and view["details"]["width"] == 40
    answer = await agent.http.get(f"/upload/{view['id']}/content")
    assert b"where I live" not in answer.content and b"<script" not in answer.content
    assert Image.open(io.BytesIO(answer.content)).size == (40, 30)
    assert answer.headers["content-disposition"].startswith("attachment") and "sandbox" in str(answer.headers)


@pytest.mark.parametrize("name", ["合同" * 149 + ".png", "\u202e" + "עברית" * 70 + ".png", "../../etc/passwd.png"])
async def test_a_file_is_what_its_content_says_under_any_name(agent: Agent, name: str):
    form = {"file": (name, b"<!doctype html><script>alert(1)</script>")}
    (view,) = (await agent.http.post("/upload", files=form)).json()["files"]
    assert view["media_type"] == "text/html" and "name ends in .png" in view["details"]["note"]
    assert len(view["name"]) <= 300 and view["name"].endswith(".png") and "/" not in view["name"]
    assert "\u202e" not in view["name"]
    answer = await agent.http.get(f"/upload/{view['id']}/content")
    assert answer.headers["content-type"] == "application/octet-stream"


async def test_what_is_anothers_does_not_exist(agent: Agent):
    place = await begin(agent, 5)
    token = principal.set(Principal("user:0123456789ab", "user"))
    try:
        assert (await agent.http.get(place)).status_code == 404
        assert (await agent.http.head(place)).status_code == 404
        assert (await patch(agent, place, 0, b"hello")).status_code == 404
        assert (await agent.http.delete(place)).status_code == 404
        assert (await agent.http.get("/upload")).json()["files"] == []
        attached = {"message": "x", "stream": False, "attachments": [{"upload": place.rpartition("/")[2]}]}
        assert (await agent.http.post("/v1/agent/chat", json=attached)).status_code == 404
    finally:
        principal.reset(token)


async def test_unfinished_and_unused_files_expire(database_url: str, tmp_path: Path):
    hours = {"upload_unfinished_hours": 1e-9, "upload_unused_hours": 1e-9}
    async with agent_service(tmp_path, database_url=database_url, **hours) as agent:
        await begin(agent, 10)
        await send(agent, b"unused")
        (session,) = [(await agent.post("/sessions", {}))["id"]]
        await agent.http.delete(f"/v1/agent/sessions/{session}")  # which cleans up
        assert (await agent.http.get("/upload")).json()["files"] == []
    assert not [one for one in (tmp_path / "agent" / "files").rglob("*") if one.is_file()]


@pytest.mark.parametrize(
    ("answer", "status"), [(b"stream: OK\0", 201), (b"stream: Eicar-Test FOUND\0", 422), (b"", 503)]
)
async def test_files_pass_the_virus_scanner(tmp_path: Path, answer: bytes, status: int):
    heard = bytearray()

    async def clamd(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
        while size := int.from_bytes(await reader.readexactly(4), "big"):
            heard.extend(await reader.readexactly(size))
        writer.write(answer)
        writer.close()

    socket = str(tmp_path / "clamd.sock")
    async with await asyncio.start_unix_server(clamd, socket), agent_service(tmp_path / "data", clamd=socket) as agent:
        assert (await send(agent, b"some text" * 20_000, "a.txt")).status_code == status
    assert bytes(heard) == b"some text" * 20_000
