"""Who may do what with connections, saved queries, jobs, layers, lessons and questions: every route, every caller."""

import itertools
import json
from dataclasses import replace

import httpx
import pytest

from aistack.access.levels import Level, at_least
from aistack.access.rules import admits, without_rule
from aistack.chassis.identity import Principal
from harness.services.sql import SqlServices
from harness.services.sql_people import People, person
from harness.sql.access_matrix import GRANTS, USERS, bodies, callers

pytestmark = pytest.mark.heavy

MISSING = "f" * 32
OWN_ONLY = {"job", "question", "lesson"}  # kinds that are never shared
QUERIES = {
    "/api/connections/{connection_id}/schema/search": {"q": "orders"},
    "/api/query/keys": {"connection_id": "CONNECTION"},
    **{
        f"/api/{service}/belongings{what}": {"subject": USERS["maker"]}
        for service in ("connections", "query", "ai")
        for what in ("", "/contents")
    },
}
CREATE_CONNECTION = ("POST", "/api/connections")
ALSO_NEEDS = {("POST", "/api/query/saved"): "connection"}  # the caller's own saved query, but on a connection


async def things(people: People, maker: Principal) -> dict[str, str]:
    """One of each kind, shared as GRANTS say."""
    connection = await people.connect(maker)
    statement = {"connection_id": connection, "sql": "SELECT 1"}
    saved = (await people.done(maker, "POST", "/api/query/saved", statement | {"name": "shared"}))["id"]
    job = (await people.done(maker, "POST", "/api/query/jobs", statement))["id"]
    await people.done(maker, "PUT", f"/api/ai/connections/{connection}/layer", {"text": "{}"})
    question, lesson = await people.lesson(maker, connection)
    await people.share(maker, f"/api/connections/{connection}", GRANTS)
    await people.share(maker, f"/api/query/saved/{saved}", GRANTS)
    path = str(people.folder / "user-000000000001-shop.sqlite")
    return {
        "connection": connection, "saved-query": saved, "job": job, "question": question, "lesson": lesson,
        "path": path,
    }  # fmt: skip


async def fresh(people: People, kind: str, ids: dict[str, str]) -> dict[str, str]:
    """Another thing of the maker's, for a caller that may delete it."""
    maker = person("maker")
    if kind == "connection":
        connection = await people.connect(maker, "to be deleted", test=False)
        await people.share(maker, f"/api/connections/{connection}", GRANTS)
        return ids | {kind: connection}
    statement = {"connection_id": ids["connection"], "sql": "SELECT 1", "name": "to be deleted"}
    if kind == "saved-query":
        saved = (await people.done(maker, "POST", "/api/query/saved", statement))["id"]
        await people.share(maker, f"/api/query/saved/{saved}", GRANTS)
        return ids | {kind: saved}
    if kind == "job":
        del statement["name"]
        return ids | {kind: (await people.done(maker, "POST", "/api/query/jobs", statement))["id"]}
    return ids | {"lesson": (await people.lesson(maker, ids["connection"]))[1]}


def operations(services: SqlServices) -> list[tuple[str, str, dict[str, str]]]:
    """Method, path and rule of every operation of the three services."""
    found: list[tuple[str, str, dict[str, str]]] = []
    for app in (services.connection, services.query, services.ai):
        document = app.openapi()
        assert not without_rule(document)
        for path, methods in document["paths"].items():
            if not path.startswith("/health"):
                found += [(method.upper(), path, operation["x-access"]) for method, operation in methods.items()]
    return found


def filled(path: str, ids: dict[str, str]) -> str:
    thing = ids["saved-query"] if path.startswith("/api/query/saved/") else ids["connection"]
    names = {
        "{connection_id}": ids["connection"], "{saved_id}": ids["saved-query"], "{job_id}": ids["job"],
        "{version}": "1", "{lesson_id}": ids["lesson"], "{thing}": thing, "{subject}": USERS["stranger"],
        "{query_id}": "e" * 32,
    }  # fmt: skip
    for name, value in names.items():
        path = path.replace(name, value)
    return path


