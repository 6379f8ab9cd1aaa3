"""Who may register what: scopes of keys, names of the stack, owners of services, and prefixes."""

import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncIterator, Callable

import httpx
import jwt
import pytest
from fastapi.routing import iter_route_contexts
from starlette.responses import PlainTextResponse

from aistack.gateway.identity.authorization import INSTANCE, SCOPES
from aistack.stack.secrets import service_key
from harness.services.gateway import Gateway, answering, plain
from tests.integration.test_gateway_identity import SECRET, bearing, new_key

URL = "http://127.0.0.1:1"


@pytest.fixture
def identity() -> bool:
    return True


class Caller:
    """Somebody with a key."""

    def __init__(self, gateway: Gateway, key: str) -> None:
        self.gateway, self.headers = gateway, bearing(key)

    async def ask(self, method: str, path: str, **more: object) -> httpx.Response:
        return await self.gateway.client.request(method, path, headers=self.headers, **more)

    async def put(self, name: str, *routes: str, one: str = "one", **lease: object) -> httpx.Response:
        body = {"url": URL, "routes": list(routes) or [f"/{name}"]} | lease
        return await self.ask("PUT", f"/registry/services/{name}/instances/{one}", json=body)

    async def beat(self, name: str, one: str = "one") -> int:
        return (await self.ask("POST", f"/registry/services/{name}/instances/{one}/heartbeat")).status_code

    async def delete(self, name: str, one: str = "one") -> int:
        return (await self.ask("DELETE", f"/registry/services/{name}/instances/{one}")).status_code


async def holder(gateway: Gateway, *services: str) -> Caller:
    return Caller(gateway, (await new_key(gateway, services=list(services)))["key"])


def administrator(gateway: Gateway) -> Caller:
    return Caller(gateway, gateway.admin)


def of_the_stack(gateway: Gateway, name: str) -> Caller:
    return Caller(gateway, service_key((gateway.folder / "secrets" / "stack.key").read_text().strip(), name))


class TestScopes:
    READ = ("/registry/services", "/api/health/all", "/gateway/limits", "/metrics", "/gateway/openapi.json")

    @pytest.mark.parametrize(
        ("services", "reads", "registers", "registers_other"),
        [
            (["gateway"], True, False, False),
            (["gateway:register"], False, True, True),
            (["gateway:register:hello"], False, True, False),
            (["gateway", "gateway:register:hello"], True, True, False),
            (["gateway:register:other"], False, False, True),
            (["hello"], False, False, False),
            ([], False, False, False),
        ],
    )
    async def test_reading_and_registering_are_different_rights(
        self, gateway: Gateway, services: list[str], reads: bool, registers: bool, registers_other: bool
    ):
        caller = await holder(gateway, *services)
        for path in self.READ:
            assert (await caller.ask("GET", path)).status_code == (200 if reads else 403), path
        assert (await caller.put("hello")).status_code == (201 if registers else 403)
        assert (await caller.put("other")).status_code == (201 if registers_other else 403)
        for method, path in (("GET", "/gateway/keys"), ("POST", "/gateway/keys"), ("GET", "/gateway/audit")):
            assert (await caller.ask(method, path, json={"name": "x"})).status_code == 403, path
        async with gateway.client.stream("GET", "/registry/watch", headers=caller.headers) as watched:
            assert watched.status_code == (200 if reads else 403)

    async def test_a_refusal_says_which_scope_is_missing(self, gateway: Gateway):
        reader, writer = await holder(gateway, "gateway"), await holder(gateway, "gateway:register:hello")
        assert "needs the scope gateway:register" in (await reader.put("hello")).json()["detail"]
        assert "needs the scope gateway" in (await writer.ask("GET", "/registry/services")).json()["detail"]
        assert "the scope gateway:register:other" in (await writer.put("other")).json()["detail"]

    @pytest.mark.parametrize(
        "scope",
        [
            "gateway:", "gateway:read", "gateway:register:", "gateway:register:*", "gateway:register:Hello",
            "gateway:register:a:b", "rag:register", "gateway:register ", " gateway", "gateway:registering", "*", "",
            "gateway:register:rag", "gateway:register:query", "gateway:register:gateway", "GATEWAY",
            "gateway:register:a\n",
        ],
    )  # fmt: skip
    async def test_a_key_is_not_made_with_a_scope_that_is_none(self, gateway: Gateway, scope: str):
        answer = await gateway.client.post("/gateway/keys", json={"name": "x", "services": [scope]})
        assert answer.status_code == 422
        assert "services" in answer.json()["detail"]

    async def test_every_route_of_the_control_app_declares_its_scope(self, gateway: Gateway):
        paths = {context.path for context in iter_route_contexts(gateway.app.routes)}
        assert paths - SCOPES.keys() == set(), "declare the scope of these in gateway/identity/authorization.py"
        assert INSTANCE in paths
        assert "/gateway/keys/{key_id}" in paths

    async def test_a_route_that_declares_none_is_there_for_administrators_alone(self, gateway: Gateway):
        gateway.app.router.add_route("/gateway/undeclared", lambda request: PlainTextResponse("here"), methods=["GET"])
        for services in (["gateway"], ["gateway:register"], ["gateway", "gateway:register"]):
            caller = await holder(gateway, *services)
            assert (await caller.ask("GET", "/gateway/undeclared")).status_code == 404
        assert (await of_the_stack(gateway, "rag").ask("GET", "/gateway/undeclared")).status_code == 404
        assert (await administrator(gateway).ask("GET", "/gateway/undeclared")).text == "here"

    @pytest.mark.parametrize(
        "path",
        [
            "/registry/services/", "//registry/services", "/registry//services", "/%72egistry/services",
            "/registry/services/x",
            "/registry%2fservices", "/Registry/services", "/console/../registry/services", "/console/%2e%2e/metrics",
            "/metrics/", "/metrics%2f", "/metricsx", "/health/../metrics", "/healthx", "/health/x", "/gateway/limits/",
        ],
    )  # fmt: skip
    async def test_no_other_spelling_of_a_path_is_let_through(self, gateway: Gateway, path: str):
        key = (await new_key(gateway, services=["gateway:register:hello"]))["key"]
        request = f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {key}\r\n\r\n"
        status = int((await gateway.raw(request.encode())).split(b" ", 2)[1])
        assert status in (400, 403, 404)


