"""Signing in with an OpenID Connect provider that keeps to the rules."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from aistack.gateway.providers.claims import display_name
from harness.services.browser import Browser
from harness.services.gateway import Gateway, running_gateway
from harness.services.openid_provider import SECRET, OpenIdProvider, openid_provider
from tests.integration.sign_in.openid import begin, come_back, identity_toml, sign_in_at
from tests.integration.sign_in.people import me, member

RULES = """
unknown = 'guest'
link_by_email = true
groups_claim = 'teams'
rules = [
  { claim = 'groups', value = 'ai-admins', role = 'admin' },
  { claim = 'groups', value = 'staff', role = 'member' },
  { claim = 'department', value = 'sales', group = 'Sales' },
]
"""


@pytest.fixture
async def provider() -> AsyncIterator[OpenIdProvider]:
    async with openid_provider() as running:
        yield running


@pytest.fixture
async def gateway(provider: OpenIdProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Gateway]:
    monkeypatch.setattr("harness.services.gateway.ENVIRONMENT", {"OPENID_SECRET": SECRET})
    async with running_gateway(tmp_path, identity_toml(("fake", provider), more=RULES), identity=True) as running:
        yield running


async def roles_and_groups(browser: Browser) -> tuple[str, set[str]]:
    mine = (await browser.client.get("/gateway/me")).json()
    return mine["role"], set(mine["groups"].values())


async def test_somebody_unknown_becomes_a_guest_and_comes_back(gateway: Gateway, provider: OpenIdProvider):
    async with Browser(gateway.url) as browser:
        assert "Continue with Fake" in (await browser.open("/sign-in?next=/documents")).text
        page = await sign_in_at(browser, provider, to="/documents")
        assert page.status_code == 303
        assert page.headers["location"] == "/documents"
        assert (await roles_and_groups(browser)) == ("guest", set())
        first = await me(browser)
        await sign_in_at(browser, provider)
        assert await me(browser) == first


async def test_roles_and_groups_follow_the_claims_at_every_sign_in(gateway: Gateway, provider: OpenIdProvider):
    provider.person |= {"groups": ["staff", "ai-admins"], "teams": ["Blue", "Red"], "department": "sales"}
    async with Browser(gateway.url) as browser:
        await sign_in_at(browser, provider)
        assert await roles_and_groups(browser) == ("admin", {"Blue", "Red", "Sales"})
        provider.person |= {"groups": ["staff"], "teams": ["Red"], "department": "law"}
        await sign_in_at(browser, provider)
        assert await roles_and_groups(browser) == ("member", {"Red"})
        provider.person |= {"groups": [], "teams": []}
        await sign_in_at(browser, provider)
        assert await roles_and_groups(browser) == ("guest", set())


async def test_groups_that_an_administrator_gave_stay(gateway: Gateway, provider: OpenIdProvider):
    provider.person |= {"teams": ["Blue"]}
    async with Browser(gateway.url) as browser:
        await sign_in_at(browser, provider)
        group = (await gateway.client.post("/gateway/groups", json={"name": "Board"})).json()
        subject = await me(browser)
        put = await gateway.client.put(f"/gateway/groups/{group['id']}/members/{subject}")
        assert put.status_code < 300, put.text
        provider.person |= {"teams": []}
        await sign_in_at(browser, provider)
        assert await roles_and_groups(browser) == ("guest", {"Board"})


async def test_a_claim_joins_only_groups_of_its_provider(gateway: Gateway, provider: OpenIdProvider):
    """Who names groups at the provider must not get what is shared with a group of the same name here."""
    board = (await gateway.client.post("/gateway/groups", json={"name": "Board"})).json()
    provider.person |= {"teams": ["Board", "Ops"]}
    async with Browser(gateway.url) as ann, Browser(gateway.url) as bob:
        await sign_in_at(ann, provider)
        assert await roles_and_groups(ann) == ("guest", {"Board (Fake)", "Ops"})
        provider.person |= {"sub": "bob-1", "email": "bob@example.test", "teams": ["BOARD", "ops", "Bоard"]}
        await sign_in_at(bob, provider)
        assert await roles_and_groups(bob) == ("guest", {"Board (Fake)", "Ops"})
    assert (await gateway.client.get(f"/gateway/groups/{board['id']}")).json()["direct"] == []
    entries = (await gateway.client.get("/gateway/audit")).json()
    assert [one["detail"] for one in entries if one["action"] == "sign-in.groups-ignored"] == [
        "1 groups of fake: Bоard"
    ]


async def test_many_come_at_once_on_the_first_morning(gateway: Gateway, provider: OpenIdProvider):
    """Also somebody in four tabs, who gets one account."""
    async with AsyncExitStack() as held:
        browsers = [await held.enter_async_context(Browser(gateway.url)) for _ in range(7)]
        coming: list[str] = []
        for number, browser in enumerate(browsers):
            name = f"person {min(number, 3)}"
            provider.person |= {"sub": name, "email": f"{name[-1]}@example.test", "teams": ["Fresh team"]}
            provider.person |= {"groups": ["staff"], "department": "none"}  # so that nobody asks for user info
            back = provider.authorize(await begin(browser))
            code = back.partition("code=")[2].partition("&")[0]
            provider.codes[code]["person"] = provider.person.copy()
            coming.append(back)
        pages = await asyncio.gather(*map(come_back, browsers, coming))
        assert [page.status_code for page in pages] == [303] * 7
        assert {(await roles_and_groups(browser))[1] == {"Fresh team"} for browser in browsers} == {True}
    assert len((await gateway.client.get("/gateway/users")).json()["users"]) == 4


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("א\u200fב", "א ב"), ("Ann\nLee", "Ann Lee"), ("x" * 10_000, "x" * 128), ({"a": 1}, "ann"), (["x"], "ann"),
        (None, "ann"), ("\u202e", "ann"), (" ", "ann"), ("李 明", "李 明"),
    ],
)  # fmt: skip
def test_a_name_of_the_provider_keeps_nobody_out(name: object, shown: str):
    assert display_name(name, "ann@example.test") == shown


async def test_somebody_in_600_groups_is_in_500_of_them_always_the_same(gateway: Gateway, provider: OpenIdProvider):
    teams = [f"team {number:03}" for number in range(600)]
    async with Browser(gateway.url) as browser:
        for order in (teams, teams[::-1]):
            provider.person |= {"teams": order}
            await sign_in_at(browser, provider)
            _, groups = await roles_and_groups(browser)
            assert len(groups) == 500
        provider.person |= {"teams": teams[:2]}
        await sign_in_at(browser, provider)
        assert await roles_and_groups(browser) == ("guest", {"team 000", "team 001"})
    actions = [one["action"] for one in (await gateway.client.get("/gateway/audit")).json()]
    assert actions.count("sign-in.groups-ignored") == 2


async def test_nobody_takes_an_address_that_is_not_verified(gateway: Gateway, provider: OpenIdProvider):
    """Otherwise the account would wait for the address's owner, and belong to both."""
    provider.person |= {"sub": "mallory-1", "email": "ceo@example.test", "email_verified": None}
    async with Browser(gateway.url) as mallory, Browser(gateway.url) as ceo:
        page = await sign_in_at(mallory, provider)
        assert page.status_code == 403
        assert "has not verified your e-mail address" in page.text
        assert await me(mallory) == ""
        provider.person |= {"sub": "ceo-1", "email_verified": True}
        await sign_in_at(ceo, provider)
        assert await me(ceo)
    assert [one["email"] for one in (await gateway.client.get("/gateway/users")).json()["users"]] == [
        "ceo@example.test"
    ]


