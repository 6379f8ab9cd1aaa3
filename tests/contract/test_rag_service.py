"""The rag service over its API, the same on SQLite and on PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from aistack.rag.app import create_app
from aistack.rag.settings import RagSettings
from harness.samples.documents import MARKDOWN, handbook, pdf
from harness.servers.postgres import new_database
from harness.services.rag import Rag


async def test_an_answer_from_markdown_cites_heading_and_span(rag: Rag):
    job = await rag.upload(("light.md", MARKDOWN.encode()))
    assert (job["total"], job["done"], job["failed"]) == (1, 1, 0)
    answer = await rag.answer("How is the lens cleaned?")
    assert answer["mode"] == "extractive"
    citation = answer["citations"][0]
    assert citation["heading"] == ["Operating the lighthouse", "Maintenance"]
    document = await rag.document(citation["document"])
    assert document["text"][citation["start"] : citation["end"]] == citation["text"]
    assert "distilled water" in citation["text"]


async def test_an_answer_from_a_pdf_cites_the_page_in_both_languages(rag: Rag):
    await rag.upload(("handbook.pdf", handbook()))
    english = await rag.answer("When is a mooring line replaced?")
    assert "four hundred tides" in english["answer"]
    assert english["citations"][0]["page"] == 2
    chinese = await rag.answer("缆绳什么时候更换？")
    assert "四百次潮汐" in chinese["answer"]
    assert chinese["citations"][0]["page"] == 3


async def test_what_the_documents_do_not_say_is_said_so_in_the_language_of_the_question(rag: Rag):
    await rag.upload(("light.md", MARKDOWN.encode()))
    assert (await rag.answer("Who won the football match?"))["answer"] == "The documents do not answer this question."
    nothing = await rag.answer("足球比赛谁赢了？")
    assert (nothing["mode"], nothing["citations"]) == ("none", [])
    assert nothing["answer"] == "文档中没有相关内容。"


async def test_a_streamed_answer_comes_as_events(rag: Rag):
    await rag.upload(("light.md", MARKDOWN.encode()))
    answer = await rag.http.post("/v1/rag/answer", json={"question": "How is the lens cleaned?", "stream": True})
    events = [line.removeprefix("event: ") for line in answer.text.splitlines() if line.startswith("event: ")]
    assert events[:2] == ["citation", "sentence"]
    assert "citation" in events
    assert events[-1] == "done"


async def test_a_changed_file_replaces_the_old_one(rag: Rag):
    before = await rag.upload(("light.md", b"# Light\n\nThe lamp is blue."))
    after = await rag.upload(("light.md", b"# Light\n\nThe lamp is crimson."))
    assert after["items"][0]["document"] == before["items"][0]["document"]
    assert [hit["text"] for hit in await rag.search("lamp blue crimson")] == ["# Light\n\nThe lamp is crimson."]
    assert (await rag.document(after["items"][0]["document"]))["version"] == 2


async def test_while_a_file_is_replaced_a_search_sees_the_old_or_the_new_never_half(rag: Rag):
    def content(word: str) -> bytes:
        return "\n\n".join(f"# Part {number}\n\nThe lamp {number} is {word}." for number in range(60)).encode()

    await rag.upload(("light.md", content("blue")))
    for word in ("crimson", "golden"):
        replacing = asyncio.create_task(rag.upload(("light.md", content(word))))
        while not replacing.done():
            hits = await rag.search("lamp", top_k=20)
            assert len(hits) == 20
            assert len({hit["text"].split()[-1] for hit in hits}) == 1


async def test_a_replacement_that_cannot_be_read_leaves_the_old_version(rag: Rag):
    await rag.upload(("light.md", b"The lamp is blue."))
    job = await rag.upload(("light.md", b"\x7fELF" + bytes(200)))
    assert job["items"][0]["state"] == "failed"
    assert len(await rag.search("lamp")) == 1


async def test_files_that_cannot_be_read_fail_alone_with_a_reason(rag: Rag):
    job = await rag.upload(
        ("empty.txt", b""),
        ("good.txt", b"The good one."),
        ("secret.pdf", pdf([["x"]], password="p")),
        ("cut.pdf", handbook()[:99]),
    )
    reasons = {item["name"]: item["error"] for item in job["items"]}
    assert reasons["good.txt"] == ""
    assert reasons["empty.txt"] == "the file is empty"
    assert "encrypted" in reasons["secret.pdf"]
    assert "damaged" in reasons["cut.pdf"]
    assert len(await rag.search("good")) == 1
    listed = (await rag.http.get("/v1/rag/collections/default/documents")).json()["documents"]
    assert {one["name"]: one["status"] for one in listed}["empty.txt"] == "failed"


async def test_a_failed_file_can_be_sent_again(rag: Rag):
    assert (await rag.upload(("a.txt", b"")))["failed"] == 1
    assert (await rag.upload(("a.txt", b"")))["failed"] == 1
    assert (await rag.upload(("a.txt", b"Now with content.")))["done"] == 1


async def test_a_deleted_document_is_gone_from_search_and_store(rag: Rag, tmp_path: Path):
    job = await rag.upload(("light.md", MARKDOWN.encode()))
    path = f"/v1/rag/collections/default/documents/{job['items'][0]['document']}"
    assert (await rag.http.delete(path)).status_code == 204
    assert await rag.search("lens") == []
    assert (await rag.http.get(path)).status_code == 404
    assert [one for one in (tmp_path / "rag" / "files").rglob("*") if one.is_file()] == []


async def test_collections_keep_apart(rag: Rag):
    assert (await rag.http.post("/v1/rag/collections", json={"name": "law"})).status_code == 201
    assert (await rag.http.post("/v1/rag/collections", json={"name": "law"})).status_code == 409
    await rag.upload(("a.txt", b"The lamp is legal."), collection="law")
    assert await rag.search("lamp") == []
    assert len(await rag.search("lamp", collection="law")) == 1
    assert (await rag.http.delete("/v1/rag/collections/law")).status_code == 204
    assert (await rag.http.post("/v1/rag/search", json={"query": "lamp", "collection": "law"})).status_code == 404
    assert (await rag.http.delete("/v1/rag/collections/default")).status_code == 409


async def test_a_text_is_a_document_too(rag: Rag):
    body = {"title": "Opening hours", "text": "We open at nine.", "metadata": {"lang": "en"}}
    job = (await rag.http.post("/v1/rag/collections/default/documents", json=body)).json()
    await rag.finished(job["id"])
    (hit,) = await rag.search("when open nine")
    assert hit["title"] == "Opening hours"
    assert (await rag.document(hit["document"]))["metadata"] == {"lang": "en"}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/rag/answer", {"question": "x" * 1_000_000}, 422),
        ("/v1/rag/answer", {"question": ""}, 422),
        ("/v1/rag/answer", {}, 422),
        ("/v1/rag/answer", {"question": "x", "collection": "nope"}, 404),
        ("/v1/rag/answer", {"question": "x", "collection": "../x"}, 422),
        ("/v1/rag/search", {"query": "x", "top_k": 0}, 422),
        ("/v1/rag/search", {"query": "x", "mode": "magic"}, 422),
        ("/v1/rag/collections", {"name": "Not Allowed"}, 422),
        ("/v1/rag/collections/default/documents", {"title": "x"}, 400),
        ("/v1/rag/collections/nope/documents", {"title": "x", "text": "y"}, 404),
    ],
)
async def test_bad_requests_get_a_problem_document(rag: Rag, path: str, body: dict, status: int):
    answer = await rag.http.post(path, json=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    "query", ['"', "*", "a OR b", "NEAR(a b)", "();--", "\0", "🙂", "שלום עולם", "heading:x", "的", "?"]
)
async def test_no_query_breaks_the_search(rag: Rag, query: str):
    await rag.upload(("light.md", MARKDOWN.encode()))
    await rag.search(query)
    await rag.answer(query)


async def test_work_that_was_interrupted_is_finished_after_a_start(start):
    async with start() as rag:
        files = [("files", (f"{number}.md", f"# T\n\nThe lamp number {number}.".encode())) for number in range(30)]
        job = (await rag.http.post("/v1/rag/collections/default/documents", files=files)).json()
    async with start() as rag:
        assert (await rag.finished(job["id"]))["done"] == 30
        assert len(await rag.search("lamp", top_k=100)) == 30


async def test_a_lost_or_broken_index_is_made_again(start, tmp_path: Path):
    async with start() as rag:
        await rag.upload(("light.md", MARKDOWN.encode()))
    index = tmp_path / "rag" / "lexical.sqlite3"
    for content in (None, b"this is no database" * 1000):
        for path in tmp_path.glob("rag/lexical.sqlite3*"):
            path.unlink()
        if content:
            index.write_bytes(content)
        async with start() as rag:
            assert (await rag.search("distilled water"))[0]["heading"][-1] == "Maintenance"


async def test_a_parser_that_takes_too_long_or_too_much_fails_the_file_alone(start):
    async with start(parse_seconds_max=0.001) as rag:
        job = await rag.upload(("slow.md", MARKDOWN.encode()))
        assert "longer than 0.001 s" in job["items"][0]["error"]


async def test_instances_over_one_postgresql_follow_each_other(postgres: str, tmp_path: Path):
    url, files = await new_database(postgres), f"file://{tmp_path}/files"

    @asynccontextmanager
    async def instance(number: int) -> AsyncIterator[Rag]:
        settings = RagSettings(
            service="rag", port=number, data_dir=tmp_path / str(number), database_url=url, files_url=files
        )
        app = create_app(settings)
        async with app.router.lifespan_context(app):
            yield Rag(app)

    async def until_found(rag: Rag, query: str, names: set[str]) -> None:
        async with asyncio.timeout(30):
            while {hit["name"] for hit in await rag.search(query)} != names:
                await asyncio.sleep(0.1)

    async with instance(1) as one, instance(2) as other:
        job = await one.upload(("a.txt", b"The lamp is lit at dusk."), ("b.txt", b"The horn sounds in fog."))
        for rag in (one, other):
            await until_found(rag, "lamp", {"a.txt"})
            await until_found(rag, "horn", {"b.txt"})
        await other.upload(("a.txt", b"The lantern is lit at dawn."))
        gone = next(item["document"] for item in job["items"] if item["name"] == "b.txt")
        await other.http.delete(f"/v1/rag/collections/default/documents/{gone}")
        for rag in (one, other):
            await until_found(rag, "lantern", {"a.txt"})
            await until_found(rag, "lamp", set())
            await until_found(rag, "horn", set())
