"""The knowledge graph over its API: what texts say is there, with evidence, and goes when they go."""

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator
from xml.etree import ElementTree

import pytest

from harness.services.rag import Rag

LIVES = b"""# Engines

Ada Lovelace worked with Charles Babbage on the Analytical Engine. Lovelace was born in London.
Charles Babbage designed the Difference Engine. Babbage was professor at the University of Cambridge.
"""
HEALTH = b"The World Health Organization (WHO) is based in Geneva. WHO was founded on 7 April 1948. Many visit Geneva."
CHINESE = (
    "马云创立了阿里巴巴集团，总部位于杭州。世界卫生组织（WHO）总部设在日内瓦。鲁迅出生于绍兴，著有《狂人日记》。"
).encode()


@pytest.fixture
async def rag(start) -> AsyncIterator[Rag]:
    async with start() as rag:
        await rag.upload(("lives.md", LIVES), ("health.txt", HEALTH), ("zh.txt", CHINESE))
        yield rag


async def get(rag: Rag, path: str, **query: object) -> dict:
    answer = await rag.http.get(f"/v1/rag/graph{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def entity(rag: Rag, name: str) -> dict:
    found = (await get(rag, "/entities", q=name))["entities"]
    return await get(rag, f"/entities/{found[0]['id']}")


async def related(rag: Rag, name: str) -> dict[str, list[str]]:
    """Names of the neighbours, and the phrases."""
    one = await entity(rag, name)
    names = {near["id"]: near["name"] for near in one["neighbours"]} | {one["id"]: one["name"]}
    return {names[({r["source"], r["target"]} - {one["id"]}).pop()]: r["phrases"] for r in one["relations"]}


class TestWhatAReaderWouldDraw:
    async def test_names_and_how_they_relate(self, rag: Rag):
        assert await related(rag, "Ada Lovelace") == {"Charles Babbage": ["worked with"], "London": ["was born in"]}
        babbage = await related(rag, "Charles Babbage")
        assert babbage["Difference Engine"] == ["designed"]
        assert babbage["University of Cambridge"] == ["was professor at"]

    async def test_another_name_is_the_same_entity(self, rag: Rag):
        who = await entity(rag, "WHO")
        assert who["name"] in ("WHO", "World Health Organization")
        assert {who["name"], *who["aliases"]} >= {"WHO", "World Health Organization"}
        assert "is based in" in (await related(rag, "WHO"))["Geneva"]

    async def test_chinese_names_places_and_works(self, rag: Rag):
        assert (await related(rag, "马云"))["阿里巴巴"] == ["创立了"]
        assert (await related(rag, "鲁迅"))["绍兴"] == ["出生于"]
        assert (await entity(rag, "狂人日记"))["kind"] == "work"
        assert (await related(rag, "阿里巴巴"))["杭州"] == ["总部位于"]

    async def test_a_relation_shows_the_sentence_it_comes_from(self, rag: Rag):
        path = await get(rag, "/path", **{"from": "Ada Lovelace", "to": "Difference Engine"})
        assert [one["name"] for one in path["entities"]] == ["Ada Lovelace", "Charles Babbage", "Difference Engine"]
        assert path["relations"][1]["evidence"][0]["text"] == "Charles Babbage designed the Difference Engine."
        place = path["relations"][1]["evidence"][0]
        document = await rag.document(place["document"])
        assert document["text"][place["start"] : place["end"]] == place["text"]

    async def test_ordinary_words_at_the_start_of_a_sentence_are_no_names(self, rag: Rag):
        await rag.upload(
            ("plain.txt", b"Keys expire. Leases too. However, keys and leases are renewed. Yesterday it rained.")
        )
        names = {one["name"] for one in (await get(rag, "/entities", limit=1000))["entities"]}
        assert not names & {"Keys", "Leases", "However", "Yesterday", "Many"}


class TestChange:
    async def test_what_a_document_said_goes_with_it(self, rag: Rag):
        listed = (await rag.http.get("/v1/rag/collections/default/documents")).json()["documents"]
        health = next(one for one in listed if one["name"] == "health.txt")
        await rag.http.delete(f"/v1/rag/collections/default/documents/{health['id']}")
        await until_gone(rag, "Geneva")
        assert (await get(rag, "/entities", q="日内瓦"))["entities"]

    async def test_a_changed_document_says_the_new_only(self, rag: Rag):
        await rag.upload(("health.txt", b"The Red Cross is based in Bern."))
        await until_gone(rag, "Geneva")
        assert await related(rag, "Red Cross") == {"Bern": ["is based in"]}

    @pytest.mark.parametrize("quick_seconds", [0.3, 0.0], ids=["small", "large"])
    async def test_edits_by_hand_show_at_once_and_outlive_an_ingest(
        self, rag: Rag, quick_seconds: float, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr("aistack.rag.graph.store.FAST_BUILD_SECONDS", quick_seconds)
        ada, london, engine = [await entity(rag, name) for name in ("Ada Lovelace", "London", "Analytical Engine")]
        renamed = await rag.http.patch(f"/v1/rag/graph/entities/{ada['id']}", json={"name": "Countess of Lovelace"})
        assert renamed.json()["name"] == "Countess of Lovelace"
        assert (await rag.http.delete(f"/v1/rag/graph/entities/{london['id']}")).status_code == 204
        machine = await entity(rag, "Difference Engine")
        merged = await rag.http.post(f"/v1/rag/graph/entities/{engine['id']}/merge", json={"into": machine["id"]})
        assert merged.json()["id"] == machine["id"] and "Analytical Engine" in merged.json()["aliases"]
        await rag.upload(("lives.md", LIVES + b"\nAda Lovelace liked London and the Analytical Engine.\n"))
        async with asyncio.timeout(30):
            while (await entity(rag, "Countess"))["mentions"] == ada["mentions"]:
                await asyncio.sleep(0.05)
        assert (await get(rag, "/entities", q="London"))["entities"] == []
        assert (await entity(rag, "Analytical Engine"))["id"] == machine["id"]

    async def test_an_edit_can_be_undone(self, rag: Rag):
        london = await entity(rag, "London")
        await rag.http.delete(f"/v1/rag/graph/entities/{london['id']}")
        (edit,) = (await rag.http.get("/v1/rag/graph/edits")).json()
        assert (edit["kind"], edit["key"]) == ("hide", "london")
        assert (await rag.http.delete(f"/v1/rag/graph/edits/{edit['id']}")).status_code == 204
        assert (await entity(rag, "London"))["id"] == london["id"]
        assert (await rag.http.delete(f"/v1/rag/graph/edits/{edit['id']}")).status_code == 404


class TestAsking:
    async def test_neighbours_come_with_their_distance(self, rag: Rag):
        ada = await entity(rag, "Ada Lovelace")
        near = await get(rag, f"/entities/{ada['id']}/neighbours", depth=2)
        names = {one["id"]: one["name"] for one in near["entities"]}
        far = {names[one]: steps for one, steps in near["distance"].items()}
        assert far["Ada Lovelace"] == 0 and far["Charles Babbage"] == 1 and far["Difference Engine"] == 2
        assert all({one["source"], one["target"]} <= names.keys() for one in near["relations"])

    async def test_a_question_is_answered_with_its_part_of_the_graph(self, rag: Rag):
        answer = await rag.http.post("/v1/rag/graph/query", json={"question": "Where was Ada Lovelace born?"})
        said = answer.json()
        assert "Charles Babbage" in {one["name"] for one in said["entities"]}
        assert said["evidence"][0]["name"] == "lives.md"

    async def test_communities_keep_apart_what_is_apart(self, rag: Rag):
        answer = await rag.http.get("/v1/rag/graph/communities")
        themes = [{one["name"] for one in theme["entities"]} for theme in answer.json()]
        engines = next(theme for theme in themes if "Charles Babbage" in theme)
        assert "Ada Lovelace" in engines and "Geneva" not in engines and "杭州" not in engines
        assert all(theme["summary"] for theme in answer.json())

    async def test_graph_mode_finds_what_no_word_of_the_question_leads_to(self, rag: Rag):
        noise = "The area of place number {} is large, says everyone who stands there."
        await rag.upload(
            ("a.txt", b"Mount Elbert stands in Colorado."), ("b.txt", b"Colorado covers 104000 square miles."),
            *((f"n{n}.txt", noise.format(n).encode()) for n in range(30)),
        )  # fmt: skip
        question = "How large is the area where Mount Elbert stands?"
        assert "b.txt" not in [hit["name"] for hit in (await rag.search(question, top_k=3, mode="lexical"))]
        hits = await rag.search(question, top_k=3, mode="graph")
        assert {"a.txt", "b.txt"} <= {hit["name"] for hit in hits}
        assert hits[0]["scores"].keys() >= {"graph"}

    @pytest.mark.parametrize(
        ("path", "status"),
        [
            ("/entities/0123456789abcdef", 404), ("/entities/nonsense", 422), ("/path?from=Nobody&to=London", 404),
            ("/path?from=马云&to=London", 404), ("/entities?collection=none", 404), ("/entities?limit=0", 422),
            ("/export?format=docx", 422), ("/communities?collection=%2e%2e", 422),
        ],
    )  # fmt: skip
    async def test_what_is_not_there_is_told(self, rag: Rag, path: str, status: int):
        assert (await rag.http.get(f"/v1/rag/graph{path}")).status_code == status


class TestExport:
    async def test_graphml_can_be_read_by_others(self, rag: Rag):
        networkx = pytest.importorskip("networkx")
        text = (await rag.http.get("/v1/rag/graph/export")).text
        read = networkx.parse_graphml(text)
        names = {data["name"]: node for node, data in read.nodes(data=True)}
        assert read.edges[names["Ada Lovelace"], names["London"]]["phrase"] == "was born in"
        ElementTree.fromstring(text)

    async def test_json_ld_and_csv(self, rag: Rag):
        things = json.loads((await rag.http.get("/v1/rag/graph/export?format=jsonld")).text)["@graph"]
        assert any(one.get("name") == "鲁迅" and one["@type"] == "Person" for one in things)
        table = (await rag.http.get("/v1/rag/graph/export?format=csv")).text
        rows = {(row["source"], row["phrase"], row["target"]) for row in csv.DictReader(io.StringIO(table))}
        assert ("Ada Lovelace", "was born in", "London") in rows
        table = (await rag.http.get("/v1/rag/graph/export?format=csv-entities")).text
        assert {"鲁迅", "London"} <= {row["name"] for row in csv.DictReader(io.StringIO(table))}

    async def test_a_name_cannot_become_a_formula(self, rag: Rag):
        ada = await entity(rag, "Ada Lovelace")
        await rag.http.patch(f"/v1/rag/graph/entities/{ada['id']}", json={"name": "=cmd|'/c calc'!A1"})
        assert "\n=cmd" not in (await rag.http.get("/v1/rag/graph/export?format=csv")).text
        ElementTree.fromstring((await rag.http.get("/v1/rag/graph/export")).text)


async def until_gone(rag: Rag, name: str) -> None:
    async with asyncio.timeout(30):
        while (await get(rag, "/entities", q=name))["entities"]:
            await asyncio.sleep(0.1)
