"""What a row filter hides changes nothing that a caller can see: answers with and without the hidden rows are equal.

And rules that hide nothing change no answer.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import pytest

from harness.processes import free_port
from harness.servers.postgres import new_database
from harness.services.sql import SqlServices, sql_services
from harness.sql.side_channels import FILTERS, filter_of, legitimate, make_file, probes, statements

pytestmark = pytest.mark.heavy

ENGINES = ("postgres", "mysql", "sqlite", "duckdb")
FORMS = ("csv", "ndjson", "arrow")
VARYING = ("id", "elapsed_ms", "query_id")
SAMPLED = 40  # one of so many statements runs in each test, all in the long ones


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def targets(engine: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[dict]:
    """Two databases of one name, with and without the hidden rows."""
    folder = tmp_path_factory.mktemp("channels")
    if engine in ("sqlite", "duckdb"):
        made = []
        for number, hidden in enumerate((True, False)):
            (folder / str(number)).mkdir()
            made.append(
                {"engine": engine, "path": str(make_file(folder / str(number) / "d.db", engine, hidden=hidden))}
            )
        return made
    account = {"engine": engine, "host": "127.0.0.1", "user": "reader", "password": "only-reads", "tls": "off"}
    if engine == "mysql":
        return [account | _mariadb(request.getfixturevalue("mariadb"), hidden) for hidden in (True, False)]
    server = request.getfixturevalue("postgres")
    return [account | asyncio.run(_postgres(server, hidden)) for hidden in (True, False)]


def _mariadb(port: int, hidden: bool) -> dict:
    import subprocess

    name = f"d{free_port()}"
    script = f"CREATE DATABASE {name}; USE {name}; {'; '.join(statements('mysql', hidden=hidden))};"
    script += (
        f"CREATE USER IF NOT EXISTS reader@'%' IDENTIFIED BY 'only-reads'; GRANT SELECT ON {name}.* TO reader@'%';"
    )
    words = ["mariadb", "--no-defaults", "-h127.0.0.1", f"-P{port}", "-uroot"]
    subprocess.run(words, input=script.encode(), check=True, capture_output=True)
    return {"port": port, "database": name}


async def _postgres(server: str, hidden: bool) -> dict:
    import asyncpg

    url = await new_database(server)
    connection = await asyncpg.connect(url)
    for one in statements("postgres", hidden=hidden):
        await connection.execute(one)
    if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = 'reader'"):
        await connection.execute("CREATE ROLE reader LOGIN PASSWORD 'only-reads'")
    for schema in ("public", "other"):
        await connection.execute(f"GRANT USAGE ON SCHEMA {schema} TO reader")
        await connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO reader")
    name = await connection.fetchval("SELECT current_database()")
    await connection.close()
    return {"port": int(url.rpartition(":")[2].partition("/")[0]), "database": name}


@pytest.fixture
async def pair(targets: list[dict], tmp_path: Path) -> AsyncIterator[SqlServices]:
    async with sql_services(tmp_path) as services:
        for name, target in zip(("full", "bare"), targets, strict=True):
            answer = await services.http.post("/api/connections", json={"name": name, "samples": False} | target)
            assert answer.status_code == 201, answer.text
        yield services


async def rule(services: SqlServices, engine: str, number: int) -> None:
    filters = [{"table": "acct", "where": filter_of(number, engine)}]
    if engine == "postgres":
        filters.append({"table": "ev", "where": "region = 'north'"})
    for name in ("full", "bare"):
        changed = await services.http.patch(f"/api/connections/{name}", json={"rules": {"filters": filters}})
        assert changed.status_code == 200, changed.text
    services.query.state.runner.targets._cached.clear()


async def seen(services: SqlServices, name: str, sql: str, form: str) -> object:
    """All that a caller sees of a statement."""
    body = {"connection_id": name, "sql": sql}
    if form == "explain":
        answer = await services.http.post("/api/query/explain", json=body)
    else:
        answer = await services.http.post("/api/query", json=body | {"format": form})
    if form in ("json", "explain") or answer.status_code != 200:
        told = answer.json()
        return answer.status_code, {key: value for key, value in told.items() if key not in (*VARYING, "request_id")}
    return answer.status_code, re.sub(rb'"(?:id|query_id)":"\w+"|"elapsed_ms":\d+', b"", answer.content)


def sampled(items: list[str], test: str, every: int) -> list[str]:
    return [one for one in items if int(sha256(f"{test}{one}".encode()).hexdigest(), 16) % every == 0]


async def told_apart(services: SqlServices, engine: str, number: int, every: int) -> tuple[list[tuple[str, str]], int]:
    await rule(services, engine, number)
    apart: list[tuple[str, str]] = []
    count = 0
    for sql in sampled(probes(engine), str(number), every):
        forms = ["json", "explain", *sampled(list(FORMS), sql, 3)]
        for form in forms:
            count += 1
            full, bare = [await seen(services, name, sql, form) for name in ("full", "bare")]
            if full != bare:
                apart.append((form, f"{sql}\n   {full}\n   {bare}"))
    return apart, count


@pytest.mark.parametrize("number", [4])
async def test_hidden_rows_cannot_be_told_from_missing_ones(pair: SqlServices, engine: str, number: int):
    apart, _ = await told_apart(pair, engine, number, SAMPLED)
    assert not apart, apart[0]


@pytest.mark.deep
@pytest.mark.parametrize("number", range(len(FILTERS)))
async def test_no_statement_of_the_corpus_tells_them_apart(pair: SqlServices, engine: str, number: int):
    assert len(probes(engine)) >= 400
    apart, count = await told_apart(pair, engine, number, 1)
    print(f"{engine}, filter {number}: {len(apart)} of {count} comparisons told apart")
    assert not apart, apart[0]


async def unchanged(services: SqlServices, engine: str, every: int) -> int:
    """Compares the answers without rules with those under rules that hide nothing; returns how many statements ran."""
    count, first = 0, {}
    for sql in sampled(legitimate(), "unchanged", every):
        first[sql] = await seen(services, "full", sql, "json")
    masks = [{"table": "team", "column": "region", "how": "null", "except_for": ["*"]}]
    rules = {"filters": [{"table": name, "where": "1 = 1"} for name in ("acct", "team")], "masks": masks}
    changed = await services.http.patch("/api/connections/full", json={"rules": rules})
    assert changed.status_code == 200, changed.text
    services.query.state.runner.targets._cached.clear()
    for sql, (status, answer) in first.items():
        assert status == 200, (sql, answer)
        count += 1
        assert await seen(services, "full", sql, "json") == (status, answer), sql
    return count


async def test_rules_that_hide_nothing_change_nothing(pair: SqlServices, engine: str):
    assert await unchanged(pair, engine, SAMPLED // 4) > 5


@pytest.mark.deep
async def test_rules_that_hide_nothing_change_no_statement_of_the_corpus(pair: SqlServices, engine: str):
    count = await unchanged(pair, engine, 1)
    print(f"{engine}: {count} statements unchanged")
    assert count >= 250
