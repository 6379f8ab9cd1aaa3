"""A document is what has its name. Equal bytes share what is stored, never what happens to them."""

import asyncio
import hashlib
import random
from pathlib import Path

import pytest

from harness.servers.postgres import new_database
from harness.services.rag import Rag, rag_service

BOTH = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
CODE, GARDEN = b"The gate code is 7731.", b"Now it is about gardening."


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """SQLite, unless a test is marked with BOTH."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return ""
    return asyncio.run(new_database(request.getfixturevalue("postgres")))


async def listed(rag: Rag, collection: str = "default") -> dict[str, dict]:
    answer = await rag.http.get(f"/v1/rag/collections/{collection}/documents?limit=1000")
    found = {one["name"]: one for one in answer.json()["documents"]}
    assert len(found) == answer.json()["total"]
    return found


async def add(rag: Rag, **body: object) -> dict:
    answer = await rag.http.post("/v1/rag/collections/default/documents", json=body)
    assert answer.status_code == 202, answer.text
    return await rag.finished(answer.json()["id"])


async def delete(rag: Rag, name: str) -> None:
    path = f"/v1/rag/collections/default/documents/{(await listed(rag))[name]['id']}"
    assert (await rag.http.delete(path)).status_code == 204


async def text_of(rag: Rag, name: str) -> str:
    return (await rag.document((await listed(rag))[name]["id"]))["text"]


def stored(folder: Path, files: str = "rag/files") -> int:
    return len([one for one in (folder / files).rglob("*") if one.is_file()])


@BOTH
async def test_equal_bytes_under_two_names_are_two_documents_that_search_shows_once(rag: Rag, tmp_path: Path):
    first = await rag.upload(("a.txt", CODE))
    second = await rag.upload(("b.txt", CODE), ("c.txt", CODE))
    assert (second["done"], second["duplicate"]) == (2, 0)
    assert len({first["items"][0]["document"], *(one["document"] for one in second["items"])}) == 3
    assert {one["status"] for one in (await listed(rag)).values()} == {"ready"}
    assert stored(tmp_path) == 1
    (hit,) = await rag.search("gate code")
    assert hit["name"] == "a.txt"
    (hit,) = await rag.search("gate code", filter={"name": "b.txt"})
    assert hit["name"] == "b.txt"
    assert len((await rag.answer("What is the gate code?"))["citations"]) == 1


async def test_many_equal_passages_leave_room_for_others(rag: Rag):
    copies = [(f"{number}.txt", b"The lamp is lit at dusk." + b"\n" * number) for number in range(25)]
    others = [(f"other{number}.txt", f"Keeper {number} has an old lamp and oil.".encode()) for number in range(5)]
    assert (await rag.upload(*copies, *others))["done"] == 30
    for more in ({}, {"stitch": True}, {"diversity": 0.5}):
        hits = await rag.search("lamp lit dusk", top_k=6, **more)
        assert len({hit["text"] for hit in hits}) == 6
    assert "Keeper" not in (await rag.answer("When is the lamp lit?"))["sentences"][0]["text"]


@BOTH
async def test_a_copy_lives_on_when_the_first_changes_or_goes(rag: Rag, tmp_path: Path):
    await rag.upload(("a.txt", CODE), ("b.txt", CODE), ("c.txt", CODE))
    await rag.upload(("a.txt", GARDEN))
    assert [hit["name"] for hit in await rag.search("gate code")] == ["b.txt"]
    assert (await text_of(rag, "a.txt"), await text_of(rag, "b.txt")) == (GARDEN.decode(), CODE.decode())
    await delete(rag, "b.txt")
    assert [hit["name"] for hit in await rag.search("gate code")] == ["c.txt"]
    assert "7731" in (await rag.answer("What is the gate code?"))["answer"]
    await delete(rag, "c.txt")
    assert await rag.search("gate code") == []
    await delete(rag, "a.txt")
    assert (await listed(rag), stored(tmp_path)) == ({}, 0)


async def test_a_document_gets_the_bytes_of_another(rag: Rag):
    await rag.upload(("current.txt", b"The berth fee is 10 crowns."), ("2025.txt", b"The berth fee is 12 crowns."))
    await rag.upload(("current.txt", b"The berth fee is 12 crowns."))
    assert (await listed(rag))["current.txt"]["version"] == 2
    assert [hit["text"] for hit in await rag.search("berth fee")] == ["The berth fee is 12 crowns."]


@BOTH
async def test_two_documents_swap_their_bytes_in_one_upload(rag: Rag, tmp_path: Path):
    await rag.upload(("a.txt", CODE), ("b.txt", GARDEN))
    for a, b in ((GARDEN, CODE), (CODE, GARDEN)):
        assert (await rag.upload(("a.txt", a), ("b.txt", b)))["done"] == 2
        assert (await text_of(rag, "a.txt"), await text_of(rag, "b.txt")) == (a.decode(), b.decode())
        assert len(await rag.search("gate gardening")) == 2
    assert stored(tmp_path) == 2


async def test_the_same_file_again_changes_nothing(rag: Rag):
    await rag.upload(("a.txt", CODE))
    job = await rag.upload(("a.txt", CODE), ("a.txt", CODE))
    assert (job["duplicate"], (await listed(rag))["a.txt"]["version"]) == (2, 1)


async def test_the_same_bytes_with_new_metadata_replace_the_old_metadata(rag: Rag):
    for lang in ("en", "nb"):
        await add(rag, title="Hours", text="We open at nine.", metadata={"lang": lang})
        assert len(await rag.search("open nine", filter={"lang": lang})) == 1
    assert await rag.search("open nine", filter={"lang": "en"}) == []


async def test_titles_and_names_are_kept_whole(rag: Rag):
    titles = ("Budget 2023/24", "Results 2022/24", "https://example.org/a/b", "C:\\new", "../up", "report.pdf")
    for title in titles:
        assert (await add(rag, title=title, text=f"{title} is about crowns."))["done"] == 1
    assert set(await listed(rag)) == set(titles)
    await add(rag, name="notes/today.md", title="Today", text="It rains.")
    await add(rag, name="notes/today.md", title="Tomorrow", text="It snows.")
    assert (await listed(rag))["notes/today.md"]["title"] == "Tomorrow"
    invisible = {"title": "\u200b", "text": "x"}
    answer = await rag.http.post("/v1/rag/collections/default/documents", json=invisible)
    assert answer.status_code == 400 and "no visible characters" in answer.json()["detail"]


async def test_files_of_one_upload_are_kept_by_their_paths_or_refused(rag: Rag):
    await rag.upload(("x/readme.md", CODE), ("y/readme.md", GARDEN))
    assert set(await listed(rag)) == {"x/readme.md", "y/readme.md"}
    job = await rag.upload(("readme.md", CODE), ("readme.md", GARDEN), ("other.md", b"Something else."))
    assert (job["failed"], job["done"]) == (2, 1)
    assert "2 different files in this upload are called readme.md" in job["items"][0]["error"]
    assert "readme.md" not in await listed(rag)


async def test_one_content_under_names_of_different_formats_is_parsed_for_each(rag: Rag):
    content = b"name,fee\nAlder,7\nBirch,9\n"
    await rag.upload(("a.csv", content), ("a.txt", content))
    assert await text_of(rag, "a.csv") != await text_of(rag, "a.txt")


async def test_reindexing_one_of_equal_documents_keeps_both(start):
    text = " ".join(f"Sentence number {n} tells of lamps." for n in range(60)).encode()
    async with start() as rag:
        await rag.upload(("a.txt", text), ("b.txt", text))
        before = len(await rag.search("lamps", top_k=100))
    async with start(chunk_tokens=40) as rag:
        document = (await listed(rag))["b.txt"]["id"]
        path = f"/v1/rag/collections/default/documents/{document}/reindex"
        assert (await rag.finished((await rag.http.post(path)).json()["id"]))["done"] == 1
        assert len(await rag.search("lamps", top_k=100)) > before
        names = await listed(rag)
        chunks = [len((await rag.document(names[one]["id"]))["chunks"]) for one in ("a.txt", "b.txt")]
        assert chunks[0] == chunks[1] > before


async def test_a_file_that_cannot_replace_a_document_is_told_there(rag: Rag, tmp_path: Path):
    await rag.upload(("a.txt", CODE))
    await rag.upload(("a.txt", b"\x7fELF" + bytes(200)))
    one = (await listed(rag))["a.txt"]
    assert one["status"] == "ready" and "not indexed: the content is a program" in one["error"]
    assert stored(tmp_path) == 1
    await rag.upload(("a.txt", CODE))
    assert (await listed(rag))["a.txt"]["error"] == ""


@BOTH
async def test_the_last_of_many_uploads_of_one_name_stays(start):
    async with start(parse_workers=3) as rag:
        chance, last, jobs = random.Random(3), {}, []
        for number in range(14):
            name, word = f"{chance.randrange(4)}.txt", f"word{chance.randrange(8)}x"
            text = f"The {word} is near the river. " * (200 if number % 3 == 0 else 1)
            answer = await rag.http.post(
                "/v1/rag/collections/default/documents", files=[("files", (name, text.encode()))]
            )
            jobs.append(answer.json()["id"])
            last[name] = text
        for job in jobs:
            assert (await rag.finished(job))["failed"] == 0
        assert {name: await text_of(rag, name) for name in last} == last


async def test_instances_that_add_and_delete_equal_files_lose_none(tmp_path: Path, postgres: str):
    shared = {"database_url": await new_database(postgres), "files_url": f"file://{tmp_path / 'shared'}"}
    (tmp_path / "shared").mkdir()
    async with (
        rag_service(tmp_path / "1", instance_id="one", **shared) as one,
        rag_service(tmp_path / "2", instance_id="two", **shared) as two,
    ):

        async def change(rag: Rag, name: str) -> None:
            for _ in range(5):
                job = await rag.upload((name, CODE))
                assert job["failed"] == 0, job["items"]
                document = job["items"][0]["document"]
                path = f"/v1/rag/collections/default/documents/{document}"
                assert (await rag.http.delete(path)).status_code == 204

        await asyncio.gather(change(one, "a.txt"), change(two, "b.txt"), change(one, "c.txt"), change(two, "d.txt"))
        assert stored(tmp_path, "shared") == 0
        assert (await one.upload(("a.txt", CODE)))["done"] == 1
        assert stored(tmp_path, "shared") == 1


async def test_a_failure_is_not_forgotten_when_an_earlier_file_is_done_later(start):
    async with start(parse_workers=2) as rag:
        long = " ".join(f"Sentence {n} tells of lamps." for n in range(8_000)).encode()
        first = await rag.http.post("/v1/rag/collections/default/documents", files=[("files", ("a.txt", long))])
        assert (await rag.upload(("a.txt", b"\x7fELF" + bytes(200))))["failed"] == 1
        assert (await rag.finished(first.json()["id"]))["done"] == 1
        one = (await listed(rag))["a.txt"]
        assert one["status"] == "ready" and "the content is a program" in one["error"]


async def test_the_service_says_what_it_has_of_files(rag: Rag):
    await rag.upload(("x/a.txt", CODE), ("b.txt", b"\x7fELF" + bytes(200)))
    asked = [("x/a.txt", CODE), ("./x//a.txt", CODE), ("x/a.txt", GARDEN), ("c.txt", CODE),
             ("b.txt", b"\x7fELF" + bytes(200))]  # fmt: skip
    body = {"files": [{"name": name, "sha256": hashlib.sha256(content).hexdigest()} for name, content in asked]}
    answer = await rag.http.post("/v1/rag/collections/default/documents/states", json=body)
    states = answer.json()
    assert [one["state"] for one in states] == ["ready", "ready", "changed", "missing", "failed"]
    assert "is a program" in states[4]["error"] and states[0]["document"] == (await listed(rag))["x/a.txt"]["id"]
    assert (await rag.http.post("/v1/rag/collections/nix/documents/states", json=body)).status_code == 404


@BOTH
async def test_a_search_finds_a_passage_at_every_moment_while_its_document_moves(rag: Rag):
    await rag.upload(("0.txt", CODE))
    for number in range(3):
        moving = asyncio.create_task(rag.upload((f"{number + 1}.txt", CODE)))
        while not moving.done():
            assert len(await rag.search("gate code")) == 1
        deleting = asyncio.create_task(delete(rag, f"{number}.txt"))
        while not deleting.done():
            assert len(await rag.search("gate code")) == 1
    assert set(await listed(rag)) == {"3.txt"}


@BOTH
async def test_work_that_was_interrupted_leaves_equal_documents_whole(start):
    async with start() as rag:
        files = [("files", (f"{number}.md", CODE if number % 2 else GARDEN)) for number in range(12)]
        job = (await rag.http.post("/v1/rag/collections/default/documents", files=files)).json()
    async with start() as rag:
        assert (await rag.finished(job["id"]))["done"] == 12
        assert len(await listed(rag)) == 12
        assert len(await rag.search("gate gardening", top_k=100)) == 2


@pytest.mark.parametrize("query", ["gate code", "gardening"])
async def test_collections_share_nothing(rag: Rag, query: str):
    await rag.http.post("/v1/rag/collections", json={"name": "law"})
    for collection in ("default", "law"):
        job = await rag.upload(("a.txt", CODE), ("b.txt", GARDEN), collection=collection)
        assert (job["done"], job["duplicate"]) == (2, 0)
    assert (await rag.http.delete("/v1/rag/collections/law")).status_code == 204
    assert len(await rag.search(query)) == 1
    assert (await rag.http.post("/v1/rag/collections/default/reindex")).status_code == 202
