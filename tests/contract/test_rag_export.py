"""The export of somebody's documents: the original files, names that are safe, and nothing of anybody else's."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import update

from aistack.chassis.identity import Principal
from aistack.rag.tables import Document
from harness.services.exports import read_export
from harness.services.rag import Rag

ADA, BOB = Principal("user:aaaaaaaaaaaa", "user"), Principal("user:bbbbbbbbbbbb", "user")
GATEWAY = Principal("service:gateway", "service", "gateway")
CONTENTS = "/v1/rag/belongings/contents"
LATIN_1 = "Die Hölle ist überfüllt.".encode("latin-1")
MARKDOWN = b"# Lamps\n\nThe lamp of the lighthouse is cleaned at dusk by Mim Alder.\n"


@pytest.fixture
async def rag(start) -> AsyncIterator[Rag]:
    async with start(identity=True) as running:
        yield running


async def exported(rag: Rag, who: Principal) -> tuple[dict[str, bytes], dict[str, str]]:
    answer = await rag.of(GATEWAY).http.get(CONTENTS, params={"subject": who.subject})
    assert answer.status_code == 200, answer.text
    return await read_export(answer.content)


async def filled(rag: Rag, who: Principal, *files: tuple[str, bytes], name: str = "notes") -> str:
    mine = rag.of(who)
    made = (await mine.http.post("/v1/rag/collections", json={"name": name})).json()
    await mine.upload(*files, collection=made["id"])
    return made["id"]


async def test_originals_come_as_they_were_with_what_is_known_about_them(rag: Rag):
    files = [("guide/lamps.md", MARKDOWN), ("guide/LAMPS.md", MARKDOWN), ("latin.txt", LATIN_1), ("con.txt", b"con"),
             ("年度.txt", "年度报告".encode())]  # fmt: skip
    collection = await filled(rag, ADA, *files)
    await filled(rag, BOB, ("secret.md", b"# Bob\n\nBob's secret"))
    ada = rag.of(ADA)
    await ada.http.put(
        f"/v1/rag/collections/{collection}/access", json={"grants": [{"subject": BOB.subject, "level": "view"}]}
    )
    await ada.http.post(f"/v1/rag/collections/{collection}/sources", json={"url": "http://127.0.0.1:1/x"})
    await ada.http.post("/v1/rag/experience", json={
        "query": "who cleans the lamp", "execution_result": "Mim Alder", "collection": collection,
    })  # fmt: skip
    found, omitted = await exported(rag, ADA)
    folder = "collections/notes"
    documents = json.loads(found[f"{folder}/documents.json"])
    assert omitted == {} and b"secret" not in b"".join(found.values())
    assert {one["name"]: found[f"{folder}/{one['file']}"] for one in documents} == dict(files)
    assert {one["content"] for one in documents} == {"original"}
    assert f"{folder}/documents/_con.txt" in found and f"{folder}/documents/年度.txt" in found
    assert len({path.casefold() for path in found}) == len(found)
    about = json.loads(found[f"{folder}/collection.json"])
    assert (about["name"], about["shared_with"]) == ("notes", [{"subject": BOB.subject, "level": "view"}])
    (source,) = json.loads(found["sources.json"])
    assert (source["place"], source["collection"]) == ("http://127.0.0.1:1/x", "notes")
    assert [one["query"] for one in json.loads(found[f"{folder}/experiences.json"])] == ["who cleans the lamp"]
    assert await exported(rag, Principal("user:eeeeeeeeeeee", "user")) == ({}, {})


async def test_text_comes_where_the_file_is_gone(rag: Rag, tmp_path: Path):
    await filled(rag, ADA, ("lamps.md", MARKDOWN), ("lost.txt", b"lost text"), ("kept.txt", b"kept"))
    for file in (tmp_path / "rag" / "files").rglob("*"):
        if file.is_file() and file.read_bytes() != b"kept":
            file.unlink()
    async with rag.app.state.collections.access.records.write() as connection:
        await connection.execute(update(Document).where(Document.name == "lost.txt").values(content_id=None))
    found, omitted = await exported(rag, ADA)
    folder = "collections/notes/documents"
    assert found[f"{folder}/lamps.md.txt"].decode().startswith("# Lamps")
    assert found[f"{folder}/kept.txt"] == b"kept"
    assert omitted == {f"{folder}/lost.txt.txt": "neither its file nor a text of it is kept"}


async def test_two_collections_of_one_name_have_their_own_folders(rag: Rag):
    await filled(rag, ADA, ("a.md", b"# A\n\nfrom Ada"))
    await filled(rag, BOB, ("a.md", b"# A\n\nfrom Bob"))
    await rag.of(GATEWAY).http.post("/v1/rag/belongings", json={"subject": BOB.subject, "heir": ADA.subject})
    found, _ = await exported(rag, ADA)
    assert found["collections/notes/documents/a.md"] == b"# A\n\nfrom Ada"
    assert found["collections/notes (2)/documents/a.md"] == b"# A\n\nfrom Bob"


async def test_nobody_but_the_gateway_asks(rag: Rag):
    for who in (ADA, Principal("key:admin", "key")):
        assert (await rag.of(who).http.get(CONTENTS, params={"subject": ADA.subject})).status_code == 403
    gateway = rag.of(GATEWAY)
    assert (await gateway.http.get(CONTENTS)).status_code == 422
    assert (await gateway.http.get(CONTENTS, params={"subject": "'; DROP"})).status_code == 422
