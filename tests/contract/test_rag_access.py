"""Who may do what in the rag service: every route of its OpenAPI document, called by everyone, on their own things and
on another's. What each caller holds is written down here, apart from the code that decides it.
"""

import itertools
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

import pytest
import pytest_asyncio

from aistack.access.levels import LEVELS, Level
from aistack.access.rules import X_ACCESS, without_rule
from aistack.chassis.identity import Principal
from harness.services.rag import Rag, Vouched, rag_service

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADA, TEAM = "user:aaaaaaaaaaaa", "group:111111111111"
REFUSED = "refused"  # at the door: 401, or 403 for a key that may not reach the service
TEXT = "Ada Lovelace was born in London. Charles Babbage met Ada Lovelace in London. The lamp is lit at dusk."


ROOT = Principal("key:1", "key")
NUMBERS = itertools.count()


def person(number: int, **more) -> Principal:
    return Principal(f"user:{number:012x}", "user", **more)


@dataclass(frozen=True)
class Subject:
    """A caller, and what it holds on Ada's collection, on one that is everyone's to use, and on its own."""

    who: Principal | None
    another: Level | str | None
    own: Level | str | None = "manage"
    public: Level | str | None = "use"
    audiences: tuple[str, ...] = ("everyone", "members")
    seconds: float = 60


GUEST, MEMBER, ADMINISTRATOR = ("everyone",), ("everyone", "members"), ("everyone", "members", "administrators")
SUBJECTS = {
    "owner": Subject(Principal(ADA, "user"), "manage", public="manage"),
    "manage": Subject(person(1), "manage"),
    "edit": Subject(person(2), "edit"),
    "use": Subject(person(3), "use"),
    "view": Subject(person(4), "view"),
    "group": Subject(person(5, groups=(TEAM,)), "edit"),
    "everyone": Subject(person(6), None),
    "stranger": Subject(person(7, groups=("group:222222222222",)), None),
    "guest": Subject(person(8, role="guest"), None, public=None, audiences=GUEST),
    "invited guest": Subject(person(9, role="guest"), "use", public=None, audiences=GUEST),
    "administrator": Subject(person(10, role="admin"), None, audiences=ADMINISTRATOR),
    "owner of the stack": Subject(person(11, role="owner"), "manage", public="manage", audiences=ADMINISTRATOR),
    "disabled": Subject(None, REFUSED),
    "expired": Subject(Principal(ADA, "user"), REFUSED, seconds=-1),
    "administrator's key": Subject(Principal("key:1", "key"), "manage", public="manage", audiences=ADMINISTRATOR),
    "key from before": Subject(Principal("key:2", "key", "shop", ("rag",)), None),
    "key for another service": Subject(Principal("key:3", "key", "", ("query",), ADA), REFUSED),
    "key for this service": Subject(Principal("key:7", "key", "", ("rag",), ADA), "manage", public="manage"),
    "reading key": Subject(Principal("key:4", "key", "", None, ADA, read_only=True), "use", "use"),
    "key for one collection": Subject(Principal("key:5", "key", "", None, ADA, things=("X",)), "manage", None, None),
    "key for nothing": Subject(Principal("key:6", "key", "", None, ADA, things=()), None, None, None),
    "service account": Subject(Principal("key:8", "key", subject="service-account:00000000000c"), "view"),
    "bearer of a token": Subject(Principal("jwt:bob", "jwt", "Bob", ("rag",)), "edit"),
    "service": Subject(Principal("service:ai", "service", "ai"), None, None, None, audiences=("everyone", "services")),
}  # fmt: skip
GRANTS = [
    (person(1).subject, "manage"), (person(2).subject, "edit"), (person(3).subject, "use"), (person(4).subject, "view"),
    (person(9).subject, "use"), (TEAM, "edit"), ("service-account:00000000000c", "view"), ("jwt:bob", "edit"),
]  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rag(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rag]:
    async def principal_of(subject: str) -> Principal:
        return Principal(subject, "user")

    async with rag_service(tmp_path_factory.mktemp("rag"), identity=True) as running:
        running.app.state.directory.principal_of = principal_of  # everybody has an account
        yield running


class Shelf:
    """A collection, its grants, and the ids that fill in the paths of routes."""

    def __init__(self, rag: Rag, row, grants: Sequence[tuple[str, Level]] = ()) -> None:
        self.rag, self.id, self.owner, self.grants = rag, row.public_id, row.owner, grants
        self.names: dict[str, object] = {"collection": self.id, "thing": self.id}

    async def fill(self) -> None:
        root = self.rag.of(Principal("key:1", "key"))
        job = await root.upload(("lamp.md", TEXT.encode()), collection=self.id)
        entities = (await root.http.get("/v1/rag/graph/entities", params={"collection": self.id})).json()["entities"]
        source = {"url": f"http://127.0.0.1:1/{self.id}"}
        added = await root.http.post(f"/v1/rag/collections/{self.id}/sources", json=source)
        self.names |= {
            "job_id": job["id"], "document_id": job["items"][0]["document"], "entity_id": entities[0]["id"],
            "source_id": added.json()["id"], "edit_id": "0" * 16, "subject": "user:0000000000ff",
            "other": entities[1]["id"],
        }  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shelves(rag: Rag) -> dict[str, Shelf]:
    """Ada's collection, shared as GRANTS say, and one for each caller."""
    collections = rag.app.state.collections
    owners = {one.who.subject for one in SUBJECTS.values() if one.who is not None and one.who.subject}
    found = {
        owner: Shelf(rag, await collections._insert(f"own-{at}", owner)) for at, owner in enumerate(sorted(owners))
    }
    shared, public = [
        Shelf(rag, await collections._insert(name, ADA), grants)
        for name, grants in (("shared", GRANTS), ("public", [("everyone", "use")]))
    ]
    await shared.fill()
    for one in (public, *found.values()):
        one.names = shared.names | one.names
    for shelf in (shared, public):
        body = grants_of(shelf.grants)
        answer = await rag.of(ROOT).http.put(f"/v1/rag/collections/{shelf.id}/access", json=body)
        assert answer.status_code == 200, answer.text
    return found | {"shared": shared, "public": public}


