"""Routes declare who may call them, in OpenAPI too."""

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from aistack.access.access import Thing
from aistack.access.rules import admits, check_level, needed_level, needs, open_to, show_rules, without_rule
from aistack.chassis.app import problem_response
from aistack.chassis.errors import Forbidden, NotFound, Problem
from aistack.chassis.identity import ANONYMOUS, Principal, principal

MEMBER = Principal("user:aaaaaaaaaaaa", "user")
GUEST = Principal("user:bbbbbbbbbbbb", "user", role="guest")
ADMINISTRATOR = Principal("user:cccccccccccc", "user", role="admin")
SERVICE = Principal("service:ai", "service", "ai")


@pytest.mark.parametrize(
    ("audience", "admitted"),
    [
        ("everyone", {"member", "guest", "administrator", "service", "local"}),
        ("members", {"member", "administrator", "local"}),
        ("administrators", {"administrator", "local"}),
        ("services", {"service", "local"}),
    ],
)
def test_an_audience_admits_those_it_names(audience, admitted):
    callers = {
        "member": MEMBER, "guest": GUEST, "administrator": ADMINISTRATOR, "service": SERVICE, "local": ANONYMOUS,
    }  # fmt: skip
    assert {name for name, who in callers.items() if admits(audience, who)} == admitted


def app() -> FastAPI:
    made, router = FastAPI(), APIRouter(prefix="/boxes")

    @router.get("/{box}", dependencies=[needs("box", "edit")])
    async def show(box: str) -> str:
        return needed_level()

    @router.post("", dependencies=[open_to("members")])
    async def create() -> str:
        return "made"

    @router.delete("/{box}")
    async def forgotten(box: str) -> str:
        return needed_level()

    made.include_router(router)
    made.add_exception_handler(Problem, lambda _, error: problem_response(error))
    show_rules(made)
    return made


async def test_rules_are_shown_and_a_route_without_one_is_found():
    document = app().openapi()
    assert document["paths"]["/boxes/{box}"]["get"]["x-access"] == {"kind": "box", "level": "edit"}
    assert document["paths"]["/boxes"]["post"]["x-access"] == {"open": "members"}
    assert without_rule(document) == ["DELETE /boxes/{box}"]


async def test_rules_are_enforced_and_a_route_without_one_fails():
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app()), base_url="http://localhost") as http:
        with pytest.raises(LookupError):
            await http.delete("/boxes/1")
        assert (await http.get("/boxes/1")).json() == "edit"
        narrow = (Principal("key:1", "key", read_only=True), Principal("key:1", "key", things=("box:1",)))
        for who, status in ((MEMBER, 200), (GUEST, 403), *((one, 403) for one in narrow)):
            token = principal.set(who)
            assert (await http.post("/boxes")).status_code == status, who
            principal.reset(token)


async def test_who_may_not_see_a_thing_gets_the_error_of_one_that_does_not_exist():
    await needs("box", "edit").dependency()
    missing, thing = NotFound("there is no box 1"), Thing("box", "1", "owner")
    with pytest.raises(NotFound, match="there is no box 1"):
        check_level(thing, None, missing, "1")
    with pytest.raises(Forbidden, match="you may use box 1, but this needs the right to edit it"):
        check_level(thing, "use", missing, "1")
    check_level(thing, "manage", missing, "1")