class TestTokens:
    @pytest.fixture
    def gateway_toml(self) -> str:
        return f"jwt_secret = '{SECRET}'\n"

    async def test_a_token_carries_the_same_scopes(self, gateway: Gateway):
        def bearer(subject: str, services: object) -> Caller:
            return Caller(gateway, jwt.encode({"sub": subject, "exp": time.time() + 60, "services": services}, SECRET))

        ann, bob = bearer("ann", "gateway:register:hello shop"), bearer("bob", ["gateway:register"])
        assert (await ann.put("hello")).status_code == 201
        assert (await ann.put("other")).status_code == 403
        assert (await ann.ask("GET", "/registry/services")).status_code == 403
        assert (await bob.put("hello", one="two")).status_code == 403
        assert (await bob.put("news")).status_code == 201
        again = bearer("ann", "gateway:register")  # another token of the same person
        assert await again.beat("hello") == 200
        assert (await bearer("eve", "gateway:register:rag").put("rag")).status_code == 403
        assert (await bearer("eve", "gateway:registerx gateway:*").put("evil")).status_code == 403
        assert (await bearer("root", "*").put("news", one="two")).status_code == 201


class TestNamesOfTheStack:
    async def test_a_service_of_the_stack_registers_itself_with_its_own_key_alone(self, gateway: Gateway):
        rag, query = of_the_stack(gateway, "rag"), of_the_stack(gateway, "query")
        strangers = [administrator(gateway), query, await holder(gateway, "gateway:register")]
        for stranger in strangers:
            assert (await stranger.put("rag", "/v1/rag")).status_code == 403
        assert (await rag.put("rag", "/v1/rag")).status_code == 201
        for stranger in strangers:
            assert (await stranger.put("rag", "/v1/rag", url="http://127.0.0.1:2")).status_code == 403
            assert (await stranger.put("rag", "/v1/rag", one="two")).status_code == 403
            assert await stranger.beat("rag") == 403
        for stranger in strangers[1:]:
            assert await stranger.delete("rag") == 403
        assert await rag.beat("rag") == 200
        assert (await rag.put("rag", "/v1/rag")).status_code == 200
        assert await administrator(gateway).delete("rag") == 204
        assert (await rag.put("rag", "/v1/rag")).status_code == 201
        assert await rag.delete("rag") == 204

    @pytest.mark.parametrize("name", ["query", "hello", "gateway"])
    async def test_the_key_of_a_service_registers_nothing_else(self, gateway: Gateway, name: str):
        answer = await of_the_stack(gateway, "rag").put(name)
        assert answer.status_code in (403, 409)
        assert "rag" in answer.json()["detail"] or name == "gateway"

    @pytest.mark.parametrize("caller", [administrator, lambda gateway: of_the_stack(gateway, "gateway")])
    async def test_nobody_registers_the_gateway(self, gateway: Gateway, caller: Callable[[Gateway], Caller]):
        assert (await caller(gateway).put("gateway", "/new")).status_code in (403, 409)
        assert await caller(gateway).delete("gateway", "control") in (403, 409)

    @pytest.mark.parametrize(
        "prefix", ["/v1/rag", "/v1/rag/collections", "/v1", "/api", "/api/query", "/api/query/x", "/api/ai"]
    )
    async def test_its_prefixes_are_its_own_while_it_is_away_or_not_even_enabled(self, gateway: Gateway, prefix: str):
        caller = await holder(gateway, "gateway:register")
        answer = await caller.put("evil", prefix)
        assert answer.status_code == 403
        assert "a service of this stack" in answer.json()["detail"] or prefix == "/api"
        assert (await of_the_stack(gateway, "connection").put("connection", "/v1/rag/x")).status_code == 403


