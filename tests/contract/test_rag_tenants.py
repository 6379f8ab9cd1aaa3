"""People who share a rag service: two who have the same names and texts see nothing of each other, and what is shared
is seen by those it is shared with.
"""

import asyncio
import json
import random
import re
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from aistack.chassis.identity import Principal
from aistack.rag.tables import Source
from harness.services.rag import Rag

TEAM = "group:111111111111"
ADA, BOB = Principal("user:aaaaaaaaaaaa", "user"), Principal("user:bbbbbbbbbbbb", "user", groups=(TEAM,))
EVE, ROOT = Principal("user:eeeeeeeeeeee", "user"), Principal("key:admin", "key")
GATEWAY = Principal("service:gateway", "service", "gateway")
TOPICS = ("lamp", "lens", "tide", "harbour", "engine", "signal", "keeper", "fog", "storm", "anchor", "mooring", "chart")
SEARCHES = [40, pytest.param(500, marks=pytest.mark.deep)]
EVERYWHERE = {"collections": "*"}


def text_of(topic: str, mark: str) -> str:
    return (
        f"# The {topic}\n\nThe {topic} of the lighthouse is cleaned at dusk. {mark} Alder met {mark} Birch in London. "
        f"{mark} Alder was born in Bergen. The {topic} was built by {mark} Alder. It needs {mark.lower()}oil."
    )


@pytest.fixture
async def rag(start) -> AsyncIterator[Rag]:
    async with start(identity=True) as running:
        yield running


async def create(rag: Rag, name: str = "notes") -> str:
    answer = await rag.http.post("/v1/rag/collections", json={"name": name})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def share(rag: Rag, collection: str, **levels: str) -> None:
    subjects = {"bob": BOB.subject, "team": TEAM, "eve": EVE.subject, "everyone": "everyone"}
    grants = [{"subject": subjects[name], "level": level} for name, level in levels.items()]
    answer = await rag.http.put(f"/v1/rag/collections/{collection}/access", json={"grants": grants})
    assert answer.status_code == 200, answer.text


async def names(rag: Rag) -> list[str]:
    return [one["name"] for one in (await rag.http.get("/v1/rag/collections")).json()]


def without_ids(text: str) -> str:
    """A response without what differs from one request to the next."""
    return re.sub(r'"request_id": ?"[^"]*"', "", text)


async def walked(rag: Rag, mark: str, searches: int) -> list[str]:
    """Everything that somebody can read: searches, answers, graph walks, lists and counts."""
    chance = random.Random(1)
    seen: list[str] = []

    async def post(path: str, **body: object) -> None:
        answer = await rag.http.post(f"/v1/rag/{path}", json=body)
        assert answer.status_code == 200, answer.text
        seen.append(answer.text)

    for number in range(searches):
        words = " ".join(chance.sample((*TOPICS, "Alder", "Birch", "Mim", "Zub", "mimoil", "zuboil"), 3))
        where = EVERYWHERE if number % 2 else {"collection": "notes"}
        await post("search", query=words, mode=("lexical", "graph", "auto")[number % 3], top_k=50, **where)
        if number % 5 == 0:
            await post("answer", question=f"What is the {chance.choice(TOPICS)} of {mark} Alder?", **where)
            await post("graph/query", question=f"Who met {mark} Birch?", collection="notes", depth=2)
    await post("experience", query="lamp oil", execution_result="mimoil zuboil Alder", collection="notes")
    for path in ("entities", "communities", "export", "export?format=csv", "edits", "", "path?from=Alder&to=London"):
        separator = "&" if "?" in path else "?"
        answer = await rag.http.get(f"/v1/rag/graph/{path}{separator}collection=notes".replace("graph/?", "graph?"))
        seen.append(without_ids(answer.text))
        if path == "entities":
            for one in answer.json()["entities"][:10]:
                for more in ("", "/neighbours"):
                    query = {"collection": "notes"}
                    seen.append((await rag.http.get(f"/v1/rag/graph/entities/{one['id']}{more}", params=query)).text)
    for path in ("collections", "status", "collections/notes/documents", "collections/notes/access"):
        seen.append((await rag.http.get(f"/v1/rag/{path}")).text)
    return seen


async def filled(rag: Rag, mark: str) -> set[str]:
    """Makes the collection `notes`, and returns the ids that only its owner may see."""
    collection = await create(rag)
    files = [(f"{topic}.md", text_of(topic, mark).encode()) for topic in TOPICS]
    job = await rag.upload(*files, ("same.md", b"The same text. The lamp is lit at dusk."), collection="notes")
    assert (job["done"], job["duplicate"]) == (len(TOPICS) + 1, 0)
    return {collection, job["id"], *(item["document"] for item in job["items"])}