def grants_of(pairs) -> dict:
    return {"grants": [{"subject": subject, "level": level} for subject, level in pairs]}


def example(document: dict, operation: dict, shelf: Shelf) -> dict | None:
    """A body for an operation, with the collection in it if it has one."""
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" not in content:
        return None
    schema = content["application/json"]["schema"]
    schema = schema.get("anyOf", [schema])[0]
    schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema
    body = dict(schema["examples"][0]) if "examples" in schema else {}
    if "collection" in schema["properties"]:
        body["collection"] = shelf.id
    given = {
        "into": shelf.names["other"], "name": f"ada-{next(NUMBERS)}", "owner": shelf.owner,
        "url": f"http://127.0.0.1:1/{next(NUMBERS)}",
    }  # fmt: skip
    if set(schema["properties"]) & {"folder"}:
        body = {"url": given["url"]}
    return body | {key: value for key, value in given.items() if key in schema.get("required", ())}


async def call(rag: Rag, subject: Subject, shelf: Shelf, document: dict, method: str, path: str) -> tuple[int, str]:
    """The status and detail of a call to an operation."""
    operation = document["paths"][path][method]
    names = dict(shelf.names)
    if method == "delete" and path.endswith("_id}"):
        names |= {"document_id": "0" * 32, "source_id": "0" * 16, "edit_id": "0" * 16, "entity_id": "0" * 16}
    query = {one["name"]: names.get(one["name"], names["entity_id"]) for one in operation.get("parameters", ())
             if one["in"] == "query" and (one["required"] or one["name"] == "collection")}  # fmt: skip
    if path.startswith("/v1/rag/belongings"):
        query = {"subject": "user:0000000000ff"}
    body = example(document, operation, shelf)
    if path == "/v1/rag/collections/{thing}/access" and method == "put":
        body = grants_of(shelf.grants)
    if path == "/v1/rag/belongings" and method == "post":
        body = {"subject": "user:0000000000ff", "heir": "owner"}
    auth = None if subject.who is None else Vouched(subject.who, subject.seconds)
    answer = await rag.http.request(method, path.format(**names), params=query, json=body, auth=auth)
    content_type = answer.headers.get("content-type", "")
    detail = answer.json().get("detail", "") if "problem+json" in content_type else ""
    return answer.status_code, detail


def expected(rule: dict, subject: Subject, level: Level | str | None) -> str:
    if subject.another == REFUSED:
        return REFUSED
    if "open" in rule:
        return "allowed" if rule["open"] in subject.audiences else "forbidden"
    if level is None:
        return "missing"
    return "allowed" if LEVELS.index(level) >= LEVELS.index(rule["level"]) else "forbidden"


def outcome(status: int, detail: str, shelf: Shelf) -> str:
    missing = (f"there is no collection {shelf.id};", f"there is no job {shelf.names['job_id']}")
    if status == 404 and detail.startswith(missing):
        return "missing"
    if status == 401 or (status == 403 and "this key can access" in detail):
        return REFUSED
    if status == 403:
        return "forbidden"
    return "allowed" if status < 500 and status != 422 else f"{status} {detail}"


async def test_every_route_declares_who_may_call_it(rag: Rag):
    document = (await rag.of(ROOT).http.get("/v1/rag/openapi.json")).json()
    assert without_rule(document) == []


@pytest.mark.parametrize("name", SUBJECTS)
async def test_each_caller_may_do_exactly_what_it_holds(rag: Rag, shelves: dict[str, Shelf], name: str):
    document = (await rag.of(ROOT).http.get("/v1/rag/openapi.json")).json()
    subject, shared, public = SUBJECTS[name], shelves["shared"], shelves["public"]
    who = subject.who
    if who is not None and who.things:
        subject = replace(subject, who=replace(who, things=(f"collection:{shared.id}",)))
    is_narrowed = who is not None and (who.read_only or who.things is not None)
    things = [(shared, subject.another), (public, subject.public)]
    if who is not None and who.subject in shelves:
        things.append((shelves[who.subject], subject.own))
    wrong: list[object] = []
    for (shelf, level), (path, operations) in itertools.product(things, document["paths"].items()):
        for method, operation in operations.items():
            rule = operation[X_ACCESS]
            wanted = expected(rule, subject, subject.another if "job_id" in path else level)
            if is_narrowed and "open" in rule and method != "get" and wanted != REFUSED:
                wanted = "forbidden"
            if path.startswith("/health"):
                continue
            if wanted == "allowed" and (method, path) == ("delete", "/v1/rag/collections/{collection}"):
                continue  # tried apart: it would end the collection
            status, detail = await call(rag, subject, shelf, document, method, path)
            if (found := outcome(status, detail, shelf)) != wanted:
                wrong.append((method, path, shelf.owner, wanted, found, detail))
    assert not wrong, "\n".join(map(str, wrong))
