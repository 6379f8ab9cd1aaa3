"""What goes wrong between a provider, a browser and an attacker: none of it signs anybody in."""

import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from harness.services.browser import Browser
from harness.services.gateway import Gateway, running_gateway
from harness.services.openid_provider import (
    CLIENT,
    EC_KEY,
    OTHER_KEY,
    SECRET,
    UNKNOWN_KEY,
    Claims,
    OpenIdProvider,
    openid_provider,
    shared_secret_key,
    unsigned,
)
from tests.integration.sign_in.openid import begin, come_back, identity_toml, sign_in_at
from tests.integration.sign_in.people import PASSWORD, email_of, me, member

HOUR = 3600


@pytest.fixture
async def provider() -> AsyncIterator[OpenIdProvider]:
    async with openid_provider() as running:
        yield running


@pytest.fixture
async def other() -> AsyncIterator[OpenIdProvider]:
    async with openid_provider() as running:
        yield running


@pytest.fixture
async def gateway(
    provider: OpenIdProvider, other: OpenIdProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Gateway]:
    monkeypatch.setattr("harness.services.gateway.ENVIRONMENT", {"OPENID_SECRET": SECRET})
    monkeypatch.setattr("aistack.gateway.providers.provider.ANSWER_SECONDS_MAX", 1.0)
    toml = identity_toml(("fake", provider), ("other", other), more="unknown = 'member'\n")
    async with running_gateway(tmp_path, toml, identity=True) as running:
        yield running


async def assert_nobody(browser: Browser, page: httpx.Response, what: str = "") -> None:
    assert page.status_code in (403, 502), (what, page.status_code)
    assert "aistack-session=" not in page.headers.get("set-cookie", "")
    assert not browser.cookie
    assert await me(browser) == ""


def claim(**changes: Any) -> Callable[[OpenIdProvider], None]:
    """A provider whose ID token has other claims; None leaves one out."""

    def change(claims: Claims) -> Claims:
        changed = claims | {name: value() if callable(value) else value for name, value in changes.items()}
        return {name: value for name, value in changed.items() if value is not None}

    def apply(provider: OpenIdProvider) -> None:
        provider.change_claims = change

    return apply


def signature(sign: Callable[[OpenIdProvider, Claims], str]) -> Callable[[OpenIdProvider], None]:
    def apply(provider: OpenIdProvider) -> None:
        provider.sign = lambda claims: sign(provider, claims)

    return apply


def set_to(**attributes: Any) -> Callable[[OpenIdProvider], None]:
    def apply(provider: OpenIdProvider) -> None:
        for name, value in attributes.items():
            setattr(provider, name, value)

    return apply


def now(offset: float) -> Callable[[], int]:
    return lambda: int(time.time() + offset)


def public_pem(provider: OpenIdProvider) -> str:
    return provider.key.as_pem(private=False).decode()