@pytest.mark.parametrize("searches", SEARCHES)
async def test_two_people_with_the_same_names_and_texts_see_nothing_of_each_other(rag: Rag, searches: int):
    ada, bob = rag.of(ADA), rag.of(BOB)
    only_adas = await filled(ada, "Mim")
    alone = await walked(ada, "Mim", searches)
    only_bobs = await filled(bob, "Zub")
    seen = {"ada": await walked(ada, "Mim", searches), "bob": await walked(bob, "Zub", searches)}
    # Scores, counts and order are those from when Ada was alone, up to what she added herself with her feedback.
    before = [json.loads(one) for one in alone[:searches] if '"hits"' in one]
    after = [json.loads(one) for one in seen["ada"][:searches] if '"hits"' in one]
    assert [ranks(one) for one in before] == [ranks(one) for one in after]
    for who, foreign, marks in (("ada", only_bobs, ("Zub", "zuboil")), ("bob", only_adas, ("Mim", "mimoil"))):
        text = "\n".join(seen[who])
        asked = re.sub(r'"query": ?"[^"]*"', "", text)
        crossings = [one for one in (*foreign, *(f"{mark} Alder" for mark in marks)) if one in asked]
        assert crossings == []
        assert f'"documents":{len(TOPICS) + 1}' in text.replace(" ", "")


def ranks(found: dict) -> list[tuple[int, float]]:
    return [(hit["chunk"], hit["scores"].get("lexical")) for hit in found["hits"] if "lexical" in hit["scores"]]


async def test_a_name_means_ones_own_collection_then_a_shared_one_and_an_id_always_works(rag: Rag):
    ada, bob, eve = rag.of(ADA), rag.of(BOB), rag.of(EVE)
    ids = {one: await create(one) for one in (ada, bob)}
    assert (await ada.http.post("/v1/rag/collections", json={"name": "notes"})).status_code == 409
    await share(ada, "notes", eve="view", bob="view")
    assert (await eve.http.get("/v1/rag/collections/notes/access")).json()["owner"] == ADA.subject
    await share(bob, "notes", eve="edit")
    answer = await eve.http.get("/v1/rag/collections/notes/documents")
    assert answer.status_code == 409 and all(one in answer.json()["detail"] for one in ids.values())
    assert (await bob.http.get("/v1/rag/collections/notes/access")).json()["owner"] == BOB.subject
    assert (await bob.http.get(f"/v1/rag/collections/{ids[ada]}/access")).json()["owner"] == ADA.subject
    assert (await eve.http.post("/v1/rag/collections", json={"name": ids[ada]})).status_code == 400
    assert (await eve.http.post("/v1/rag/collections", json={"name": "default"})).status_code == 409


async def test_another_persons_thing_answers_like_one_that_does_not_exist(rag: Rag):
    ada, eve = rag.of(ADA), rag.of(EVE)
    collection = await create(ada, "secret-plans")
    job = await ada.upload(("a.md", b"The plan."), collection="secret-plans")
    assert (await eve.http.post("/v1/rag/collections", json={"name": "secret-plans"})).status_code == 201
    assert (await eve.http.delete("/v1/rag/collections/secret-plans")).status_code == 204
    pairs = [(collection, "0123456789ab"), ("secret-plans", "no-such-plan"), (job["id"], "f" * 32)]
    for there, nowhere in pairs:
        for path in ("collections/{}/documents", "collections/{}/access", "jobs/{}", "graph/export?collection={}"):
            one, other = [await eve.http.get(f"/v1/rag/{path.format(ref)}") for ref in (there, nowhere)]
            texts = [without_ids(answer.text).replace(ref, "X") for answer, ref in ((one, there), (other, nowhere))]
            assert (one.status_code, texts[0]) == (other.status_code, texts[1])


async def test_no_database_is_asked_for_a_nul(rag: Rag):
    ada = rag.of(ADA)
    for path in ("jobs/%00", "collections/a%00/access", "collections/default/documents/%00", "status?x=%00"):
        assert (await ada.http.get(f"/v1/rag/{path}")).status_code == 400, path
    asked = await ada.http.post("/v1/rag/collections/%00/access/requests", json={"level": "view"})
    assert asked.status_code == 400
    for body in ({"name": "a\0b"}, {"name": "a\ud800"}):
        answer = await ada.http.post("/v1/rag/collections", content=json.dumps(body))
        assert answer.status_code == 422, answer.text
    found = await ada.http.post("/v1/rag/search", json={"query": "a\0b", "collections": ["\0"]})
    assert found.status_code in (404, 422), found.text
    grants = {"grants": [{"subject": "jwt:a\0b", "level": "view"}]}
    shared = await ada.http.put(f"/v1/rag/collections/{await create(ada)}/access", json=grants)
    assert shared.status_code == 422


