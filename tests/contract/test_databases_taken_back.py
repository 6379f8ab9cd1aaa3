"""What ends when the access to a connection is taken back, and who gets what somebody gives away."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import event
from sqlalchemy.engine import Engine

from aistack.chassis.identity import Principal
from aistack.databases.session import DatabaseFailed
from harness.services.sql_people import People, person, sql_people

pytestmark = [pytest.mark.heavy, pytest.mark.asyncio(loop_scope="module")]

MAKER, USER, ROOT = person("maker"), person("use"), person("owner", role="owner")
NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT "
ENDLESS, STREAM = NUMBERS + "count(*) FROM n", NUMBERS + "i FROM n WHERE i < 9000 OR i % 1000000 = 0"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def people(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[People]:
    async with sql_people(tmp_path_factory.mktemp("people")) as made:
        made.know(MAKER, USER, ROOT)
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def connection(people: People) -> AsyncIterator[str]:
    """A connection of the maker's; afterwards there are none."""
    made = await people.connect(MAKER)
    await people.share(MAKER, f"/api/connections/{made}", {USER.subject: "use"})
    yield made
    for one in await people.done(ROOT, "GET", "/api/connections"):
        await people.done(ROOT, "DELETE", f"/api/connections/{one['id']}")


async def take_back(people: People, connection: str, how: str) -> None:
    if how == "deleted":
        await people.done(MAKER, "DELETE", f"/api/connections/{connection}")
    else:
        levels = {USER.subject: "view"} if how == "less" else {}
        await people.share(MAKER, f"/api/connections/{connection}", levels)


@pytest.mark.parametrize("how", ["nothing", pytest.param("less", marks=pytest.mark.deep), "deleted"])
async def test_a_statement_that_has_not_answered_yet_is_stopped(people: People, connection: str, how: str):
    body = {"connection_id": connection, "sql": ENDLESS, "timeout_seconds": 60, "query_id": "a" * 32}
    running = asyncio.create_task(people.call(USER, "POST", "/api/query", body))
    runner = people.services.query.state.runner
    async with asyncio.timeout(50):
        while (found := runner.running.get((USER.subject, "a" * 32))) is None or found.execution is None:
            await asyncio.sleep(0.01)
        await take_back(people, connection, how)
        answer = await running
    assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (403, "database-denied")
    assert not runner.running
    (entry, *_) = (await people.done(USER, "GET", "/api/query/history"))["runs"]
    assert entry["state"] == "failed" and "the statement was stopped" in entry["error"]


@pytest.mark.parametrize("form", ["ndjson", pytest.param("json", marks=pytest.mark.deep), "csv"])
async def test_a_stream_of_rows_ends(people: People, connection: str, form: str):
    body = {"connection_id": connection, "sql": STREAM, "timeout_seconds": 60, "format": form, "limit": 20_000}
    running = asyncio.create_task(people.call(USER, "POST", "/api/query", body))
    async with asyncio.timeout(50):
        queries = people.services.query.state.runner.running
        while not any(one.execution is not None and one.execution.rows for one in queries.values()):
            await asyncio.sleep(0.01)
        await take_back(people, connection, "nothing")
        if form == "csv":  # it has no place for an error, and breaks off
            with pytest.raises(DatabaseFailed, match="the statement was stopped"):
                await running
        else:
            answer = await running
            assert answer.status_code == 200 and b"the statement was stopped" in answer.content[-1000:]
    assert not queries


async def test_a_job_is_stopped_and_its_result_is_not_given_out(people: People, connection: str):
    done, endless = [
        (await people.done(USER, "POST", "/api/query/jobs", {"connection_id": connection, "sql": sql}))["id"]
        for sql in ("SELECT 1 AS one", ENDLESS)
    ]

    async def state(job: str, *wanted: str) -> dict:
        async with asyncio.timeout(50):
            while (found := await people.done(USER, "GET", f"/api/query/jobs/{job}"))["state"] not in wanted:
                await asyncio.sleep(0.05)
            return found

    await state(done, "done")
    await state(endless, "running")
    assert (await people.call(USER, "GET", f"/api/query/jobs/{done}/result")).status_code == 200
    await take_back(people, connection, "nothing")
    assert "the statement was stopped" in (await state(endless, "failed"))["error"]
    async with asyncio.timeout(50):
        while (await people.call(USER, "GET", f"/api/query/jobs/{done}/result")).status_code != 404:
            await asyncio.sleep(0.05)


async def test_a_manager_whose_rights_are_taken_back_does_not_put_them_back(people: People, connection: str):
    manager, path = person("manage"), f"/api/connections/{connection}"
    await people.share(MAKER, path, {manager.subject: "manage"})
    own = {"grants": [{"subject": manager.subject, "level": "manage"}]}
    ended = asyncio.Event()

    async def insist() -> None:
        while not ended.is_set():
            await people.call(manager, "PUT", f"{path}/access", own)

    async with asyncio.TaskGroup() as group:
        for _ in range(4):
            group.create_task(insist())
        await people.share(MAKER, path, {})
        await asyncio.sleep(0.7)  # longer than anything is cached
        ended.set()
    assert (await people.done(MAKER, "GET", f"{path}/access"))["grants"] == []
    assert (await people.call(manager, "PUT", f"{path}/owner", {"owner": manager.subject})).status_code == 404


