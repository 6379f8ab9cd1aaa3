"""Search by meaning: embedders from a folder and from a server, changed, away, and put together with words."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import numpy as np
import pytest

from aistack.llm.embeddings import EmbedderFailed
from aistack.llm.factory import open_embedder
from aistack.rag.app import create_app
from aistack.rag.settings import RagSettings
from harness.samples.sentence_models import sentence_model
from harness.services.rag import Rag


class Server:
    """An OpenAI-compatible embeddings server that does what a test tells it."""

    def __init__(self) -> None:
        self.asked: list[dict] = []
        self.failing = 0
        self.answer: Callable[[dict], object] = self.vectors
        self.dimensions = 8

    def vectors(self, body: dict) -> dict:
        rows = [np.random.default_rng(sum(text.encode())).normal(size=self.dimensions) for text in body["input"]]
        data = [
            {"index": at, "embedding": base64.b64encode(row.astype("<f4").tobytes()).decode()}
            for at, row in enumerate(rows)
        ]
        return {"data": data[::-1], "model": body["model"]}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
                body = json.loads(await reader.readexactly(length))
                self.asked.append(body | {"authorization": b"bearer secret" in head})
                status, said = ("503 Busy", {}) if self.failing else ("200 OK", self.answer(body))
                self.failing = max(0, self.failing - 1)
                text = json.dumps(said).encode()
                writer.write(b"HTTP/1.1 %b\r\ncontent-length: %d\r\n\r\n%b" % (status.encode(), len(text), text))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    listening = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1"
    yield made
    listening.close()


class TestFolder:
    async def test_equal_texts_have_equal_vectors_of_length_one(self, tmp_path: Path):
        embedder = open_embedder(str(sentence_model(tmp_path / "m")), "", "")
        assert embedder is not None
        vectors = await embedder.embed(["the cat", "a river in the city", "the cat", ""], "passage")
        assert vectors.shape == (4, 16) and vectors.dtype == np.float32
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
        assert np.allclose(vectors[0], vectors[2], atol=1e-5) and not np.allclose(vectors[0], vectors[1], atol=0.1)
        await embedder.close()

    async def test_padding_beside_longer_texts_changes_nothing(self, tmp_path: Path):
        embedder = open_embedder(str(sentence_model(tmp_path / "m")), "", "")
        alone = await embedder.embed(["the cat"], "passage")
        beside = await embedder.embed(["the cat", "wind and sea " * 500], "passage")
        assert np.allclose(alone[0], beside[0], atol=1e-4)
        await embedder.close()

    async def test_queries_and_passages_get_the_prompts_of_the_model(self, tmp_path: Path):
        prompts = {"query": "ship ", "passage": "sea "}
        embedder = open_embedder(str(sentence_model(tmp_path / "m", prompts=prompts)), "", "")
        plain = open_embedder(str(sentence_model(tmp_path / "p")), "", "")
        assert np.allclose(await embedder.embed(["cat"], "query"), await plain.embed(["ship cat"], "query"), atol=1e-5)
        assert np.allclose(await embedder.embed(["cat"], "passage"), await plain.embed(["sea cat"], "query"), atol=1e-5)
        await embedder.close()
        await plain.close()

    def test_other_weights_have_another_name(self, tmp_path: Path):
        one, other = (open_embedder(str(sentence_model(tmp_path / f"{n}" / "m", seed=n)), "", "") for n in (1, 2))
        assert one.name != other.name

    def test_a_folder_without_a_model_is_refused(self, tmp_path: Path):
        with pytest.raises(EmbedderFailed, match=r"tokenizer\.json"):
            open_embedder(str(tmp_path), "", "")

    async def test_a_damaged_model_says_so(self, tmp_path: Path):
        folder = sentence_model(tmp_path / "m")
        (folder / "model.onnx").write_bytes(b"garbage")
        embedder = open_embedder(str(folder), "", "")
        with pytest.raises(EmbedderFailed, match="cannot be loaded"):
            await embedder.embed(["x"], "query")
        await embedder.close()


class TestServer:
    async def test_vectors_come_in_the_order_of_the_texts(self, server: Server):
        embedder = open_embedder(server.url, "small", "secret")
        both = await embedder.embed(["one", "two"], "passage")
        assert np.allclose(both[1], (await embedder.embed(["two"], "passage"))[0])
        assert server.asked[0]["model"] == "small" and server.asked[0]["authorization"]
        await embedder.close()

    async def test_many_texts_go_in_several_calls(self, server: Server):
        embedder = open_embedder(server.url, "small", "")
        assert (await embedder.embed([f"text {n}" for n in range(150)], "passage")).shape == (150, 8)
        assert [len(one["input"]) for one in server.asked] == [64, 64, 22]
        await embedder.close()

    async def test_a_server_that_is_busy_is_asked_again(self, server: Server, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("aistack.llm.embeddings.RETRY_SECONDS", 0.001)
        embedder = open_embedder(server.url, "small", "")
        server.failing = 2
        assert (await embedder.embed(["one"], "passage")).shape == (1, 8)
        server.failing = 9
        with pytest.raises(EmbedderFailed, match="503"):
            await embedder.embed(["one"], "passage")
        await embedder.close()

    @pytest.mark.parametrize(
        "said",
        [
            {}, [], {"data": []}, {"data": [{"index": 0}]}, {"data": [{"index": 0, "embedding": []}]},
            {"data": [{"index": 0, "embedding": "not base64!"}]}, {"data": [{"index": 0, "embedding": ["a"]}]},
            {"data": [{"index": 5, "embedding": [1.0, 2.0]}]}, {"data": [{"index": 0, "embedding": [float("nan")]}]},
            {"data": [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": [1.0]}]}, {"data": None},
        ],
    )  # fmt: skip
    async def test_garbage_is_refused(self, server: Server, said: object):
        server.answer = lambda body: said
        embedder = open_embedder(server.url, "small", "")
        with pytest.raises(EmbedderFailed):
            await embedder.embed(["one"], "passage")
        await embedder.close()

    def test_a_url_without_a_model_is_refused(self):
        with pytest.raises(EmbedderFailed, match="embedder_model"):
            open_embedder("http://127.0.0.1:1/v1", "", "")


@pytest.fixture
def start(tmp_path: Path):
    @asynccontextmanager
    async def starting(**settings: object) -> AsyncIterator[Rag]:
        app = create_app(RagSettings(service="rag", port=1, data_dir=tmp_path / "data", **settings))
        async with app.router.lifespan_context(app):
            rag = Rag(app)
            rag.reload = app.state.lifecycle.on_reload[-1]
            yield rag
            await rag.http.aclose()

    return starting


TEXTS = (("cat.md", b"# Cat\n\nthe cat and the kitten"), ("car.md", b"# Car\n\nthe car and the engine"))


class TestSearch:
    @pytest.fixture(params=["local", "chroma"])
    def vectors_url(self, request: pytest.FixtureRequest) -> str:
        return "" if request.param == "local" else request.getfixturevalue("chroma")

    async def test_by_meaning_and_by_both(self, start, tmp_path: Path, vectors_url: str):
        model = sentence_model(tmp_path / "m")
        async with start(embedder=str(model), vectors_url=vectors_url) as rag:
            await rag.upload(*TEXTS)
            hits = await rag.search("Car\nthe car and the engine", mode="semantic")
            assert [hit["name"] for hit in hits] == ["car.md", "cat.md"]
            assert hits[0]["scores"].keys() == {"semantic"}
            both = await rag.http.post("/v1/rag/search", json={"query": "engine"})
            assert both.json()["mode"] == "hybrid"
            assert both.json()["hits"][0]["scores"].keys() == {"lexical", "semantic"}

    async def test_deleted_and_changed_documents_are_not_found_by_their_old_meaning(
        self, start, tmp_path: Path, vectors_url: str
    ):
        async with start(embedder=str(sentence_model(tmp_path / "m")), vectors_url=vectors_url) as rag:
            job = await rag.upload(*TEXTS)
            gone = next(item["document"] for item in job["items"] if item["name"] == "cat.md")
            await rag.http.delete(f"/v1/rag/collections/default/documents/{gone}")
            await rag.upload(("car.md", b"# Car\n\na ship in the sea"))
            hits = await rag.search("the cat and the kitten", mode="semantic")
            assert [hit["text"] for hit in hits] == ["# Car\n\na ship in the sea"]

    async def test_without_an_embedder_the_modes_that_need_one_say_so(self, start):
        async with start() as rag:
            for mode in ("semantic", "hybrid"):
                answer = await rag.http.post("/v1/rag/search", json={"query": "cat", "mode": mode})
                assert answer.status_code == 409 and "RAG_EMBEDDER" in answer.json()["detail"]

    async def test_an_embedder_that_is_away_costs_the_meaning_and_not_the_search(
        self, start, server: Server, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr("aistack.llm.embeddings.RETRY_SECONDS", 0.001)
        monkeypatch.setattr("aistack.rag.indexes.semantic.BACKFILL_SECONDS", 0.05)
        server.failing = 10**6
        async with start(embedder=server.url, embedder_model="small") as rag:
            assert (await rag.upload(*TEXTS))["done"] == 2
            assert [hit["name"] for hit in await rag.search("engine")] == ["car.md"]
            server.failing = 0
            async with asyncio.timeout(30):  # and is made up for later
                while len(await rag.search("engine", mode="semantic")) < 2:
                    await asyncio.sleep(0.05)

    async def test_a_changed_embedder_takes_over_when_all_is_embedded_anew(
        self, start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr("aistack.rag.indexes.semantic.BACKFILL_SECONDS", 0.05)
        first, second = sentence_model(tmp_path / "1" / "m"), sentence_model(tmp_path / "2" / "m", hidden=24, seed=2)
        async with start(embedder=str(first)) as rag:
            await rag.upload(*TEXTS)
            assert len(await rag.search("cat", mode="semantic")) == 2
        async with start(embedder=str(second)) as rag:
            seen = 0
            async with asyncio.timeout(30):
                while True:
                    assert len(await rag.search("cat", mode="semantic")) == 2  # all the while
                    seen += 1
                    names = (await rag.http.get("/v1/rag/status")).json()["embedder"]
                    if names["coming"] is None:
                        break
                    await asyncio.sleep(0.01)
            assert "m " in names["serving"] and names["serving"].endswith(tuple("0123456789abcdef"))
            hits = await rag.search("Car\nthe car and the engine", mode="semantic")
            assert hits[0]["name"] == "car.md" and hits[0]["score"] > 0.9

    async def test_reload_takes_up_and_gives_up_an_embedder(self, start, tmp_path: Path, monkeypatch):
        monkeypatch.setattr("aistack.rag.indexes.semantic.BACKFILL_SECONDS", 0.05)
        async with start() as rag:
            await rag.upload(*TEXTS)
            settings = RagSettings(service="rag", port=1, data_dir=tmp_path / "data")
            model = str(sentence_model(tmp_path / "m"))
            await rag.reload(settings.model_copy(update={"embedder": model}), None)
            async with asyncio.timeout(30):
                while len(await rag.search("cat", mode="semantic")) < 2:
                    await asyncio.sleep(0.02)
            await rag.reload(settings, None)
            assert (await rag.http.post("/v1/rag/search", json={"query": "cat"})).json()["mode"] == "lexical"


class TestFilters:
    @pytest.fixture
    async def rag(self, start, tmp_path: Path) -> AsyncIterator[Rag]:
        async with start(embedder=str(sentence_model(tmp_path / "m"))) as rag:
            for name, lang, year in (("one", "en", "2019"), ("two", "zh", "2021"), ("three", "en", "2023")):
                body = {"title": name, "text": f"the cat {name}", "metadata": {"lang": lang, "year": year}}
                answer = await rag.http.post("/v1/rag/collections/default/documents", json=body)
                await rag.finished(answer.json()["id"])
            yield rag

    @pytest.mark.parametrize("mode", ["lexical", "semantic", "hybrid"])
    @pytest.mark.parametrize(
        ("wanted", "expected"),
        [
            ({"lang": "en"}, {"one", "three"}),
            ({"lang": ["zh", "fr"]}, {"two"}),
            ({"year": {"gte": "2020", "lt": "2023"}}, {"two"}),
            ({"lang": {"ne": "en"}}, {"two"}),
            ({"lang": "en", "name": ["one", "two"]}, {"one"}),
            ({"nothing": "x"}, set()),
            ({"created_at": {"gt": "2020-01-01"}}, {"one", "two", "three"}),
            ({"created_at": {"lt": "2020-01-01T00:00:00Z"}}, set()),
            ({"lang": []}, set()),
        ],
    )
    async def test_only_documents_that_fit_are_searched(self, rag: Rag, mode: str, wanted: dict, expected: set[str]):
        assert {hit["title"] for hit in await rag.search("the cat", mode=mode, filter=wanted)} == expected

    @pytest.mark.parametrize(
        "wrong", [{"a": {}}, {"a": {"like": "x"}}, {"a": None}, {"a": [[]]}, {"created_at": "soon"}, {"a": {"gte": {}}}]
    )
    async def test_what_cannot_be_understood_is_named(self, rag: Rag, wrong: dict):
        answer: httpx.Response = await rag.http.post("/v1/rag/search", json={"query": "cat", "filter": wrong})
        assert answer.status_code == 400
        assert next(iter(wrong)) in answer.json()["detail"]


class TestShaping:
    async def test_the_same_words_twice_are_one_hit(self, start):
        async with start() as rag:
            await rag.upload(("a.txt", b"the gateway balances"), ("b.txt", b"the  gateway\nbalances"))
            assert len(await rag.search("gateway")) == 1

    async def test_diversity_brings_what_is_different_forward(self, start):
        async with start() as rag:
            alike = [(f"{n}.txt", f"gateway lease expires soon number {n}".encode()) for n in range(5)]
            other = ("x.txt", b"a gateway holds keys of callers and counts what they ask for in buckets")
            await rag.upload(*alike, other)
            assert "x.txt" not in {hit["name"] for hit in (await rag.search("gateway lease", top_k=3))}
            varied = await rag.search("gateway lease", top_k=3, diversity=0.8)
            assert "x.txt" in {hit["name"] for hit in varied}

    async def test_neighbours_are_read_as_one(self, start):
        async with start(chunk_tokens=32, chunk_overlap_tokens=0) as rag:
            text = " ".join(f"The gateway sentence number {n} tells of leases and keys." for n in range(12))
            await rag.upload(("long.txt", text.encode()))
            apart = await rag.search("gateway leases")
            whole = await rag.search("gateway leases", stitch=True)
            assert len(apart) > 3 and len(whole) == 1
            assert whole[0]["text"] == text[whole[0]["start"] : whole[0]["end"]] == text


class TestReranking:
    async def test_the_best_hits_come_in_the_rerankers_order(self, start, tmp_path: Path):
        model = sentence_model(tmp_path / "r", scores=True)
        async with start(reranker=str(model)) as rag:
            await rag.upload(*((f"{n}.txt", f"the cat {'car ' * n} and the sea".encode()) for n in range(1, 7)))
            hits = await rag.search("cat sea")
            scores = [hit["scores"]["rerank"] for hit in hits]
            assert len(hits) == 6 and scores == sorted(scores, reverse=True) and len(set(scores)) > 1

    async def test_one_that_fails_leaves_the_order_as_it_was(self, start, tmp_path: Path):
        model = sentence_model(tmp_path / "r", scores=True)
        (model / "model.onnx").write_bytes(b"garbage")
        async with start(reranker=str(model)) as rag:
            await rag.upload(*TEXTS)
            assert [hit["name"] for hit in await rag.search("engine")] == ["car.md"]

    async def test_a_query_is_embedded_once(self, start, server: Server):
        async with start(embedder=server.url, embedder_model="small") as rag:
            await rag.upload(*TEXTS)
            for _ in range(3):
                await rag.search("engine", mode="semantic")
            assert sum(one["input"] == ["engine"] for one in server.asked) == 1