class TestOwners:
    async def test_who_registers_a_service_first_has_it_while_it_has_instances(self, gateway: Gateway):
        ann, bob = await holder(gateway, "gateway:register"), await holder(gateway, "gateway:register", "hello")
        named = await holder(gateway, "gateway:register:hello")
        assert (await ann.put("hello")).status_code == 201
        for other in (bob, named):
            for refused in (
                await other.put("hello"),
                await other.put("hello", one="two"),
                await other.put("hello", "/elsewhere", one="two"),
                await other.put("hello", weight=1000),
            ):
                assert refused.status_code == 403
                assert "registered it first" in refused.json()["detail"]
            assert await other.beat("hello") == 403
            assert await other.delete("hello") == 403
        assert (await ann.put("hello")).status_code == 200
        assert (await ann.put("hello", one="two")).status_code == 201
        assert await ann.beat("hello") == 200
        assert await ann.delete("hello") == 204
        assert (await bob.put("hello")).status_code == 403
        assert await ann.delete("hello", "two") == 204
        assert (await bob.put("hello")).status_code == 201
        assert (await ann.put("hello")).status_code == 403

    async def test_administrators_join_and_remove_and_the_owner_stays(self, gateway: Gateway):
        ann, admin = await holder(gateway, "gateway:register"), administrator(gateway)
        assert (await ann.put("hello")).status_code == 201
        assert (await admin.put("hello", one="two")).status_code == 201
        assert await ann.delete("hello", "one") == 204
        shown = (await gateway.client.get("/registry/services/hello")).json()
        assert shown["owner"].startswith("key:")
        assert shown["owner"] != "key:admin"
        assert await ann.beat("hello", "two") == 200
        assert await ann.delete("hello", "two") == 204
        assert (await admin.put("hello")).status_code == 201
        assert (await ann.put("hello", one="two")).status_code == 403

    async def test_an_expired_lease_gives_the_name_up(self, gateway: Gateway):
        ann, bob = await holder(gateway, "gateway:register"), await holder(gateway, "gateway:register")
        assert (await ann.put("hello", ttl_seconds=0.3)).status_code == 201
        async with asyncio.timeout(60):
            while (await bob.put("hello")).status_code != 201:
                await asyncio.sleep(0.05)

    async def test_strangers_do_not_learn_by_heartbeats_who_else_there_is(self, gateway: Gateway):
        named = await holder(gateway, "gateway:register:hello")
        await administrator(gateway).put("shop")
        assert [await named.beat(name) for name in ("shop", "nothing")] == [403, 403]
        assert await named.beat("hello") == 404

    async def test_a_restarted_gateway_learns_who_has_what(self, gateway: Gateway, tmp_path):
        ann, bob = await holder(gateway, "gateway:register"), await holder(gateway, "gateway:register")
        assert (await ann.put("hello")).status_code == 201
        await gateway.client.aclose()
        await gateway.stop()
        again = Gateway(tmp_path, gateway.port, "", identity=True)
        await again.start()
        gateway.client, gateway.host = again.client, again.host
        assert await ann.beat("hello") == 404
        assert (await ann.put("hello")).status_code == 201
        assert (await bob.put("hello")).status_code == 403


