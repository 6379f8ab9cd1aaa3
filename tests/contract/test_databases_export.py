"""The export of somebody's connections, queries, results, questions, lessons and layers, without secrets."""

import asyncio
import json

import pytest

from aistack.chassis.identity import Principal
from harness.services.exports import read_export
from harness.services.sql_people import People, person

pytestmark = pytest.mark.heavy

MAKER, OTHER = person("maker"), person("use")
SERVICE = Principal("service:gateway", "service", "gateway")
PATHS = ("/api/connections", "/api/query", "/api/ai")
LAYER = "# ours\nglossary:\n  word: 含义\n"


async def exported(people: People, who: Principal) -> tuple[dict[str, bytes], dict[str, str]]:
    files, omitted = dict[str, bytes](), dict[str, str]()
    for path in PATHS:
        answer = await people.call(SERVICE, "GET", f"{path}/belongings/contents?subject={who.subject}")
        assert answer.status_code == 200, answer.text
        found, left_out = await read_export(answer.content)
        files, omitted = files | found, omitted | left_out
    return files, omitted


async def finished_job(people: People, who: Principal, statement: dict[str, str]) -> str:
    job = (await people.done(who, "POST", "/api/query/jobs", statement))["id"]
    async with asyncio.timeout(60):
        while (await people.done(who, "GET", f"/api/query/jobs/{job}"))["state"] != "done":
            await asyncio.sleep(0.05)
    return job


async def test_the_contents_of_everything_that_is_theirs(people: People):
    people.know(MAKER, OTHER)
    connection, others = await people.connect(MAKER), await people.connect(OTHER)
    await people.share(MAKER, f"/api/connections/{connection}", {OTHER.subject: "use"})
    statement = {"connection_id": connection, "sql": "SELECT :n AS number"}
    saved = {"name": "one", "parameters": {"n": 7}, "about": "sieben"}
    await people.done(MAKER, "POST", "/api/query/saved", statement | saved)
    await people.done(
        OTHER, "POST", "/api/query/saved", {"connection_id": others, "sql": "SELECT 42", "name": "theirs"}
    )
    job = await finished_job(people, MAKER, {"connection_id": connection, "sql": "SELECT 3 AS x", "format": "csv"})
    await people.lesson(MAKER, connection)
    await people.done(MAKER, "PUT", f"/api/ai/connections/{connection}/layer", {"text": LAYER})
    files, omitted = await exported(people, MAKER)
    assert omitted == {}
    shown = {path: json.loads(content) for path, content in files.items() if path.endswith(".json")}
    (one,) = shown["saved-queries.json"]
    assert (one["name"], one["sql"], one["parameters"]) == ("one", "SELECT :n AS number", {"n": 7})
    (one,) = shown["connections.json"]
    assert (one["id"], one["shared_with"]) == (connection, [{"subject": OTHER.subject, "level": "use"}])
    (one,) = shown["jobs.json"]
    assert (one["id"], files[one["result"]].split()) == (job, [b"x", b"3"])
    assert [one["question"] for one in shown["lessons.json"]] == ["How many customers are there?"]
    assert "customers" in shown["questions.json"][0]["sql"]
    assert files[f"layers/{connection}/version-1.yaml"].decode() == LAYER
    assert "SELECT 3 AS x" in {one["sql"] for one in shown["history.json"]}
    everything = b"".join(files.values()).decode()
    assert "SELECT 42" not in everything and "sealed" not in everything and '"principal": {' not in everything


async def test_the_result_of_a_connection_that_was_taken_back_is_left_out(people: People):
    people.know(MAKER, OTHER)
    connection = await people.connect(MAKER)
    await people.share(MAKER, f"/api/connections/{connection}", {OTHER.subject: "use"})
    job = await finished_job(people, OTHER, {"connection_id": connection, "sql": "SELECT 'hidden' AS x"})
    await people.share(MAKER, f"/api/connections/{connection}", {})
    async with asyncio.timeout(60):  # the query service keeps rights for a moment
        while not (await exported(people, OTHER))[1]:
            await asyncio.sleep(0.05)
    files, omitted = await exported(people, OTHER)
    ((path, reason),) = omitted.items()
    assert job in path and reason == f"there is no connection {connection}"
    assert path not in files and json.loads(files["jobs.json"])[0]["id"] == job


@pytest.mark.parametrize("path", PATHS)
async def test_nobody_but_the_gateway_asks(people: People, path: str):
    answer = await people.call(MAKER, "GET", f"{path}/belongings/contents?subject={MAKER.subject}")
    assert answer.status_code == 403