async def test_nobody_gets_a_thing_without_taking_it(people: People, connection: str):
    new = {"name": "hourly", "connection_id": connection, "sql": "SELECT 1", "every_seconds": 3600}
    saved = (await people.done(MAKER, "POST", "/api/query/saved", new))["id"]
    path, body = f"/api/query/saved/{saved}", {"owner": USER.subject}
    assert (await people.call(USER, "PUT", f"{path}/owner", body)).status_code == 404
    nobody = {"owner": person("guest").subject}  # of whom the directory knows nothing
    assert (await people.call(MAKER, "PUT", f"{path}/owner", nobody)).status_code == 400
    assert (await people.call(MAKER, "PUT", f"{path}/owner", body)).status_code == 202
    assert (await people.done(USER, "GET", f"{path}/access"))["owner"] == MAKER.subject
    as_guest = person("use", role="guest")
    assert (await people.call(as_guest, "PUT", f"{path}/owner", body)).status_code == 400
    assert (await people.call(USER, "PUT", f"{path}/owner", body)).status_code == 204
    taken = await people.done(USER, "GET", path)
    assert (taken["owner"], taken["due_at"]) == (USER.subject, None)
    assert "new owner" in taken["stopped"]
    assert (await people.call(ROOT, "PUT", f"{path}/owner", {"owner": MAKER.subject})).status_code == 204


async def test_the_layer_goes_with_its_connection(people: People, connection: str):
    await people.done(MAKER, "PUT", f"/api/ai/connections/{connection}/layer", {"text": "{}"})
    path, body = f"/api/connections/{connection}", {"owner": USER.subject}
    await people.done(MAKER, "PUT", f"{path}/owner", body)
    await people.done(USER, "PUT", f"{path}/owner", body)
    await people.share(USER, path, {MAKER.subject: "view"})
    assert (await people.done(MAKER, "GET", f"/api/ai/layers/{connection}/access"))["owner"] == USER.subject
    refused = await people.call(MAKER, "PUT", f"/api/ai/layers/{connection}/access", {"grants": []})
    assert refused.status_code == 403


async def test_a_key_for_one_connection_knows_nothing_of_others(people: People, connection: str):
    other = await people.connect(MAKER, "other")
    for one in (connection, other):
        await people.done(MAKER, "POST", "/api/query", {"connection_id": one, "sql": "SELECT 1"})
        await people.done(MAKER, "POST", "/api/ai/query", {"connection_id": one, "question": "How many orders?"})
    narrow = person("maker", things=(f"connection:{connection}",))
    for path, key in (("/api/query/history", "runs"), ("/api/ai/questions", "questions")):
        found = await people.done(narrow, "GET", path)
        assert {one["connection_id"] for one in found[key]} == {connection}
        assert found["total"] == len(found[key])


async def test_two_people_may_use_the_same_id_for_what_they_run(people: People, connection: str):
    body = {"connection_id": connection, "timeout_seconds": 60, "query_id": "b" * 32}
    running = asyncio.create_task(people.call(MAKER, "POST", "/api/query", body | {"sql": ENDLESS}))
    async with asyncio.timeout(50):
        while not people.services.query.state.runner.running:
            await asyncio.sleep(0.01)
        assert (await people.call(USER, "POST", "/api/query", body | {"sql": "SELECT 1"})).status_code == 200
        assert (await people.call(USER, "DELETE", f"/api/query/{'b' * 32}")).status_code == 404
        assert (await people.call(MAKER, "DELETE", f"/api/query/{'b' * 32}")).status_code == 204
        assert (await running).status_code == 409


async def test_another_persons_connection_takes_as_many_queries_as_none(people: People, connection: str):
    await people.share(MAKER, f"/api/connections/{connection}", {"everyone": "use"})
    await people.share(MAKER, f"/api/connections/{connection}", {})
    statements: list[str] = []

    def note(_connection, _cursor, statement, *_: object) -> None:
        if "FROM connection_" in statement:  # not what runs in the background
            statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        counts: dict[str, set[int]] = {}
        for name in ("shop", connection, "none", "f" * 32):
            await asyncio.sleep(0.6)  # nothing is cached any more
            for method, path, body in (
                ("GET", f"/api/connections/{name}", None),
                ("POST", "/api/query", {"connection_id": name, "sql": "SELECT 1"}),
            ):
                statements.clear()
                assert (await people.call(person("stranger"), method, path, body)).status_code == 404
                counts.setdefault(method, set()).add(len(statements))
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert all(len(found) == 1 for found in counts.values()), counts


async def test_a_thing_that_goes_to_somebody_with_one_of_its_name_gets_another_name(people: People, connection: str):
    sqls = {MAKER: "SELECT 'makers'", USER: "SELECT 'users'"}
    ids = {}
    for who, sql in sqls.items():
        await people.connect(who, "own", test=False)
        new = {"name": "report", "connection_id": connection, "sql": sql}
        ids[who] = (await people.done(who, "POST", "/api/query/saved", new))["id"]
    service = Principal("service:gateway", "service", "gateway")
    for path in ("/api/query/belongings", "/api/connections/belongings"):
        await people.done(service, "POST", path, {"subject": MAKER.subject, "heir": USER.subject})
    again = {"name": "report", "connection_id": connection, "sql": "SELECT 'changed'"}
    assert (await people.done(USER, "POST", "/api/query/saved", again))["id"] == ids[USER]
    inherited = await people.done(USER, "GET", f"/api/query/saved/{ids[MAKER]}")
    assert (inherited["name"], inherited["sql"]) == ("report-2", sqls[MAKER])
    names = [one["name"] for one in await people.done(USER, "GET", "/api/connections")]
    assert sorted(names) == ["own", "own-2", "shop"]