TOKENS = {
    "another issuer": claim(iss="https://evil.test"),
    "the issuer with a slash": claim(iss=lambda: None),
    "another client": claim(aud="another-client"),
    "no audience": claim(aud=None),
    "two clients and no azp": claim(aud=[CLIENT, "another-client"]),
    "issued to another client": claim(aud=[CLIENT, "another-client"], azp="another-client"),
    "an azp of another client": claim(azp="another-client"),
    "another nonce": claim(nonce="another"),
    "no nonce": claim(nonce=None),
    "a nonce that is a list": claim(nonce=["a"]),
    "expired": claim(exp=now(-HOUR)),
    "no end": claim(exp=None),
    "an end that is text": claim(exp="tomorrow"),
    "a clock an hour ahead": claim(iat=now(HOUR), exp=now(HOUR + 300)),
    "a clock an hour behind": claim(iat=now(-HOUR), exp=now(-HOUR + 300)),
    "issued an hour ago, not expired": claim(iat=now(-HOUR), exp=now(HOUR)),
    "not valid yet": claim(nbf=now(HOUR)),
    "no time of issue": claim(iat=None),
    "no subject": claim(sub=None),
    "an empty subject": claim(sub=""),
    "a subject that is a number": claim(sub=1),
    "a subject of 10 kB": claim(sub="a" * 10_000),
    "a subject with a line break": claim(sub="ann\n1"),
    "an address that is not verified": claim(email_verified=False),
    "an address that is not verified, as text": claim(email_verified="false"),
    "an address of which nobody says that it is verified": claim(email_verified=None),
    "an address that is verified by a number": claim(email_verified=2),
    "an address with a right-to-left mark": claim(email="ann\u202e@example.test"),
    "no address": lambda one: (claim(email=None)(one), set_to(user_info={"sub": "ann-1"})(one)),
    "algorithm none": signature(lambda one, claims: unsigned(claims, {"alg": "none"})),
    "algorithm None": signature(lambda one, claims: unsigned(claims, {"alg": "None", "kid": "one"})),
    "no signature": signature(lambda one, claims: unsigned(claims, {"alg": "RS256", "kid": "one"})),
    "the client secret as key": signature(
        lambda one, claims: one.signed(claims, shared_secret_key(SECRET), alg="HS256")
    ),
    "the public key as secret": signature(
        lambda one, claims: one.signed(claims, shared_secret_key(public_pem(one)), alg="HS256")
    ),
    "another key of the same name": signature(lambda one, claims: one.signed(claims, OTHER_KEY)),
    "an unknown key": signature(lambda one, claims: one.signed(claims, UNKNOWN_KEY)),
    "a key of another kind": signature(lambda one, claims: one.signed(claims, EC_KEY, alg="ES256")),
    "its own key in the header": signature(
        lambda one, claims: one.signed(claims, UNKNOWN_KEY, jwk=UNKNOWN_KEY.as_dict(private=False))
    ),
    "an unknown critical header": signature(lambda one, claims: one.signed(claims, crit=["x"], x=1)),
    "a changed payload": signature(
        lambda one, claims: ".".join(
            part if number != 1 else unsigned(claims | {"sub": "bob-1"}, {}).split(".")[1]
            for number, part in enumerate(one.signed(claims).split("."))
        )
    ),
    "not a token": signature(lambda one, claims: "a.b"),
    "a token of 100 kB": signature(lambda one, claims: one.signed(claims | {"more": "a" * 100_000})),
    "no ID token": set_to(token_answer=lambda answer: (200, {"access_token": "a", "token_type": "Bearer"})),
    "a list for an answer": set_to(token_answer=lambda answer: (200, [answer])),
    "an answer that is not JSON": set_to(token_answer=lambda answer: (200, b"<html>")),
    "an answer of 2 MB": set_to(token_answer=lambda answer: (200, b" " * 2_000_000)),
    "a refused code": set_to(token_answer=lambda answer: (400, {"error": "invalid_grant"})),
    "a failing provider": set_to(token_answer=lambda answer: (500, {})),
    "user info about somebody else": lambda one: (
        claim(email=None)(one), set_to(user_info={"sub": "bob-1", "email": "bob@example.test"})(one)
    ),
    "no keys": set_to(published=[]),
    "old keys": set_to(published=[UNKNOWN_KEY]),
}  # fmt: skip
TOKENS["the issuer with a slash"] = signature(lambda one, claims: one.signed(claims | {"iss": one.issuer + "/"}))


