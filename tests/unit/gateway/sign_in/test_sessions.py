"""Sessions end when they are not used, and at the latest after their time."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import update

from aistack.chassis.errors import NotFound
from aistack.gateway.app import MIGRATIONS
from aistack.gateway.identity.authentication import KnownSession, digest_of
from aistack.gateway.identity.changes import Changes
from aistack.gateway.people.people import People
from aistack.gateway.sign_in import sessions as module
from aistack.gateway.sign_in.sessions import SessionRules, SessionStore, SignedIn
from aistack.gateway.sign_in.tables import Session
from aistack.gateway.sign_in.used_once import use_once
from aistack.gateway.tables import HEAD, VERSION_TABLE
from aistack.stores.records import Records, service_records

HOUR = 3600.0


class Opened:
    """A store of sessions, the account that they are of, and what was published last."""

    def __init__(self, records: Records, idle: float = HOUR, absolute: float = 10 * HOUR) -> None:
        self.records = records
        self.people = People(Changes(records), lambda principals: None)
        self.published: list[KnownSession] = []
        rules = SessionRules(idle, absolute)
        self.store = SessionStore(records, rules, self.people.principal, self._publish)
        self.people.changes.loads += [self.people.load, self.store.load]

    def _publish(self, sessions: list[KnownSession]) -> None:
        self.published = sessions

    async def account(self, name: str = "Ann") -> str:
        return (await self.people.accounts.create(name, f"{name}@example.test", "member")).id


@pytest.fixture
async def records(tmp_path: Path) -> AsyncIterator[Records]:
    async with service_records("", tmp_path, MIGRATIONS, HEAD, VERSION_TABLE) as opened:
        yield opened


async def test_only_a_digest_of_the_cookie_is_kept(records: Records):
    opened = Opened(records)
    user_id = await opened.account()
    token = await opened.store.begin(user_id, SignedIn("password", "203.0.113.1", "Firefox"))
    (known,) = opened.published
    assert known.digest == digest_of(token)
    assert known.who.subject == f"user:{user_id}"
    (row,) = await opened.store.of(user_id)
    assert token not in str(row)


async def test_a_session_that_is_not_used_ends(records: Records):
    opened = Opened(records, idle=1.0)
    user_id = await opened.account()
    await opened.store.begin(user_id, SignedIn("password"))
    async with asyncio.timeout(30):
        while await opened.store.of(user_id):
            await asyncio.sleep(0.1)
    await opened.store.begin(user_id, SignedIn("password"))
    assert len(opened.published) == 1


async def test_a_session_that_is_used_goes_on_until_its_time_is_over(records: Records):
    opened = Opened(records, idle=100.0)
    user_id = await opened.account()
    await opened.store.begin(user_id, SignedIn("password"))
    (row,) = await opened.store.of(user_id)
    earlier = row.last_seen_at.timestamp() - 50
    async with records.write() as connection:
        past = row.last_seen_at.fromtimestamp(earlier, row.last_seen_at.tzinfo)
        await connection.execute(update(Session).values(last_seen_at=past))
    await opened.store.refresh()
    (before,) = opened.published
    await opened.store.used([row.id])
    (after,) = opened.published
    assert after.ends_at > before.ends_at + 40
    async with records.write() as connection:
        await connection.execute(update(Session).values(ends_at=row.created_at))
    await opened.store.used([row.id])
    assert not await opened.store.of(user_id)


async def test_an_account_has_a_limited_number_of_sessions(records: Records, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "PER_ACCOUNT_MAX", 3)
    opened = Opened(records)
    user_id, other = await opened.account(), await opened.account("Bob")
    await opened.store.begin(other, SignedIn("password"))
    tokens = [await opened.store.begin(user_id, SignedIn("password")) for _ in range(5)]
    known = {one.digest for one in opened.published}
    assert {digest_of(token) for token in tokens[-3:]} < known
    assert len(known) == 4


async def test_two_gateways_see_each_other_s_sessions(records: Records):
    here, there = Opened(records), Opened(records)
    user_id = await here.account()
    await there.people.changes.refresh()
    await here.store.begin(user_id, SignedIn("password"))
    await there.store.refresh()
    assert len(there.published) == 1
    (row,) = await there.store.of(user_id)
    await there.store.end(row.id)
    await here.store.refresh()
    assert not here.published
    with pytest.raises(NotFound):
        await here.store.end(row.id)


async def test_a_provider_ends_its_own_sessions_only(records: Records):
    opened = Opened(records)
    user_id = await opened.account()
    for provider, session in (("keycloak", "s1"), ("keycloak", "s2"), ("other", "s1")):
        how = SignedIn("provider", provider=provider, subject="ann", session=session)
        await opened.store.begin(user_id, how)
    assert await opened.store.end_of_provider("keycloak", "", "") == 0
    assert await opened.store.end_of_provider("keycloak", "bob", "s1") == 0
    assert await opened.store.end_of_provider("keycloak", "", "s1") == 1
    assert await opened.store.end_of_provider("keycloak", "ann", "") == 1
    assert len(opened.published) == 1


async def test_what_works_once_works_once_however_many_try(records: Records):
    results = await asyncio.gather(*(use_once(records, "a state", 60) for _ in range(20)))
    assert sum(results) == 1
    assert await use_once(records, "another state", 60)