async def test_an_invited_person_gets_the_account_of_the_verified_address(gateway: Gateway, provider: OpenIdProvider):
    user_id = await member(gateway, "Ann")
    async with Browser(gateway.url) as browser:
        await sign_in_at(browser, provider)
        assert await me(browser) == f"user:{user_id}"


async def test_what_the_id_token_leaves_out_comes_from_the_user_info(gateway: Gateway, provider: OpenIdProvider):
    provider.user_info = provider.person | {"groups": ["ai-admins"]}
    provider.person = {"sub": "ann-1"}
    async with Browser(gateway.url) as browser:
        await sign_in_at(browser, provider)
        assert (await roles_and_groups(browser))[0] == "admin"


async def test_the_provider_may_change_its_keys(
    gateway: Gateway, provider: OpenIdProvider, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("aistack.gateway.providers.provider.REFETCH_SECONDS_MIN", 0.0)
    async with Browser(gateway.url) as browser:
        assert (await sign_in_at(browser, provider)).status_code == 303
        provider.key = type(provider.key).generate_key(2048, {"kid": "two", "use": "sig"}, private=True)
        provider.published = [provider.key]
        assert (await sign_in_at(browser, provider)).status_code == 303


async def test_two_tabs_sign_two_people_in_without_mixing_them_up(gateway: Gateway, provider: OpenIdProvider):
    async with Browser(gateway.url) as browser:
        first, second = await begin(browser), await begin(browser)
        back_first = provider.authorize(first)
        await come_back(browser, back_first)
        ann = await me(browser)
        provider.person = {"sub": "bob-1", "email": "bob@example.test", "email_verified": True, "name": "Bob"}
        await come_back(browser, provider.authorize(second))
        bob = await me(browser)
        assert ann
        assert bob
        assert ann != bob


async def test_the_provider_ends_sessions(gateway: Gateway, provider: OpenIdProvider):
    async with Browser(gateway.url) as browser:
        await sign_in_at(browser, provider)
        assert await me(browser)
        answer = await browser.client.post(
            "/sign-in/providers/fake/logout", data={"logout_token": provider.logout_token()}, headers={"cookie": ""}
        )
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        assert await me(browser) == ""


async def test_a_disabled_person_stays_out(gateway: Gateway, provider: OpenIdProvider):
    async with Browser(gateway.url) as browser:
        await sign_in_at(browser, provider)
        user_id = (await me(browser)).removeprefix("user:")
        await gateway.client.patch(f"/gateway/users/{user_id}", json={"status": "disabled"})
        page = await sign_in_at(browser, provider)
        assert page.status_code == 403
        assert "Your account is disabled." in page.text


async def test_passwords_go_on_while_the_provider_is_away(gateway: Gateway, provider: OpenIdProvider):
    from tests.integration.sign_in.people import PASSWORD, email_of

    user_id = await member(gateway, "Ann")
    provider.metadata = {"issuer": "http://other"}
    async with Browser(gateway.url) as browser:
        page = await browser.open("/sign-in/providers/fake?here=1")
        assert page.status_code == 502
        assert "Fake does not answer right now." in page.text
        await browser.sign_in(email_of("Ann"), PASSWORD)
        assert await me(browser) == f"user:{user_id}"


async def test_administrators_see_the_ways_to_sign_in(gateway: Gateway, provider: OpenIdProvider):
    async with Browser(gateway.url) as browser:
        await sign_in_at(browser, provider)
        assert (await browser.client.get("/gateway/providers")).status_code == 403
    headers = {"authorization": f"Bearer {gateway.admin}"}
    shown = (await gateway.client.get("/gateway/providers", headers=headers)).json()
    assert shown == {
        "passwords": True, "passkeys": False,
        "providers": [
            {"name": "fake", "title": "Fake", "kind": "openid-connect", "issuer": provider.issuer, "unknown": "guest",
             "linked": 1},
        ],
    }  # fmt: skip