async def test_bad_tokens_are_refused(gateway: Gateway, provider: OpenIdProvider, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("aistack.gateway.providers.provider.KEYS_SECONDS", 0.0)
    honest = dict(vars(provider))
    for what, make_hostile in TOKENS.items():
        vars(provider).update(honest, person=dict(honest["person"]))
        make_hostile(provider)
        async with Browser(gateway.url) as browser:
            await assert_nobody(browser, await sign_in_at(browser, provider), what)
    vars(provider).update(honest)
    async with Browser(gateway.url) as browser:
        await sign_in_at(browser, provider)
        assert await me(browser)


CONFIGURATIONS = {
    "another issuer": {"issuer": "https://evil.test"},
    "no authorization endpoint": {"authorization_endpoint": None},
    "an endpoint without TLS": {"token_endpoint": "http://evil.test/token"},
    "an endpoint that is a script": {"authorization_endpoint": "javascript:alert(1)"},
    "keys in a file": {"jwks_uri": "file:///etc/passwd"},
    "user info elsewhere without TLS": {"userinfo_endpoint": "http://169.254.169.254/"},
}


async def test_bad_configurations_are_refused(gateway: Gateway, provider: OpenIdProvider):
    for what, metadata in CONFIGURATIONS.items():
        provider.metadata = metadata
        async with Browser(gateway.url) as browser:
            await assert_nobody(browser, await browser.open("/sign-in/providers/fake?here=1"), what)


async def test_a_slow_provider_is_given_up(gateway: Gateway, provider: OpenIdProvider):
    provider.delay_seconds = 30.0
    async with Browser(gateway.url) as browser:
        page = await browser.open("/sign-in/providers/fake?here=1")
        await assert_nobody(browser, page)
        assert "does not answer right now" in page.text


RESPONSES = {
    "no state": {"state": ""},
    "another state": {"state": "a" * 43},
    "no code": {"code": ""},
    "a made-up code": {"code": "made-up"},
    "no issuer": {"iss": ""},
    "another issuer": {"iss": "https://evil.test"},
    "an error": {"error": "access_denied"},
    "a code of 5 kB": {"code": "a" * 5_000},
}


async def test_bad_responses_are_refused(gateway: Gateway, provider: OpenIdProvider):
    for what, changes in RESPONSES.items():
        async with Browser(gateway.url) as browser:
            address = provider.authorize(await begin(browser), **changes)
            await assert_nobody(browser, await come_back(browser, address), what)


async def test_a_repeated_parameter_is_refused(gateway: Gateway, provider: OpenIdProvider):
    async with Browser(gateway.url) as browser:
        address = provider.authorize(await begin(browser))
        await assert_nobody(browser, await come_back(browser, address + "&code=another"))


async def test_a_response_works_once(gateway: Gateway, provider: OpenIdProvider):
    async with Browser(gateway.url) as browser:
        address = provider.authorize(await begin(browser))
        flows = dict(browser.client.cookies)
        assert (await come_back(browser, address)).status_code == 303
        async with Browser(gateway.url) as thief:  # has the cookies of the sign-in, too
            thief.client.cookies.update(flows)
            asked = len(provider.requests)
            await assert_nobody(thief, await come_back(thief, address))
            assert len(provider.requests) == asked


async def test_a_response_works_only_in_the_browser_that_began(gateway: Gateway, provider: OpenIdProvider):
    """An attacker who is signed in at the provider sends the victim a link that would sign the victim in as him."""
    async with Browser(gateway.url) as attacker, Browser(gateway.url) as victim:
        address = provider.authorize(await begin(attacker))
        await assert_nobody(victim, await come_back(victim, address))
        await begin(victim)
        await assert_nobody(victim, await come_back(victim, address))


async def test_many_attempts_are_refused_and_written_as_one(gateway: Gateway, provider: OpenIdProvider):
    async with Browser(gateway.url) as browser:
        for _ in range(60):
            page = await come_back(browser, "/sign-in/providers/fake/callback?state=x&code=y")
            assert page.status_code == 403
        assert not provider.requests
        statuses = list[int]()
        for _ in range(52):
            address = provider.authorize(await begin(browser), code="made-up")
            statuses.append((await come_back(browser, address)).status_code)
        assert statuses == [403] * 50 + [429] * 2
        asked = sum("/token" in one for one in provider.requests)
        assert asked == 50
    entries = (await gateway.client.get("/gateway/audit")).json()
    refused = [one for one in entries if one["action"] == "sign-in.refused"]
    assert len(refused) < 8
    assert {(one["subject"], one["address"]) for one in refused} == {("provider fake", "127.0.0.1")}


async def test_a_provider_that_is_down_counts_for_nobody(gateway: Gateway, provider: OpenIdProvider):
    user_id = await member(gateway, "Ann")
    async with Browser(gateway.url) as browser:
        provider.token_answer = lambda answer: (503, answer)
        for _ in range(55):
            assert (await sign_in_at(browser, provider)).status_code == 502
        await browser.sign_in(email_of("Ann"), PASSWORD)
        assert await me(browser) == f"user:{user_id}"


async def test_a_changed_cookie_is_refused(gateway: Gateway, provider: OpenIdProvider):
    async with Browser(gateway.url) as browser:
        address = provider.authorize(await begin(browser))
        for cookie in list(browser.client.cookies.jar):
            browser.client.cookies.set(cookie.name, (cookie.value or "")[:-6] + "AAAAAA", path="/sign-in")
        browser.client.cookies.jar._cookies.pop("127.0.0.1", None)
        await assert_nobody(browser, await come_back(browser, address))


async def test_providers_are_not_mixed_up(gateway: Gateway, provider: OpenIdProvider, other: OpenIdProvider):
    """RFC 9207: the response of one provider is not accepted at the other's address, nor its code sent there."""
    async with Browser(gateway.url) as browser:
        asked = len(other.requests)
        address = provider.authorize(await begin(browser))
        moved = address.replace("/providers/fake/", "/providers/other/")
        await assert_nobody(browser, await come_back(browser, moved))
        moved = other.authorize(await begin(browser, "fake"), iss=other.issuer)
        await assert_nobody(browser, await come_back(browser, moved))
        assert not [one for one in other.requests[asked:] if "token" in one]


async def test_the_same_subject_at_two_providers_is_two_people(
    gateway: Gateway, provider: OpenIdProvider, other: OpenIdProvider
):
    async with Browser(gateway.url) as browser, Browser(gateway.url) as second:
        await sign_in_at(browser, provider)
        other.person["email"] = "other@example.test"
        await sign_in_at(second, other, "other")
        assert await me(browser)
        assert await me(second)
        assert await me(browser) != await me(second)


async def test_nobody_gets_an_account_by_its_address_or_one_that_looks_like_it(
    gateway: Gateway, provider: OpenIdProvider
):
    await member(gateway, "Ann", role="admin")
    for email in ("ann@example.test", "ANN@Example.TEST", "аnn@example.test", "ａnn@example.test"):
        provider.person |= {"sub": f"mallory {email}", "email": email}
        async with Browser(gateway.url) as browser:
            await assert_nobody(browser, await sign_in_at(browser, provider), email)


async def test_nobody_is_sent_to_another_site_afterwards(gateway: Gateway, provider: OpenIdProvider):
    async with Browser(gateway.url) as browser:
        for to in ("//evil.test", "https://evil.test", "/\\evil.test", "/sign-in/providers/fake", "javascript:a"):
            page = await sign_in_at(browser, provider, to=to)
            assert page.headers["location"] == "/"


async def test_the_way_to_the_provider_says_nothing_that_helps_others(gateway: Gateway, provider: OpenIdProvider):
    async with Browser(gateway.url) as browser:
        first, second = await begin(browser), await begin(browser)
        asked = [parse_qs(urlsplit(one).query) for one in (first, second)]
        for name in ("state", "nonce", "code_challenge"):
            assert len(asked[0][name][0]) >= 43
            assert asked[0][name] != asked[1][name]
        assert asked[0]["redirect_uri"] == [f"{gateway.url}/sign-in/providers/fake/callback"]
        assert SECRET not in first


async def test_a_provider_that_is_not_configured_does_not_exist(gateway: Gateway):
    async with Browser(gateway.url) as browser:
        for path in ("/sign-in/providers/evil", "/sign-in/providers/evil/callback?code=a&state=b"):
            assert (await browser.open(path)).status_code == 404


LOGOUTS = {
    "another issuer": {"iss": "https://evil.test"},
    "another client": {"aud": "another-client"},
    "no event": {"events": {}},
    "an event that is text": {"events": "http://schemas.openid.net/event/backchannel-logout"},
    "a nonce, so an ID token": {"nonce": "a"},
    "no jti": {"jti": None},
    "nobody": {"sub": None},
    "an hour old": {"iat": int(time.time()) - HOUR, "exp": int(time.time()) - HOUR + 120},
    "an hour ahead": {"iat": int(time.time()) + HOUR},
    "no time": {"iat": None},
}


async def test_a_bad_logout_token_ends_nothing(gateway: Gateway, provider: OpenIdProvider):
    async with Browser(gateway.url) as browser:
        await sign_in_at(browser, provider)
        for what, changes in LOGOUTS.items():
            assert (what, await logout(gateway, provider.logout_token(**changes))) == (what, 400)
        assert await me(browser)


async def test_a_logout_token_works_once_and_for_its_provider_only(gateway: Gateway, provider: OpenIdProvider):
    token = provider.logout_token()
    async with Browser(gateway.url) as browser:
        await sign_in_at(browser, provider)
        assert await logout(gateway, token, "other") == 400
        assert await logout(gateway, "a.b.c") == 400
        assert await me(browser)
        assert await logout(gateway, token) == 200
        assert await me(browser) == ""
        await sign_in_at(browser, provider)
        assert await logout(gateway, token) == 400
        assert await me(browser)


async def logout(gateway: Gateway, token: str, name: str = "fake") -> int:
    async with httpx.AsyncClient(base_url=gateway.url, timeout=60) as client:
        return (await client.post(f"/sign-in/providers/{name}/logout", data={"logout_token": token})).status_code


async def test_the_client_secret_and_the_codes_are_in_no_log(
    gateway: Gateway, provider: OpenIdProvider, capfd: pytest.CaptureFixture[str]
):
    async with Browser(gateway.url) as browser:
        address = provider.authorize(await begin(browser))
        await come_back(browser, address)
        provider.change_claims = lambda claims: claims | {"nonce": "x"}
        await sign_in_at(browser, provider)
    seen = str((await gateway.client.get("/gateway/audit")).json()) + "".join(capfd.readouterr())
    code = parse_qs(urlsplit(address).query)["code"][0]
    assert SECRET not in seen
    assert code not in seen
    assert "the token belongs to another sign-in" in seen
    assert email_of("Ann") not in seen