def held_on(kind: str, name: str, who: Principal, level: Level | None) -> Level | None:
    """The level that a caller should hold on the maker's thing of a kind, from its level on the connection."""
    if kind in ("connection", "layer"):
        return level
    if name == "key for this":
        return None
    if kind == "saved-query":
        return level
    if kind in OWN_ONLY:
        return level if who.subject == USERS["maker"] or name == "owner" else None
    return None


def expected(method: str, path: str, rule: dict[str, str], name: str, who: Principal, level: Level | None) -> int:
    """403, 404, or 0 for what may be done."""
    needed = ALSO_NEEDS.get((method, path))
    if "open" in rule:
        narrowed = who.read_only or who.things is not None
        if not admits(rule["open"], who) or (method != "GET" and narrowed):
            return 403
        if (method, path) == CREATE_CONNECTION and name == "key of the owner":
            return 403  # such keys never could
        held: Level | None = level if needed else "manage"
        wanted: Level = "use"
    elif rule["kind"] == "running-query":
        return 404
    elif "{lesson_id}" in path:  # of a connection that they may ask, their own and those that an editor sees
        if not at_least(level, "use"):
            return 403 if level else 404
        if name == "read-only key":
            return 403
        return 0 if at_least(level, "edit") else 404
    else:
        held, wanted = held_on(rule["kind"], name, who, level), rule["level"]
    return 404 if held is None else 0 if at_least(held, wanted) else 403


async def test_every_route_does_for_every_caller_what_its_rule_says(people: People):
    maker = person("maker")
    ids = await things(people, maker)
    wrong: list[str] = []
    checks = 0
    for method, path, rule in operations(people.services):
        assert method in ("GET", "DELETE") or (method, path) in bodies(ids), f"{method} {path} needs a body here"
        for name, (who, level) in callers(ids["connection"]).items():
            want = expected(method, path, rule, name, who, level)
            asked = ids
            if method == "DELETE" and not want and "kind" in rule and "{subject}" not in path:
                if name == "key for this" and rule["kind"] == "connection":
                    continue  # it is for the one that is still needed
                asked = await fresh(people, rule["kind"], ids)
            got = await send(people, who, method, path, asked)
            checks += 1
            status = got.status_code if got.status_code in (401, 403, 404) else 0
            if status != want:
                wrong.append(f"{method} {path} as {name}: {got.status_code} instead of {want}: {got.text[:200]}")
            elif want == 404 and "kind" in rule:
                known = () if level is None or "{lesson_id}" not in path else ("connection",)
                nothing = await send(people, who, method, path, absent(ids, known))
                if without_ids(got, asked) != without_ids(nothing, asked):
                    wrong.append(f"{method} {path} as {name}: {got.text} is not {nothing.text}")
    assert not wrong, "\n".join(wrong)
    assert checks > 700


def absent(ids: dict[str, str], known: tuple[str, ...]) -> dict[str, str]:
    return {kind: one if kind in (*known, "path") else MISSING for kind, one in ids.items()}


async def send(people: People, who: Principal, method: str, path: str, ids: dict[str, str]) -> httpx.Response:
    params = {
        key: ids["connection"] if value == "CONNECTION" else value for key, value in QUERIES.get(path, {}).items()
    }
    return await people.call(who, method, filled(path, ids), bodies(ids).get((method, path)), params=params)


def without_ids(answer: httpx.Response, ids: dict[str, str]) -> tuple[int, dict]:
    text = answer.text
    for one in (*ids.values(), MISSING):
        text = text.replace(one, "ID")
    shown = json.loads(text)
    shown.pop("request_id", None)
    return answer.status_code, shown