async def test_a_shared_collection_is_seen_used_and_edited_as_granted_and_no_longer_when_taken_back(rag: Rag):
    ada, bob = rag.of(ADA), rag.of(BOB)
    await create(ada)
    await ada.upload(("a.md", b"The lamp is lit at dusk."), collection="notes")
    assert await names(bob) == ["default"]
    await share(ada, "notes", team="view")
    assert await names(bob) == ["default", "notes"]
    assert len(await bob.search("lamp", collection="notes")) == len(await bob.search("lamp", **EVERYWHERE)) == 1
    refused = await bob.http.post("/v1/rag/answer", json={"question": "When is it lit?", "collection": "notes"})
    assert refused.status_code == 403 and "you may view collection notes" in refused.json()["detail"]
    await share(ada, "notes", team="edit")
    assert (await bob.upload(("b.md", b"The lamp is lit at noon."), collection="notes"))["done"] == 1
    assert len(await bob.search("lamp", **EVERYWHERE)) == 2
    shown = (await bob.http.get("/v1/rag/collections/notes/access")).json()
    assert shown == {"owner": ADA.subject, "grants": [{"subject": TEAM, "level": "edit"}], "yours": "edit"}
    await share(ada, "notes")
    assert await names(bob) == ["default"]
    assert await bob.search("lamp", **EVERYWHERE) == []
    assert (await bob.http.post("/v1/rag/search", json={"query": "lamp", "collection": "notes"})).status_code == 404


async def test_an_upload_that_ends_after_the_right_was_taken_back_is_not_stored(rag: Rag):
    ada, bob, begun, ends = rag.of(ADA), rag.of(BOB), asyncio.Event(), asyncio.Event()
    await create(ada)
    await share(ada, "notes", bob="edit")

    async def body() -> AsyncIterator[bytes]:
        yield b'{"title": "late", "text": "'
        begun.set()
        await ends.wait()
        yield b'planted"}'

    headers = {"content-type": "application/json"}
    uploading = asyncio.create_task(
        bob.http.post("/v1/rag/collections/notes/documents", content=body(), headers=headers)
    )
    async with asyncio.timeout(60):
        await begun.wait()
        await share(ada, "notes")
        ends.set()
        assert (await uploading).status_code == 404
    assert (await ada.http.get("/v1/rag/collections/notes/documents")).json()["total"] == 0
    assert list(rag.app.state.settings.data_dir.glob("rag/staging/*")) == []


async def test_the_default_collection_is_everyones_and_a_guest_sees_only_what_is_shared(rag: Rag):
    ada, guest = rag.of(ADA), rag.of(Principal("user:999999999999", "user", role="guest"))
    await ada.upload(("a.md", b"The lamp is lit at dusk."))
    assert len(await rag.of(EVE).search("lamp")) == 1
    assert await names(guest) == []
    assert (await guest.http.post("/v1/rag/collections", json={"name": "mine"})).status_code == 403
    assert (await ada.http.delete("/v1/rag/collections/default")).status_code == 403
    assert (await rag.of(ROOT).http.delete("/v1/rag/collections/default")).status_code == 409


async def test_a_request_to_share_reaches_the_managers_and_shows_nothing_to_others(rag: Rag):
    ada, bob = rag.of(ADA), rag.of(BOB)
    collection = await create(ada)
    asked = [await bob.http.post(f"/v1/rag/collections/{one}/access/requests", json={"level": "edit"})
             for one in (collection, "0123456789ab", "notes")]  # fmt: skip
    assert {(one.status_code, one.text) for one in asked} == {(202, "null")}
    found = (await ada.http.get("/v1/rag/collections/notes/access/requests")).json()
    assert [(one["subject"], one["level"]) for one in found] == [(BOB.subject, "edit")]
    await share(ada, "notes", bob="edit")
    assert (await ada.http.get("/v1/rag/collections/notes/access/requests")).json() == []
    assert await names(bob) == ["default", "notes"]


async def test_a_collection_goes_to_another_owner_even_if_that_one_has_one_of_the_name(rag: Rag):
    ada, bob = rag.of(ADA), rag.of(BOB)
    rag.app.state.directory.principal_of = (directory := Directory()).principal_of
    directory.people = {BOB.subject: BOB, EVE.subject: replace(EVE, role="guest"), "user:000000000000": None}
    first, second = await create(ada), await create(bob)
    for nobody in (EVE.subject, "user:000000000000"):
        refused = await ada.http.put("/v1/rag/collections/notes/owner", json={"owner": nobody})
        assert (refused.status_code, await names(rag.of(EVE))) == (400, ["default"])
    body = {"owner": BOB.subject}
    offered = await ada.http.put("/v1/rag/collections/notes/owner", json=body)
    assert (offered.status_code, await names(ada)) == (202, ["default", "notes"])
    found = (await bob.http.get(f"/v1/rag/collections/{first}/access")).json()
    assert (found["owner"], found["yours"]) == (ADA.subject, "manage")
    taken = await bob.http.put(f"/v1/rag/collections/{first}/owner", json=body)
    assert (taken.status_code, await names(ada)) == (204, ["default"])
    assert await names(bob) == ["default", "notes", "notes"]
    answer = await bob.http.get("/v1/rag/collections/notes/documents")
    assert answer.status_code == 409 and first in answer.json()["detail"] and second in answer.json()["detail"]