class TestPrefixes:
    @pytest.mark.parametrize(
        ("claimed", "wanted"),
        [
            ("/shop", "/shop"),
            ("/shop", "/shop/cart"),
            ("/shop", "/shop/a/b/c"),
            ("/a/shop", "/a"),
            ("/a/b/c", "/a/b"),
        ],
    )
    async def test_a_prefix_at_in_or_around_anothers_takes_its_owner(self, gateway: Gateway, claimed: str, wanted: str):
        ann, bob = await holder(gateway, "gateway:register"), await holder(gateway, "gateway:register")
        assert (await ann.put("shop", claimed)).status_code == 201
        refused = await bob.put("evil", wanted)
        assert refused.status_code == 403
        assert claimed in refused.json()["detail"]
        assert (await bob.put("evil", "/evil", wanted)).status_code == 403
        assert (await bob.put("evil", "/evil")).status_code == 201
        assert (await bob.put("evil", "/evil", wanted)).status_code == 403
        for allowed in (ann, administrator(gateway)):
            status = (await allowed.put("mine", wanted)).status_code
            assert status == (409 if wanted == claimed else 201)
            await allowed.delete("mine")

    @pytest.mark.parametrize("wanted", ["/shopping", "/sho", "/shop2/cart", "/Shop", "/other/shop", "/shop.x"])
    async def test_a_prefix_that_only_looks_alike_is_free(self, gateway: Gateway, wanted: str):
        ann, bob = await holder(gateway, "gateway:register"), await holder(gateway, "gateway:register")
        assert (await ann.put("shop", "/shop")).status_code == 201
        assert (await bob.put("other", wanted)).status_code == 201

    async def test_who_was_let_into_anothers_prefix_does_not_keep_that_one_from_renewing(self, gateway: Gateway):
        ann, admin = await holder(gateway, "gateway:register"), administrator(gateway)
        assert (await ann.put("shop", "/shop")).status_code == 201
        assert (await admin.put("cart", "/shop/cart")).status_code == 201
        assert (await ann.put("shop", "/shop", version="2")).status_code == 200
        assert (await ann.put("shop", "/shop", one="two")).status_code == 201

    async def test_prefixes_are_free_again_when_their_service_is_gone_or_moved(self, gateway: Gateway):
        ann, bob = await holder(gateway, "gateway:register"), await holder(gateway, "gateway:register")
        assert (await ann.put("shop", "/shop", "/cart")).status_code == 201
        assert (await ann.put("shop", "/shop", one="two")).status_code == 201
        assert (await ann.put("shop", "/shop")).status_code == 200  # not /cart any more
        assert (await bob.put("cart", "/cart")).status_code == 201
        assert await ann.delete("shop") == 204
        assert (await bob.put("other", "/shop")).status_code == 403
        assert await ann.delete("shop", "two") == 204
        assert (await bob.put("other", "/shop")).status_code == 201

    @pytest.mark.parametrize(
        "prefix",
        [
            "/", "/registry", "/registry/x", "/gateway", "/gateway/keys", "/console", "/console/x", "/health",
            "/health/live", "/api/health", "/api/health/all/x", "/metrics", "/favicon.ico", "/Gateway", "/REGISTRY/x",
            "/Api/Health", "/Console",
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("who", ["administrator", "registrar"])
    async def test_the_gateways_own_prefixes_are_nobodys_to_claim(self, gateway: Gateway, prefix: str, who: str):
        caller = administrator(gateway) if who == "administrator" else await holder(gateway, "gateway:register")
        answer = await caller.put("evil", prefix)
        assert answer.status_code == 409
        assert "belongs to the gateway" in answer.json()["detail"]

    @pytest.mark.parametrize("prefix", ["/.well-known", "/.well-known/acme-challenge", "/robots.txt"])
    async def test_what_speaks_for_the_whole_site_takes_an_administrator(self, gateway: Gateway, prefix: str):
        assert (await (await holder(gateway, "gateway:register")).put("site", prefix)).status_code == 403
        assert (await administrator(gateway).put("site", prefix)).status_code == 201


class TestUpstreamsOfTheStackFile:
    @pytest.fixture
    def gateway_toml(self) -> str:
        return "[upstreams.legacy]\nurls = ['http://127.0.0.1:1']\nroutes = ['/legacy']\n"

    async def test_they_are_the_administrators(self, gateway: Gateway):
        caller, admin = await holder(gateway, "gateway:register", "gateway:register:legacy"), administrator(gateway)
        for name, prefix in (("legacy", "/legacy"), ("legacy", "/new"), ("evil", "/legacy"), ("evil", "/legacy/x")):
            assert (await caller.put(name, prefix)).status_code == 403
        assert await caller.delete("legacy", "127.0.0.1:1") == 403
        assert (await admin.put("inside", "/legacy/x")).status_code == 201
        assert (await admin.put("legacy", "/legacy")).status_code == 201
        assert (await admin.put("legacy", "/legacy", one="127.0.0.1:1")).status_code == 409
        assert await admin.delete("legacy", "127.0.0.1:1") == 409


class TestWithoutIdentity:
    @pytest.fixture
    def identity(self) -> bool:
        return False

    @pytest.mark.parametrize(
        ("claimed", "wanted"),
        [("/shop", "/shop"), ("/shop", "/shop/cart"), ("/a/b", "/a"), ("/x", "/v1/rag/x"), ("/x", "/v1")],
    )
    async def test_everybody_registers_and_another_services_prefix_is_a_conflict(
        self, gateway: Gateway, claimed: str, wanted: str
    ):
        caller = Caller(gateway, "")
        caller.headers = {}
        assert (await caller.put("shop", claimed)).status_code == 201
        assert (await caller.put("other", wanted)).status_code == 409
        assert (await caller.put("shop", claimed, one="two")).status_code == 201
        assert (await caller.put("rag", "/v1/rag")).status_code == 201
        assert await caller.beat("rag") == 200
        assert await caller.delete("rag") == 204
        assert (await gateway.client.get("/registry/services/shop")).json()["owner"] == ""
        assert (await caller.put("gateway", "/new")).status_code == 409

    @pytest.mark.parametrize(("first", "second"), [(1, 1000), (1000, 1), (1, 101), (9, 901)])
    async def test_an_instance_does_not_join_with_more_than_a_hundred_times_anothers_weight(
        self, gateway: Gateway, first: int, second: int
    ):
        caller = Caller(gateway, "")
        caller.headers = {}
        assert (await caller.put("shop", weight=first)).status_code == 201
        refused = await caller.put("shop", one="two", weight=second)
        assert refused.status_code == 409
        assert "factor of 100" in refused.json()["detail"]
        assert (await caller.put("shop", one="two", weight=first)).status_code == 201
        assert (await caller.put("shop", one="two", weight=second)).status_code == 409
        assert await caller.delete("shop", "one") == 204
        assert (await caller.put("shop", one="two", weight=second)).status_code == 200


class TestManyAtOnce:
    async def test_what_was_answered_is_routed_also_in_a_flood(self, gateway: Gateway):
        port = await gateway.serve(answering(plain(b"here")))
        numbers = itertools.count()

        async def register(caller: httpx.AsyncClient) -> None:
            while (number := next(numbers)) < 200:
                body = {"url": f"http://127.0.0.1:{port}", "routes": [f"/s{number}"]}
                path = f"/registry/services/s{number}/instances/one"
                assert (await caller.put(path, json=body)).status_code == 201
                assert (await caller.get(f"/s{number}")).text == "here"
                assert (await caller.delete(path)).status_code == 204
                assert (await caller.get(f"/s{number}")).status_code == 404

        async with httpx.AsyncClient(base_url=gateway.url, headers=bearing(gateway.admin), timeout=60) as caller:
            await asyncio.gather(*(register(caller) for _ in range(16)))

    async def test_of_two_who_want_one_name_at_once_one_gets_it(self, gateway: Gateway):
        callers = [await holder(gateway, "gateway:register") for _ in range(4)]
        answers = await asyncio.gather(
            *(caller.put("hello", one=f"i{turn}") for turn in range(4) for caller in callers)
        )
        assert sorted(answer.status_code for answer in answers) == [201] * 4 + [403] * 12

    async def test_the_prefixes_of_all_services_together_are_bounded(self, gateway: Gateway):
        admin = administrator(gateway)
        for number in range(64):
            answer = await admin.put(f"s{number}", *(f"/s{number}/{route}" for route in range(64)))
            assert answer.status_code == 201
        assert (await admin.put("more")).status_code == 409
        assert (await admin.put("s1", "/s1/1")).status_code == 200

    async def test_the_registry_is_full_at_256_services_but_never_for_the_stacks_own(self, gateway: Gateway):
        admin = administrator(gateway)
        for number in range(255):
            assert (await admin.put(f"s{number}")).status_code == 201
        assert (await admin.put("more")).status_code == 409
        assert (await of_the_stack(gateway, "rag").put("rag", "/v1/rag")).status_code == 201


@pytest.fixture
async def watcher(gateway: Gateway) -> AsyncIterator[Callable[[], list[str]]]:
    """The kinds of events that a watcher has seen."""
    lines: list[str] = []
    ready = asyncio.Event()

    async def follow() -> None:
        async with gateway.client.stream("GET", "/registry/watch") as answer:
            async for line in answer.aiter_lines():
                ready.set()
                lines.append(line)

    following = asyncio.create_task(follow())
    async with asyncio.timeout(60):
        await ready.wait()
    yield lambda: [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]
    following.cancel()


async def test_heartbeats_unchanged_renewals_and_refusals_are_no_events(
    gateway: Gateway, watcher: Callable[[], list[str]]
):
    ann, bob = await holder(gateway, "gateway:register"), await holder(gateway, "gateway:register")
    await ann.put("hello")
    for _ in range(3):
        await ann.beat("hello")
        await ann.put("hello")
        await bob.put("hello")
        await bob.delete("hello")
    await ann.put("hello", version="2")
    async with asyncio.timeout(60):
        while len(watcher()) < 2:
            await asyncio.sleep(0.02)
    assert watcher() == ["registered", "registered"]


@pytest.mark.parametrize("last", ["9" * 5000, "٣", "-1", "1e3", "x", ""])
async def test_a_last_event_id_that_is_none_begins_now(gateway: Gateway, last: str):
    headers = {"last-event-id": last.encode()}
    async with gateway.client.stream("GET", "/registry/watch", headers=headers) as answer:
        assert answer.status_code == 200
        assert (await anext(answer.aiter_lines())).startswith(": revision")


class TestTheStackFile:
    """What `stack.toml` says is the administrators', whoever was there before."""

    UPSTREAM = "[upstreams.{name}]\nurls = ['http://127.0.0.1:{port}']\nroutes = ['/hello']\n"

    @pytest.mark.parametrize("name", ["hello", "greeter"])
    async def test_it_takes_a_name_and_a_prefix_from_leases_of_others(self, gateway: Gateway, name: str):
        made = await new_key(gateway, services=["gateway:register"])
        stranger = Caller(gateway, made["key"])
        theirs = await gateway.serve(answering(plain(b"theirs")))
        assert (await stranger.put("hello", "/hello", url=f"http://127.0.0.1:{theirs}", ttl_seconds=3600)).is_success
        port = await gateway.serve(answering(plain(b"ours")))
        gateway.toml += self.UPSTREAM.format(name=name, port=port)
        await gateway.reload()
        assert {(await gateway.client.get("/hello")).text for _ in range(8)} == {"ours"}
        assert (await stranger.put("hello", "/hello", url=f"http://127.0.0.1:{theirs}")).status_code in (403, 409)


async def test_what_a_url_hides_is_shown_to_nobody(gateway: Gateway, capfd: pytest.CaptureFixture[str]):
    answers = [
        await gateway.client.put("/registry/services/x/instances/a", json={"url": url, "routes": ["/x"]})
        for url in ("http://u:hunter2@127.0.0.1:1", "http://127.0.0.1:1/?token=hunter2", "http://127.0.0.1:1/#hunter2")
    ]
    assert {one.status_code for one in answers} == {400}
    audit = await gateway.client.get("/gateway/audit")
    assert audit.text.count("service.refused") == 3
    said = capfd.readouterr()
    assert "hunter2" not in "".join((*(one.text for one in answers), audit.text, said.out, said.err))


async def test_one_key_leaves_places_for_other_watchers(gateway: Gateway):
    made = await new_key(gateway, services=["gateway"])
    async with contextlib.AsyncExitStack() as held:
        client = await held.enter_async_context(
            httpx.AsyncClient(base_url=gateway.url, limits=httpx.Limits(), timeout=30)
        )
        statuses = []
        for _ in range(66):
            stream = client.stream("GET", "/registry/watch", headers=bearing(made["key"]))
            statuses.append((await held.enter_async_context(stream)).status_code)
        assert statuses == [200] * 64 + [503] * 2
        other = await held.enter_async_context(client.stream("GET", "/registry/watch", headers=bearing(gateway.admin)))
        assert other.status_code == 200