@pytest.mark.parametrize("questions", [2, pytest.param(500, marks=pytest.mark.deep)])
async def test_two_tenants_with_the_same_names_never_meet(people: People, questions: int):
    tenants = [replace(person("maker"), name="same"), replace(person("stranger"), name="same")]
    marks = ["only-of-the-first", "only-of-the-second"]
    ids = [await people.connect(who) for who in tenants]
    for who, connection, mark in zip(tenants, ids, marks, strict=True):
        saved = {"name": "ours", "connection_id": "shop", "sql": f"SELECT '{mark}' AS secret"}
        assert (await people.done(who, "POST", "/api/query/saved", saved))["connection_id"] == connection
        asked = {"connection_id": "shop", "question": "How many orders are there?"}
        answer = await people.done(who, "POST", "/api/ai/query", asked)
        taught = {"question_id": answer["id"], "right": True, "sql": f"SELECT '{mark}' AS secret", "comment": mark}
        await people.done(who, "POST", "/api/ai/feedback", taught)
        layer = {"text": f"glossary:\n  word: {mark}\n"}
        await people.done(who, "PUT", "/api/ai/connections/shop/layer", layer)
        await people.done(who, "POST", "/api/query", {"connection_id": "shop", "sql": f"SELECT '{mark}'"})
    seen = [
        ("GET", "/api/connections", None), ("GET", "/api/connections/shop", None), ("GET", "/api/query/saved", None),
        ("POST", "/api/query/saved/ours/run", {}), ("GET", "/api/query/history", None),
        ("GET", "/api/query/jobs", None),
        ("GET", "/api/query/history?everyone=true", None), ("GET", "/api/ai/questions", None),
        ("GET", "/api/ai/connections/shop/lessons", None), ("GET", "/api/ai/connections/shop/layer", None),
        ("GET", "/api/connections/shop/access", None), ("GET", "/api/connections/shop/schema", None),
    ]  # fmt: skip
    subjects, ends = ("orders", "customers", "products"), ("are there?", "exist?", "by city?", "were there in 2024?")
    asked = itertools.product(("How many", "How many different", "List all"), subjects, ends)
    for _, words in zip(range(questions), itertools.cycle(asked), strict=False):
        seen.append(("POST", "/api/ai/query", {"connection_id": "shop", "question": " ".join(words)}))
    for who, own, others in ((tenants[0], 0, 1), (tenants[1], 1, 0)):
        shown = json.dumps([await people.done(who, method, path, body) for method, path, body in seen])
        assert marks[own] in shown and ids[own] in shown
        assert marks[others] not in shown and ids[others] not in shown and tenants[others].subject not in shown
        taken = await people.call(who, "GET", f"/api/connections/{ids[others]}")
        assert taken.json()["detail"] == f"there is no connection {ids[others]}" and taken.status_code == 404


async def test_a_name_of_someone_elses_connection_is_free(people: People):
    await people.connect(person("maker"))
    assert await people.connect(person("stranger"))
    again = await people.call(
        person("maker"), "POST", "/api/connections", {"name": "shop", "engine": "sqlite", "path": "/x"}
    )
    assert again.status_code in (400, 409)


async def test_several_visible_connections_with_a_name_need_an_id(people: People):
    first = await people.connect(person("maker"))
    second = await people.connect(person("edit"))
    for who, connection in ((person("maker"), first), (person("edit"), second)):
        await people.share(who, f"/api/connections/{connection}", {"everyone": "use"})
    statement = {"connection_id": "shop", "sql": "SELECT 1"}
    for method, path, body in (("GET", "/api/connections/shop", None), ("POST", "/api/query", statement)):
        got = await people.call(person("stranger"), method, path, body)
        assert got.status_code == 409 and "use an id" in got.json()["detail"], got.text
        assert (await people.call(person("maker"), method, path, body)).is_success  # one's own comes first
    assert (
        await people.call(person("stranger"), "POST", "/api/query", statement | {"connection_id": second})
    ).is_success