async def test_what_belongs_to_somebody_goes_to_the_heir_or_is_deleted(rag: Rag):
    ada, bob, gateway = rag.of(ADA), rag.of(BOB), rag.of(GATEWAY)
    await create(ada)
    await create(bob)
    await share(bob, "notes", everyone="view")
    await ada.http.post("/v1/rag/collections/notes/sources", json={"url": "http://127.0.0.1:1/x"})
    query = {"subject": ADA.subject}
    assert (await ada.http.get("/v1/rag/belongings", params=query)).status_code == 403
    assert (await gateway.http.get("/v1/rag/belongings", params=query)).json()["counts"] == {
        "collection": 1, "source": 1,
    }  # fmt: skip
    for heir in (EVE.subject, None):
        who = ADA if heir else BOB
        answer = await gateway.http.post("/v1/rag/belongings", json={"subject": who.subject, "heir": heir})
        assert answer.json()["counts"]["collection"] == 1
    found = (await rag.of(EVE).http.get("/v1/rag/collections")).json()
    assert [(one["name"], one["owner"]) for one in found] == [("default", "owner"), ("notes", EVE.subject)]
    assert await names(bob) == ["default"]


async def test_a_thing_that_is_shared_while_it_is_deleted_leaves_nothing(rag: Rag):
    ada, bob = rag.of(ADA), rag.of(BOB)
    for _ in range(5):
        collection = await create(ada)
        body = {"grants": [{"subject": BOB.subject, "level": "view"}]}
        shared, deleted = await asyncio.gather(
            ada.http.put(f"/v1/rag/collections/{collection}/access", json=body),
            ada.http.delete(f"/v1/rag/collections/{collection}"),
        )
        assert (deleted.status_code, shared.status_code in (200, 404)) == (204, True)
        assert await names(bob) == ["default"]
        access = rag.app.state.collections.access
        assert collection not in await access.granted(BOB, "collection")


class Directory:
    """The people whom the service asks about, in place of the gateway's directory."""

    def __init__(self) -> None:
        self.people: dict[str, Principal | None] = {}

    async def principal_of(self, subject: str) -> Principal | None:
        return self.people[subject]


async def test_a_source_acts_as_its_owner_and_stops_with_a_reason(rag: Rag, tmp_path):
    ada, bob, sources = rag.of(ADA), rag.of(BOB), rag.app.state.sources
    sources._directory = directory = Directory()
    await create(ada)
    await share(ada, "notes", bob="edit")
    place = {"url": "http://127.0.0.1:1/x", "every_seconds": 5}
    directory.people[BOB.subject] = BOB
    added = await bob.http.post("/v1/rag/collections/notes/sources", json=place)
    assert (added.status_code, added.json()["owner"]) == (201, BOB.subject)
    folder = await bob.http.post("/v1/rag/collections/notes/sources", json={"folder": str(tmp_path)})
    assert folder.status_code == 403 and "only an administrator" in folder.json()["detail"]

    async def reason(expected: str) -> None:
        async with rag.app.state.collections.access.records.write() as connection:
            await connection.execute(
                update(Source).values(due_at=Source.looked_at).where(Source.looked_at.is_not(None))
            )
        async with asyncio.timeout(30):
            while True:
                (found,) = (await ada.http.get("/v1/rag/collections/notes/sources")).json()
                if expected in found["error"]:
                    return
                await asyncio.sleep(0.05)

    await reason("not public")
    await share(ada, "notes", bob="view")
    await reason("stopped: its owner may no longer edit this collection")
    directory.people[BOB.subject] = None
    await reason("stopped: the person it belongs to is gone or disabled")
    async with rag.app.state.collections.access.records.read() as connection:
        assert len((await connection.execute(select(Source))).all()) == 1


async def test_identity_off_stays_as_it_was(start):
    async with start() as rag:
        await create(rag)
        await rag.upload(("a.md", b"The lamp is lit at dusk."), collection="notes")
        assert await names(rag) == ["default", "notes"]
        assert len(await rag.search("lamp", **EVERYWHERE)) == len(await rag.search("lamp", collections=["notes"])) == 1
    async with start(identity=True) as rag:
        assert await names(rag.of(ROOT)) == ["default", "notes"]
        assert await names(rag.of(Principal("key:1", "key", "shop", ("rag",)))) == ["default", "notes"]
        assert await names(rag.of(ADA)) == ["default"]
