"""Who may pass: keys, their scopes and limits, tokens of an issuer, and what services are told."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from aistack.chassis.identity import PRINCIPAL_HEADER, Forged, Principal, sign, verify
from aistack.chassis.outgoing_http import GatewayClient
from aistack.gateway.identity.json_web_tokens import TokenRules, TokenVerifier
from aistack.stack.secrets import service_key
from harness.services.gateway import Gateway, answering, echo, plain, read_head

SECRET = "a-shared-secret-of-the-issuer-that-is-long-enough"


class Issuer:
    """Publishes the public half of key `one`; signs with `one` or `two`."""

    def __init__(self) -> None:
        self.keys = {name: rsa.generate_private_key(65537, 2048) for name in ("one", "two")}
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self.keys["one"].public_key(), as_dict=True)
        self.document = json.dumps({"keys": [public | {"kid": "one", "use": "sig"}, {"kty": "EC"}]}).encode()

    async def start(self) -> None:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await read_head(reader)
            writer.write(plain(self.document))
            await writer.drain()
            writer.close()

        self.server = await asyncio.start_server(answer, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]

    def token(self, kid: str, signed_by: str = "") -> str:
        claims = {"sub": "ann", "exp": time.time() + 60, "services": "*"}
        return jwt.encode(claims, self.keys[signed_by or kid], "RS256", headers={"kid": kid})


@pytest.fixture
def identity() -> bool:
    return True


async def new_key(gateway: Gateway, **wanted: object) -> dict[str, str]:
    answer = await gateway.client.post("/gateway/keys", json={"name": "test"} | wanted)
    assert answer.status_code == 201, answer.text
    return answer.json()


def bearing(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


async def told_to(gateway: Gateway, headers: dict[str, str]) -> Principal:
    """The principal that a service behind the gateway is told."""
    head = (await gateway.client.get("/echo", headers=headers)).text
    line = next(line for line in head.splitlines() if line.lower().startswith(PRINCIPAL_HEADER))
    secret = (gateway.folder / "secrets" / "stack.key").read_text().strip()
    return verify(line.partition(": ")[2], secret, time.time(), "echo")


async def test_everything_but_health_and_the_console_page_needs_a_key(gateway: Gateway):
    async with httpx.AsyncClient(base_url=gateway.url, timeout=60) as stranger:
        for path in ("/health", "/api/health", "/", "/console/ask.js"):
            assert (await stranger.get(path)).status_code == 200, path
        answer = await stranger.get("/console")
        assert answer.headers.get("location") == "/", (answer.status_code, answer.text)
        for path in ("/registry/services", "/api/health/all", "/metrics", "/v1/rag/collections", "/gateway/keys"):
            refused = await stranger.get(path)
            assert refused.status_code == 401, path
            assert refused.headers["www-authenticate"] == 'Bearer realm="ai-stack"'
        assert (await stranger.get("/metrics", headers=bearing("wrong"))).json()["detail"].startswith("the key is not")


async def test_a_key_is_shown_once_and_kept_as_a_digest(gateway: Gateway):
    made = await new_key(gateway, name="shop")
    listed = (await gateway.client.get("/gateway/keys")).json()["keys"]
    assert [one["name"] for one in listed] == ["shop"]
    assert "key" not in listed[0]
    assert listed[0]["start"] == made["key"][:10]
    kept = (gateway.folder / "gateway" / "records.sqlite3").read_bytes()
    kept += (gateway.folder / "gateway" / "records.sqlite3-wal").read_bytes()
    assert made["key"].encode() not in kept
    for headers in (bearing(made["key"]), {"x-api-key": made["key"], "authorization": ""}):
        assert (await gateway.client.get("/registry/services", headers=headers)).status_code == 200


async def test_a_revoked_key_ends_at_once_also_on_connections_it_has_open(gateway: Gateway):
    made = await new_key(gateway)
    async with httpx.AsyncClient(base_url=gateway.url, headers=bearing(made["key"])) as holder:
        assert (await holder.get("/registry/services")).status_code == 200
        assert (await gateway.client.delete(f"/gateway/keys/{made['id']}")).json()["state"] == "revoked"
        assert (await holder.get("/registry/services")).status_code == 401
    assert (await gateway.client.get("/gateway/keys")).json()["keys"][0]["state"] == "revoked"


async def test_an_expired_key_is_refused(gateway: Gateway):
    end = datetime.now(UTC) + timedelta(seconds=4)
    made = await new_key(gateway, expires_at=end.isoformat())
    async with httpx.AsyncClient(base_url=gateway.url, headers=bearing(made["key"])) as holder:
        assert (await holder.get("/registry/services")).status_code == 200
        await asyncio.sleep(max(0.0, (end - datetime.now(UTC)).total_seconds()) + 0.1)
        assert "expired" in (await holder.get("/registry/services")).json()["detail"]


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ({"name": ""}, 422),
        ({"rate": "fast"}, 400),
        ({"expires_at": "2020-01-01T00:00:00Z"}, 400),
        ({"expires_at": "2099-01-01T00:00:00"}, 400),
        ({"services": ["No Such"]}, 422),
        ({"budget": 3}, 422),
    ],
)
async def test_a_key_that_makes_no_sense_is_refused(gateway: Gateway, wanted: dict[str, object], status: int):
    answer = await gateway.client.post("/gateway/keys", json={"name": "x"} | wanted)
    assert answer.status_code == status, answer.text


async def test_a_key_reaches_only_its_services(gateway: Gateway):
    await gateway.instance("shop", answering(plain(b"shop")))
    await gateway.instance("bank", answering(plain(b"bank")))
    made = await new_key(gateway, services=["shop"])
    headers = bearing(made["key"])
    assert (await gateway.client.get("/shop", headers=headers)).text == "shop"
    for path in ("/bank", "/registry/services", "/gateway/keys", "/%67ateway/keys"):
        refused = await gateway.client.get(path, headers=headers)
        assert refused.status_code == 403, path
        assert "can access shop" in refused.json()["detail"]


async def test_only_a_key_without_restriction_makes_keys(gateway: Gateway):
    operator = await new_key(gateway, services=["gateway"])
    headers = bearing(operator["key"])
    assert (await gateway.client.get("/registry/services", headers=headers)).status_code == 200
    assert (await gateway.client.post("/gateway/keys", json={"name": "mine"}, headers=headers)).status_code == 403


async def test_a_key_has_its_own_rate(gateway: Gateway):
    await gateway.instance("shop", answering(plain(b"ok")))
    made = await new_key(gateway, rate="1/m burst 3")
    seen = [(await gateway.client.get("/shop", headers=bearing(made["key"]))).status_code for _ in range(4)]
    assert seen == [200, 200, 200, 429]
    assert (await gateway.client.get("/shop")).status_code == 200


class TestServices:
    @pytest.fixture
    def gateway_toml(self) -> str:
        return "rate_limits = ['/shop 1/s burst 1']\n"

    async def test_the_stacks_own_services_are_not_limited_and_clients_wait_as_told(self, gateway: Gateway):
        await gateway.instance("shop", answering(plain(b"{}")))
        secret = (gateway.folder / "secrets" / "stack.key").read_text().strip()
        headers = bearing(service_key(secret, "rag"))
        assert [(await gateway.client.get("/shop", headers=headers)).status_code for _ in range(5)] == [200] * 5
        begun = time.monotonic()
        async with GatewayClient(gateway.url, gateway.admin) as client:
            assert [await client.call("GET", "/shop") for _ in range(2)] == [{}, {}]
        assert time.monotonic() - begun > 0.5


async def test_guessing_keys_is_slowed_down_but_right_keys_still_pass(gateway: Gateway):
    seen = [
        (await gateway.client.get("/registry/services", headers=bearing(f"ask_{n}"))).status_code for n in range(25)
    ]
    assert seen[:20] == [401] * 20
    assert set(seen[20:]) == {429}
    assert (await gateway.client.get("/registry/services")).status_code == 200


@pytest.mark.parametrize(
    "key", ["ask_" + "x" * 43, "", "a" * 9000, "a.b.c", "..", "\xff\xfe", "ask_abc, ask_def", "Bearer", "null"]
)
async def test_a_key_that_is_none_is_refused(gateway: Gateway, key: str):
    answer = await gateway.raw(
        b"GET /registry/services HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer "
        + key.encode("latin-1")
        + b"\r\n\r\n"
    )
    assert answer.startswith(b"HTTP/1.1 401 ")


async def test_two_keys_in_one_request_are_refused(gateway: Gateway):
    answer = await gateway.client.get("/registry/services", headers={"x-api-key": "other"})
    assert answer.status_code == 400


async def test_administrators_leave_a_trace(gateway: Gateway):
    made = await new_key(gateway, name="shop", services=["rag"])
    await gateway.client.delete(f"/gateway/keys/{made['id']}")
    entries = (await gateway.client.get("/gateway/audit")).json()
    assert [(one["action"], one["subject"]) for one in entries] == [
        ("key.revoked", made["id"]),
        ("key.created", made["id"]),
    ]
    assert entries[1]["detail"] == "shop: rag"
    assert entries[0]["actor"] == "key:admin (administrator)"
    assert entries[0]["address"] == "127.0.0.1"
    assert (await gateway.client.get("/gateway/audit", params={"before": entries[0]["id"]})).json() == entries[1:]


class TestTowardsServices:
    async def test_a_service_is_told_who_asks_and_never_sees_the_key(self, gateway: Gateway):
        await gateway.instance("echo", echo)
        made = await new_key(gateway, name="shop", services=["echo"])
        who = await told_to(gateway, bearing(made["key"]))
        assert who == Principal(f"key:{made['id']}", "key", "shop", ("echo",))
        head = (await gateway.client.get("/echo", headers=bearing(made["key"]))).text
        assert made["key"] not in head

    async def test_what_a_client_says_of_itself_is_not_passed_on(self, gateway: Gateway):
        await gateway.instance("echo", echo)
        forged = sign(Principal("key:admin", "key"), "another secret", time.time() + 100, "echo")
        head = (await gateway.client.get("/echo", headers={PRINCIPAL_HEADER: forged})).text
        assert head.lower().count(PRINCIPAL_HEADER) == 1
        assert forged not in head

    async def test_each_service_is_sent_a_principal_of_its_own(self, gateway: Gateway):
        await gateway.instance("echo", echo)
        await gateway.instance("shop", echo)
        headers = bearing((await new_key(gateway, services=["echo", "shop"]))["key"])
        secret = (gateway.folder / "secrets" / "stack.key").read_text().strip()
        async with httpx.AsyncClient(base_url=gateway.url, headers=headers) as holder:
            for _ in range(2):  # by one connection, in turn
                for service, other in (("echo", "shop"), ("shop", "echo")):
                    lines = (await holder.get(f"/{service}")).text.splitlines()
                    found = next(line for line in lines if line.lower().startswith(PRINCIPAL_HEADER))
                    token = found.partition(": ")[2]
                    assert verify(token, secret, time.time(), service).services == ("echo", "shop")
                    with pytest.raises(Forged):
                        verify(token, secret, time.time(), other)


class TestTokens:
    """JWTs (RFC 7519)."""

    @pytest.fixture(scope="class")
    def issuer(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(65537, 2048)

    @pytest.fixture
    def gateway_toml(self, tmp_path, issuer: rsa.RSAPrivateKey) -> str:
        pem = issuer.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (tmp_path / "issuer.pem").write_bytes(pem)
        return (
            f"jwt_secret = '{SECRET}'\njwt_audience = 'ai-stack'\njwt_issuer = 'https://id.example'\n"
            f"jwt_public_key_file = '{tmp_path}/issuer.pem'\n"
        )

    def claims(self, **change: object) -> dict[str, object]:
        claims = {"sub": "ann", "aud": "ai-stack", "iss": "https://id.example", "exp": time.time() + 300} | change
        return {name: value for name, value in claims.items() if value is not None}

    async def test_a_token_of_the_issuer_is_let_in_as_its_subject(self, gateway: Gateway, issuer: rsa.RSAPrivateKey):
        await gateway.instance("echo", echo)
        for key, algorithm in ((SECRET, "HS256"), (issuer, "RS256")):
            token = jwt.encode(self.claims(services=["echo"]), key, algorithm)
            assert (await told_to(gateway, bearing(token))) == Principal("jwt:ann", "jwt", "ann", ("echo",))

    async def test_without_a_claim_it_reaches_everything_but_the_administration(self, gateway: Gateway):
        token = jwt.encode(self.claims(), SECRET, "HS256")
        assert (await gateway.client.get("/v1/rag/x", headers=bearing(token))).status_code != 401
        assert (await gateway.client.get("/gateway/keys", headers=bearing(token))).status_code == 403

    async def test_a_star_reaches_everything(self, gateway: Gateway):
        token = jwt.encode(self.claims(services="*"), SECRET, "HS256")
        assert (await gateway.client.get("/gateway/keys", headers=bearing(token))).status_code == 200

    @pytest.mark.parametrize(
        "change",
        [
            {"exp": 1},
            {"exp": None},
            {"sub": None},
            {"sub": "a" * 201},
            {"sub": "a\0b"},
            {"sub": "a\u202eb"},
            {"sub": "\ud800"},
            {"aud": "other"},
            {"aud": None},
            {"iss": "https://evil.example"},
            {"nbf": 4_102_444_800},
            {"services": 7},
            {"services": [{"a": 1}]},
        ],
    )
    async def test_a_token_that_does_not_hold_is_refused(self, gateway: Gateway, change: dict[str, object]):
        token = jwt.encode(self.claims(**change), SECRET, "HS256")
        assert (await gateway.client.get("/registry/services", headers=bearing(token))).status_code == 401

    async def test_a_clock_that_is_a_little_off_is_forgiven(self, gateway: Gateway):
        token = jwt.encode(self.claims(nbf=time.time() + 10), SECRET, "HS256")
        assert (await gateway.client.get("/echo", headers=bearing(token))).status_code != 401

    async def test_no_signature_or_a_confused_one_is_refused(self, gateway: Gateway, tmp_path):
        pem = (tmp_path / "issuer.pem").read_bytes()
        unsigned = jwt.encode(self.claims(services="*"), None, "none")
        header, body, _ = jwt.encode(self.claims(services="*"), SECRET, "HS256").split(".")
        confused = f"{header}.{body}." + jwt.api_jws.PyJWS().encode(b"x", pem[27:60], "HS256").split(".")[2]
        for token in (unsigned, confused, unsigned + "x", f"{header}.{body}.", "e30.e30.e30"):
            answer = await gateway.client.get("/registry/services", headers=bearing(token))
            assert answer.status_code == 401, token


class TestIssuerKeys:
    """Keys that an issuer publishes, and changes."""

    @pytest.fixture
    async def issuer(self) -> AsyncIterator[Issuer]:
        one = Issuer()
        await one.start()
        yield one
        one.server.close()

    @pytest.fixture
    def gateway_toml(self, issuer: Issuer) -> str:
        return f"jwt_jwks_url = 'http://127.0.0.1:{issuer.port}/jwks.json'\n"

    async def test_a_token_signed_with_a_published_key_is_taken(self, issuer: Issuer, gateway: Gateway):
        answer = await gateway.client.get("/registry/services", headers=bearing(issuer.token("one")))
        assert answer.status_code == 200
        for wrong in (issuer.token("two"), issuer.token("one", signed_by="two"), "a.b.c"):
            assert (await gateway.client.get("/registry/services", headers=bearing(wrong))).status_code == 401

    async def test_a_document_that_is_no_jwks_changes_nothing(self, issuer: Issuer, gateway: Gateway):
        issuer.document = b"{'nonsense"
        verifier = TokenVerifier(TokenRules())
        for document in (b"{'nonsense", b"[]", b'{"keys": [1]}', b'{"keys": [{"kty": "RSA", "kid": "x"}]}'):
            with pytest.raises(ValueError):
                verifier.set_jwks(document)
        answer = await gateway.client.get("/registry/services", headers=bearing(issuer.token("one")))
        assert answer.status_code == 200
