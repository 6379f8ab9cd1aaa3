"""Entries of the model table belong to somebody, and only whom they are shared with may use them."""

import asyncio
import itertools
import json
import re
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select

from aistack.gateway.tables import KeptResponse
from harness.servers.openai_upstream import OpenAIUpstream, Script, openai_upstream
from harness.services.gateway import Gateway, running_gateway
from tests.integration.people.conftest import Administrator

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def upstream() -> AsyncIterator[OpenAIUpstream]:
    async with openai_upstream() as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory, upstream: OpenAIUpstream) -> AsyncIterator[Gateway]:
    small = f"[models.small]\nupstreams = [{{ url = '{upstream.url}', model = 'upstream-small' }}]\n"
    async with running_gateway(tmp_path_factory.mktemp("gateway"), small, identity=True) as running:
        yield running


class People:
    """Callers by name, each with a key of their own."""

    numbers = itertools.count()

    def __init__(self, admin: Administrator) -> None:
        self.admin, self.number = admin, next(self.numbers)
        self.subjects: dict[str, str] = {}
        self.callers: dict[str, Administrator] = {"the stack's key": admin}

    async def add(self, name: str, role: str = "member") -> Administrator:
        self.subjects[name] = (await self.admin.user(f"{name}{self.number}", role))["subject"]
        self.callers[name] = await self.admin.holder(self.subjects[name])
        return self.callers[name]

    async def names(self, who: str) -> set[str]:
        return {one["id"] for one in (await self.call(who, "GET", "/v1/models")).json()["data"]}

    async def call(self, who: str, method: str, path: str, **parts: Any) -> httpx.Response:
        caller = self.callers[who]
        return await caller.gateway.client.request(method, path, headers=caller.headers, **parts)

    async def chat(self, who: str, model: str, path: str = "/v1/chat/completions", **more: Any) -> httpx.Response:
        body = {"model": model, "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 9} | more
        return await self.call(who, "POST", path, json=body)

    async def share(self, model: str, by: str, levels: dict[str, str]) -> None:
        grants = [{"subject": self.subjects.get(name, name), "level": level} for name, level in levels.items()]
        await self.callers[by].done("PUT", f"/models/{model}/access", json={"grants": grants})


def same(answer: httpx.Response, model: str = "none") -> str:
    """A response without what has to differ between two requests for models with other names."""
    return re.sub(r'"request_id": ?"[^"]*"', "", answer.text).replace(model, "none")


@pytest_asyncio.fixture(loop_scope="module")
async def people(gateway: Gateway) -> AsyncIterator[People]:
    """New people; afterwards the model table is as it was."""
    admin = Administrator(gateway)
    found = People(admin)
    for name, role in {"ada": "admin", "eve": "admin", "bob": "member", "guest": "guest"}.items():
        await found.add(name, role)
    yield found
    for one in (await admin.done("GET", "/models"))["models"]:
        if one["source"] == "api":
            await admin.done("DELETE", f"/models/{one['name']}")
    await found.share("small", "the stack's key", {"everyone": "use"})


@pytest_asyncio.fixture(loop_scope="module")
async def private(people: People, upstream: OpenAIUpstream) -> str:
    """A model of Ada's that nobody else may use."""
    await people.callers["ada"].done("PUT", "/models/team/big", json={"upstreams": [{"url": upstream.url}]})
    return "team/big"


async def test_a_private_model_is_unknown_to_all_but_its_owner_and_the_owners_of_the_stack(
    people: People, private: str
):
    for who in ("ada", "the stack's key"):
        assert private in await people.names(who)
        assert (await people.chat(who, private)).status_code == 200
    for who in ("eve", "bob", "guest"):
        assert private not in await people.names(who)
        for path in ("/v1/chat/completions", "/v1/messages", "/v1/messages/count_tokens"):
            found, unknown = await people.chat(who, private, path), await people.chat(who, "none", path)
            assert (found.status_code, same(found, private)) == (404, same(unknown))
        found, unknown = [await people.call(who, "GET", f"/v1/models/{name}") for name in (private, "none")]
        assert (found.status_code, same(found, private)) == (404, same(unknown))
        assert found.json()["error"]["code"] == "model_not_found"


async def test_administrators_see_and_change_no_private_model_of_another(
    people: People, private: str, upstream: OpenAIUpstream
):
    eve = people.callers["eve"]
    assert private not in str(await eve.done("GET", "/models"))
    for method in ("GET", "DELETE"):
        found, unknown = await eve.ask(method, f"/models/{private}"), await eve.ask(method, "/models/none")
        assert (found.status_code, found.json()["detail"].replace(private, "none")) == (404, unknown.json()["detail"])
    taken = await eve.ask("PUT", f"/models/{private}", json={"upstreams": [{"url": upstream.url}]})
    assert (taken.status_code, taken.json()["detail"]) == (409, f"the name {private} is taken; use another one")
    for entry in (private, {"upstreams": [{"url": upstream.url}], "fallbacks": [private]}):
        refused = await eve.ask("PUT", "/models/mine", json=entry)
        assert refused.status_code == 400 and "allowed: " in refused.json()["detail"]
        assert private not in refused.json()["detail"].partition("allowed: ")[2]
    assert (await eve.ask("PUT", "/models/small", json={"upstreams": [{"url": upstream.url}]})).status_code == 200


async def test_what_is_shared_is_used_and_edited_as_granted_and_taken_back_at_once(people: People, private: str):
    bob = people.callers["bob"]
    await people.share(private, "ada", {"bob": "use", "guest": "use"})
    for who in ("bob", "guest"):
        assert private in await people.names(who)
        assert (await people.chat(who, private)).status_code == 200
    assert await bob.done("GET", f"/models/{private}/access") == {
        "owner": people.subjects["ada"],
        "grants": [{"subject": people.subjects["bob"], "level": "use"}],
        "yours": "use",
    }
    assert (await bob.ask("PUT", f"/models/{private}/access", json={"grants": []})).status_code == 403
    assert (await bob.ask("GET", f"/models/{private}")).status_code == 403  # the table is for administrators
    await people.share(private, "ada", {"bob": "view"})
    assert (await people.chat("bob", private)).status_code == 404
    await people.share(private, "ada", {"everyone": "use"})
    assert [private in await people.names(one) for one in ("eve", "bob", "guest")] == [True, True, False]
    for nobody in (people.subjects["guest"], "user:000000000000"):
        refused = await people.callers["ada"].ask("PUT", f"/models/{private}/owner", json={"owner": nobody})
        assert refused.status_code == 400
    await people.callers["ada"].done("PUT", f"/models/{private}/owner", json={"owner": people.subjects["bob"]})
    assert (await bob.done("GET", f"/models/{private}/access"))["yours"] == "manage"


async def test_models_of_the_file_are_everyones_but_guests_until_their_grants_are_set(people: People):
    assert [await people.names(who) for who in ("eve", "bob")] == [await people.names("the stack's key")] * 2
    assert "small" in await people.names("bob")
    assert await people.names("guest") == set()
    assert (await people.chat("guest", "default")).status_code == 404
    asked = await people.callers["guest"].ask("POST", "/models/small/access/requests", json={"level": "use"})
    assert asked.status_code == 202
    async with asyncio.timeout(60):  # it is stored after the response
        while not (requests := await people.callers["eve"].done("GET", "/models/small/access/requests")):
            await asyncio.sleep(0.05)
    assert [one["subject"] for one in requests] == [people.subjects["guest"]]
    assert "small" in await people.names("bob")
    await people.share("small", "eve", {"guest": "use"})
    assert "small" in await people.names("guest")
    assert (await people.chat("guest", "default")).status_code == 404  # no role leads to a model of a few
    assert "small" not in await people.names("bob")
    assert (await people.chat("bob", "default")).status_code == 404


async def test_aliases_and_fallbacks_lead_to_nothing_that_the_caller_may_not_use(
    people: People, private: str, upstream: OpenAIUpstream
):
    stack, broken = people.admin, "http://127.0.0.1:1/v1"
    await stack.done("PUT", "/models/alias", json=private)
    entry = {"upstreams": [{"url": broken}], "fallbacks": [private, "alias"]}
    await stack.done("PUT", "/models/falls", json=entry)
    assert (await people.chat("bob", "alias")).status_code == 404
    assert "alias" not in await people.names("bob")
    before = len(upstream.received)
    assert (await people.chat("bob", "falls")).status_code == 503
    assert len(upstream.received) == before
    assert (await people.chat("ada", "falls")).status_code == 200
    key = await stack.key_for(people.subjects["bob"], model_rules={"budget": "1 tokens", "budget_fallbacks": [private]})
    people.callers["bob's key"] = Administrator(stack.gateway, key["key"])
    assert (await people.chat("bob's key", "small")).status_code == 429
    assert len(upstream.received) == before + 1
    for name in ("falls", "alias"):
        await stack.done("DELETE", f"/models/{name}")


async def test_a_key_for_single_things_reaches_the_models_among_them(people: People, private: str):
    for name, things in (("collection", ["collection:0123456789ab"]), ("model", [f"model:{private}"])):
        key = await people.admin.key_for(people.subjects["ada"], things=things)
        people.callers[name] = Administrator(people.admin.gateway, key["key"])
    assert await people.names("collection") == set()
    assert (await people.chat("collection", "small")).status_code == 404
    assert await people.names("model") == {private}
    assert (await people.chat("model", private)).status_code == 200


async def test_a_stream_ends_when_the_model_is_taken_back(people: People, private: str, upstream: OpenAIUpstream):
    await people.share(private, "ada", {"bob": "use"})
    upstream.script(Script(later=asyncio.Event()))
    caller = people.callers["bob"]
    body = {"model": private, "messages": [{"role": "user", "content": "Hello"}], "stream": True}
    async with asyncio.timeout(60), caller.gateway.client.stream(
        "POST", "/v1/chat/completions", headers=caller.headers, json=body
    ) as answer:  # fmt: skip
        lines = answer.aiter_lines()
        assert (await anext(lines)).startswith("data: ")
        await people.share(private, "ada", {})
        rest = "\n".join([line async for line in lines])
    assert "model_not_found" in rest


async def test_an_export_has_ones_models_without_their_keys_and_ones_kept_responses(people: People, private: str):
    entry = {"upstreams": [{"url": "http://127.0.0.1:1/v1", "key": "sk-do-not-export"}]}
    await people.callers["ada"].done("PUT", f"/models/{private}", json=entry)
    await people.share(private, "ada", {"bob": "use"})
    for who in ("ada", "bob"):
        body = {"model": "small", "input": f"I am {who}.", "store": True}
        assert (await people.call(who, "POST", "/v1/responses", json=body)).status_code == 200
    with ZipFile(BytesIO((await people.callers["ada"].ask("GET", "/me/export")).content)) as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    (model,) = json.loads(files["gateway/models.json"])
    assert (model["name"], model["shared_with"]) == (private, [{"subject": people.subjects["bob"], "level": "use"}])
    assert model["entry"]["upstreams"][0]["url"] == "http://127.0.0.1:1/v1"
    (kept,) = [content for name, content in files.items() if name.startswith("gateway/responses/")]
    assert "I am ada." in kept
    assert not any("do-not-export" in one or "I am bob." in one for one in files.values())


async def test_what_belongs_to_a_person_who_leaves_goes_to_the_heir_or_is_deleted(people: People, private: str):
    admin, ada = people.admin, people.subjects["ada"].partition(":")[2]
    await people.share("small", "the stack's key", {"everyone": "use", "ada": "manage"})
    assert (await admin.done("GET", f"/users/{ada}/belongings"))[0]["counts"]["models"] == 1
    await admin.done("DELETE", f"/users/{ada}", params={"heir": people.subjects["bob"]})
    assert (await people.chat("bob", private)).status_code == 200
    assert (await people.chat("eve", private)).status_code == 404
    assert len((await admin.done("GET", "/models/small/access"))["grants"]) == 1
    await admin.done("DELETE", f"/users/{people.subjects['bob'].partition(':')[2]}", params={"delete": True})
    assert private not in await people.names("the stack's key")


@pytest.mark.parametrize("left", [{"delete": True}, {"heir": "owner"}])
async def test_conversations_go_with_their_person(people: People, gateway: Gateway, left: dict[str, Any]):
    await people.share("small", "the stack's key", {"everyone": "use"})
    for who in ("bob", "eve"):
        body = {"model": "small", "input": "Hello", "store": True}
        answer = await people.call(who, "POST", "/v1/responses", json=body)
        assert answer.status_code == 200, answer.text
        assert (await people.call(who, "GET", f"/v1/responses/{answer.json()['id']}")).status_code == 200
    await people.admin.done("DELETE", f"/users/{people.subjects['bob'].partition(':')[2]}", params=left)
    async with gateway.app.state.callers.changes.records.read() as connection:
        owners = set(await connection.scalars(select(KeptResponse.owner)))
    assert people.subjects["eve"] in owners and people.subjects["bob"] not in owners


async def test_a_name_that_is_used_again_has_nothing_of_the_entry_before(
    people: People, private: str, upstream: OpenAIUpstream
):
    await people.share(private, "ada", {"bob": "edit"})
    await people.callers["ada"].done("DELETE", f"/models/{private}")
    assert (await people.chat("bob", private)).status_code == 404
    await people.callers["eve"].done("PUT", f"/models/{private}", json={"upstreams": [{"url": upstream.url}]})
    assert [(await people.chat(who, private)).status_code for who in ("eve", "ada", "bob")] == [200, 404, 404]
