"""What vouches for a principal: for one service, for a short time, and by whom."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aistack.chassis.identity import (
    ON_BEHALF_HEADER,
    PRINCIPAL_HEADER,
    Forged,
    Principal,
    PrincipalGuard,
    on_behalf,
    principal,
    sign,
    through,
    verify,
)
from aistack.stack.secrets import service_key, verification_key

SECRET = "the-secret-of-a-stack-0123456789-abcdef"
ADA = Principal("key:ada", "key", "ada", ("rag", "ai"))
AI = Principal("service:ai", "service", "ai")


def later() -> float:
    return time.time() + 60


def test_a_principal_is_read_by_the_service_that_it_is_for():
    assert verify(sign(ADA, SECRET, later(), "rag"), SECRET, time.time(), "rag") == ADA
    everyone = Principal("key:admin", "key")
    assert verify(sign(everyone, SECRET, later(), "rag"), SECRET, time.time(), "rag").services is None
    nobody = Principal("key:none", "key", services=())
    assert verify(sign(nobody, SECRET, later(), "rag"), SECRET, time.time(), "rag").services == ()


def test_a_principal_is_of_no_use_at_another_service():
    with pytest.raises(Forged, match="not signed by this stack's gateway for query"):
        verify(sign(ADA, SECRET, later(), "rag"), SECRET, time.time(), "query")


def test_who_has_the_key_of_one_service_cannot_make_a_principal_for_another():
    held = verification_key(SECRET, "hello")
    assert (
        len({held, verification_key(SECRET, "rag"), verification_key(SECRET, "hell"), service_key(SECRET, "rag")}) == 4
    )
    for audience in ("rag", "hello"):
        with pytest.raises(Forged):
            verify(sign(ADA, held, later(), audience), SECRET, time.time(), "rag")
    assert verification_key(held, "rag") != verification_key(SECRET, "rag")


def test_a_key_that_names_many_services_is_vouched_for_too():
    many = Principal("key:many", "key", "n" * 60, tuple(f"{'service' * 8}-{number}" for number in range(64)))
    assert verify(sign(many, SECRET, later(), "rag"), SECRET, time.time(), "rag") == many


@given(st.data())
def test_a_token_with_any_byte_changed_does_not_hold(data: st.DataObject):
    token = sign(ADA, SECRET, later(), "rag")
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters(max_codepoint=255).filter(lambda char: char != token[at]))
    for changed in (token[:at] + other + token[at + 1 :], token[:at], token + other, other + token):
        with pytest.raises(Forged):
            verify(changed, SECRET, time.time(), "rag")


@given(st.text(max_size=200))
def test_what_is_no_token_does_not_hold(text: str):
    for token in (text, f"v2.{text}", f"v2.{text}.{text}", f"v2.{text}." + "0" * 64):
        with pytest.raises(Forged):
            verify(token, SECRET, time.time(), "rag")


async def asked(*headers: tuple[str, str], kind: str = "http", path: str = "/v1/rag/search") -> tuple[int, object, str]:
    """The status that service `rag` answers with, what it says or who it saw, and through which service."""
    sent: list[dict] = []
    seen: list[tuple[Principal, str]] = []

    async def app(scope, receive, send) -> None:
        seen.append((principal.get(), through.get()))

    async def send(message) -> None:
        sent.append(message)

    scope = {
        "type": kind,
        "path": path,
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
    }
    await PrincipalGuard(app, SECRET, "rag")(scope, None, send)
    if seen:
        return 200, *seen[0]
    return sent[0]["status"], json.loads(sent[1]["body"])["detail"], ""


def own(who: Principal, audience: str = "rag", seconds: float = 60, by: str = "") -> tuple[str, str]:
    return PRINCIPAL_HEADER, sign(who, SECRET, time.time() + seconds, audience, by)


def behalf(who: Principal, by: str = "ai", audience: str = "rag") -> tuple[str, str]:
    return next(iter(on_behalf(who, SECRET, by, audience).items()))


async def test_a_service_lets_in_who_may_reach_it():
    assert await asked(own(ADA)) == (200, ADA, "")
    assert await asked(own(ADA), kind="websocket") == (200, ADA, "")


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (own(ADA, "query"),),
        (own(ADA, "gateway"),),
        (own(ADA, seconds=-1),),
        (own(ADA), own(ADA)),
        (own(ADA, by="ai"),),  # a token to ask for somebody, in the place of one's own
        ((PRINCIPAL_HEADER, "v1" + own(ADA)[1][2:]),),
        ((PRINCIPAL_HEADER, "ü.ü.ü"),),
        ((PRINCIPAL_HEADER, ""),),
    ],
    ids=["none", "for query", "for the gateway", "old", "two", "on behalf", "version", "bytes", "empty"],
)
async def test_a_service_refuses_what_does_not_vouch_for_anybody_here(headers: tuple[tuple[str, str], ...]):
    status, detail, _ = await asked(*headers)
    assert status == 401 and "call this service through the gateway" in str(detail)
    assert (await asked(*headers, kind="websocket"))[0] == 401
    assert (await asked(*headers, path="/health/ready"))[0] == 200


async def test_a_service_refuses_who_may_reach_others_only():
    for reach in (("query",), (), ("rag2", "ra", "RAG")):
        status, detail, _ = await asked(own(Principal("key:bob", "key", "bob", reach)))
        assert status == 403 and "not rag" in str(detail), reach


async def test_a_service_asks_for_somebody_who_may_reach_the_service_that_asks():
    narrow = Principal("key:ada", "key", "ada", ("ai",))
    assert await asked(own(AI), behalf(narrow)) == (200, narrow, "ai")
    assert await asked(own(AI)) == (200, AI, "")
    status, detail, _ = await asked(own(AI), behalf(Principal("key:bob", "key", "bob", ("rag",))))
    assert status == 403 and "not ai" in str(detail)


@pytest.mark.parametrize(
    ("who", "header"),
    [
        (AI, behalf(ADA, audience="query")),
        (AI, behalf(ADA, by="query")),
        (AI, (ON_BEHALF_HEADER, own(ADA)[1])),  # somebody's own principal, in the place of one made to ask for them
        (AI, (ON_BEHALF_HEADER, "")),
        (Principal("service:query", "service", "query"), behalf(ADA)),
    ],
    ids=["for query", "by query", "own", "empty", "of another"],
)
async def test_what_was_not_made_by_this_service_for_that_one_names_nobody(who: Principal, header: tuple[str, str]):
    assert (await asked(own(who), header))[0] == 401


async def test_only_services_of_the_stack_ask_for_others():
    assert await asked(own(ADA), behalf(Principal("key:admin", "key"), by="ada")) == (200, ADA, "")


@pytest.mark.parametrize(
    ("who", "is_meant"),
    [
        (Principal("key:1", "key", "shop"), True),
        (Principal("key:2", "key", "key:9"), False),
        (Principal("jwt:ann", "jwt", "shop"), False),
        (Principal("jwt:ann", "jwt", "key:9"), False),
        (Principal("jwt:shop", "jwt", "*"), False),
        (Principal("service:shop", "service", "shop"), False),
        (Principal("key:9", "key", "other"), True),
    ],
)
def test_a_list_means_ids_and_the_names_of_keys_and_no_name_that_people_choose(who: Principal, is_meant: bool):
    assert who.is_among(["shop", "key:9"]) is is_meant


PEOPLE = [
    Principal("key:1", "key", "ada's", ("rag",), "user:aaaaaaaaaaaa", ("group:111111111111",), "guest", True),
    Principal(
        "user:aaaaaaaaaaaa", "user", "Ada", groups=tuple(f"group:{one:012x}" for one in range(500)), role="admin"
    ),
    Principal("key:2", "key", "", None, "service-account:aaaaaaaaaaaa", things=("collection:1",)),
    Principal("key:3", "key", "", None, "user:aaaaaaaaaaaa", things=()),
]


@pytest.mark.parametrize("who", PEOPLE, ids=lambda who: who.id)
def test_whose_rights_a_caller_has_is_signed_too_and_short(who: Principal):
    header = sign(who, SECRET, later(), "rag")
    assert verify(header, SECRET, time.time(), "rag") == who
    assert len(header) < 10_000


def test_callers_from_before_there_were_people_have_the_owners_rights():
    assert (Principal("key:1", "key").subject, Principal("key:1", "key").role) == ("owner", "owner")
    assert (Principal("key:1", "key", "", ("rag",)).subject, Principal("key:1", "key", "", ("rag",)).role) == (
        "owner",
        "member",
    )
    assert (Principal("jwt:ann", "jwt", "", ("rag",)).subject, Principal("jwt:ann", "jwt").role) == ("jwt:ann", "owner")
    assert Principal("service:ai", "service").subject == ""
    assert sorted(Principal("key:1", "key").claims()) == ["id", "kind", "name", "services"]


@pytest.mark.parametrize(
    ("who", "is_administrator"),
    [
        (Principal("anonymous", "anonymous"), True),
        (Principal("key:1", "key"), True),
        (Principal("key:1", "key", "", ("rag",)), False),
        (Principal("key:1", "key", read_only=True), False),
        (Principal("key:1", "key", things=("collection:1",)), False),
        (Principal("key:1", "key", subject="user:aaaaaaaaaaaa"), False),
        (Principal("user:aaaaaaaaaaaa", "user"), False),
        (Principal("user:aaaaaaaaaaaa", "user", role="admin"), True),
        (Principal("user:aaaaaaaaaaaa", "user", role="owner"), True),
        (Principal("user:aaaaaaaaaaaa", "user", role="guest"), False),
        (Principal("service:ai", "service"), False),
        (Principal("service:ai", "service", role="owner"), False),
    ],
)
def test_administrators_are_owners_and_admins_through_nothing_narrowed(who: Principal, is_administrator: bool):
    assert who.is_administrator is is_administrator


def test_a_list_means_people_and_their_groups_and_everyone_means_no_guests():
    ada = Principal("key:1", "key", "shop", subject="user:aaaaaaaaaaaa", groups=("group:111111111111",))
    assert ada.is_among(["user:aaaaaaaaaaaa"]) and ada.is_among(["group:111111111111"]) and ada.is_among(["*"])
    assert not ada.is_among(["shop", "owner", "group:222222222222"])
    assert not Principal("user:aaaaaaaaaaaa", "user", role="guest").is_among(["*"])
