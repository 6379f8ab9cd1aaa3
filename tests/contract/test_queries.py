"""What queries come to besides rows: writes, jobs, saved queries, secrets, odd values, and who may do what."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from aistack.chassis.identity import OWNER, Principal
from harness.processes import free_port
from harness.servers.postgres import new_database
from harness.services.sql import KEY, PrincipalAuth, SqlServices, sql_services
from harness.sql.shop import make_duckdb, make_mariadb, make_postgres, make_sqlite

pytestmark = pytest.mark.heavy

SECRET = "a-stack-secret-for-tests-0123456789-abcdef"
OTHER_KEY = "another-key-for-tests-that-is-long-9876543210"


@pytest.fixture(params=["sqlite", "postgresql"])
async def records_url(request: pytest.FixtureRequest) -> str:
    if request.param == "sqlite":
        return ""
    return await new_database(request.getfixturevalue("postgres"))


@asynccontextmanager
async def shop(folder: Path, **settings: object) -> AsyncIterator[SqlServices]:
    path = folder / "shop.sqlite"
    if not path.exists():
        make_sqlite(path)
    async with sql_services(folder / "data", **settings) as made:
        if not (await made.http.get("/api/connections")).json():
            await made.connect(engine="sqlite", path=str(path))
        yield made


async def ended(made: SqlServices, job_id: str) -> dict:
    async with asyncio.timeout(20):
        while True:
            job = (await made.http.get(f"/api/query/jobs/{job_id}")).json()
            if job["state"] not in ("queued", "running"):
                return job
            await asyncio.sleep(0.05)


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


@pytest.mark.parametrize("steps", range(12))
async def test_a_cancel_is_heard_from_the_first_moment(tmp_path: Path, steps: int):
    """`steps` turns of the event loop after its request, the query is being checked, or queued, or has just begun."""
    async with shop(tmp_path) as made:
        runner, query_id = made.query.state.runner, f"{steps:032x}"
        key = OWNER, query_id
        running = asyncio.create_task(made.run(ENDLESS, expect=409, timeout_seconds=60, query_id=query_id))
        async with asyncio.timeout(60):
            while key not in runner.running:
                await asyncio.sleep(0)
            for _ in range(steps):
                await asyncio.sleep(0)
            await runner.cancel(query_id, runner.running[key].request.who)
            assert (await running)["type"].endswith("database-cancelled")
        assert key not in runner.running


class TestJobs:
    async def test_a_job_keeps_its_result_until_it_is_removed(self, tmp_path: Path, records_url: str):
        async with shop(tmp_path, connection_url=records_url, query_url=records_url) as made:
            body = {"connection_id": "shop", "sql": "SELECT id, status FROM orders ORDER BY id", "format": "csv"}
            opened = await made.http.post("/api/query/jobs", json=body)
            assert opened.status_code == 202
            job = await ended(made, opened.json()["id"])
            assert (job["state"], job["rows"], job["error"]) == ("done", 5, "") and job["expires_at"]
            result = await made.http.get(f"/api/query/jobs/{job['id']}/result")
            assert result.text.splitlines()[:2] == ["id,status", "1,paid"] and len(result.content) == job["bytes"]
            assert [one["id"] for one in (await made.http.get("/api/query/jobs")).json()] == [job["id"]]
            assert (await made.http.delete(f"/api/query/jobs/{job['id']}")).status_code == 204
            assert (await made.http.get(f"/api/query/jobs/{job['id']}/result")).status_code == 404

    async def test_one_that_fails_or_is_refused_says_why(self, tmp_path: Path):
        async with shop(tmp_path) as made:
            body = {"connection_id": "shop", "sql": ENDLESS, "timeout_seconds": 0.3}
            job = await ended(made, (await made.http.post("/api/query/jobs", json=body)).json()["id"])
            assert job["state"] == "failed" and "0.3 s" in job["error"]
            assert "0.3 s" in (await made.http.get(f"/api/query/jobs/{job['id']}/result")).json()["detail"]
            refused = await made.http.post("/api/query/jobs", json=body | {"sql": "DROP TABLE canary"})
            assert refused.status_code == 400 and refused.json()["type"].endswith("sql-statement")

    async def test_one_that_is_cut_off_runs_again_after_a_restart(self, tmp_path: Path, records_url: str):
        body = {"connection_id": "shop", "sql": ENDLESS, "timeout_seconds": 60, "format": "csv"}
        async with shop(tmp_path, connection_url=records_url, query_url=records_url) as made:
            job_id = (await made.http.post("/api/query/jobs", json=body)).json()["id"]
            async with asyncio.timeout(30):
                while (await made.http.get(f"/api/query/jobs/{job_id}")).json()["state"] != "running":
                    await asyncio.sleep(0.05)
        async with shop(tmp_path, connection_url=records_url, query_url=records_url) as made:
            async with asyncio.timeout(30):
                while (await made.http.get(f"/api/query/jobs/{job_id}")).json()["state"] != "running":
                    await asyncio.sleep(0.05)
            assert (await made.http.delete(f"/api/query/jobs/{job_id}")).status_code == 204


class TestSaved:
    async def test_a_saved_query_runs_with_its_parameters_or_others(self, tmp_path: Path, records_url: str):
        async with shop(tmp_path, connection_url=records_url, query_url=records_url) as made:
            new = {
                "name": "by status", "connection_id": "shop", "parameters": {"status": "paid"},
                "sql": "SELECT count(*) AS n FROM orders WHERE status = :status",
            }  # fmt: skip
            saved = await made.http.post("/api/query/saved", json=new)
            assert saved.status_code == 201, saved.text
            path = f"/api/query/saved/{saved.json()['id']}/run"
            assert (await made.http.post(path, json={})).json()["rows"] == [[2]]
            assert (await made.http.post(path, json={"params": {"status": "new"}})).json()["rows"] == [[1]]
            again = await made.http.post("/api/query/saved", json=new | {"parameters": {"status": "shipped"}})
            assert again.status_code == 201
            (only,) = (await made.http.get("/api/query/saved")).json()
            assert only["parameters"] == {"status": "shipped"}
            assert (await made.http.delete(f"/api/query/saved/{only['id']}")).status_code == 204
            assert (await made.http.get("/api/query/saved")).json() == []

    async def test_a_schedule_opens_jobs(self, tmp_path: Path):
        async with shop(tmp_path) as made:
            new = {
                "name": "count",
                "connection_id": "shop",
                "sql": "SELECT count(*) AS n FROM orders",
                "every_seconds": 60,
            }
            assert (await made.http.post("/api/query/saved", json=new)).status_code == 201
            async with asyncio.timeout(30):
                while not (held := (await made.http.get("/api/query/saved")).json()[0])["last_job"]:
                    await asyncio.sleep(0.1)
            assert (await ended(made, held["last_job"]))["rows"] == 1
            too_often = await made.http.post("/api/query/saved", json=new | {"every_seconds": 10})
            assert too_often.status_code == 400 and "60 s" in too_often.json()["detail"]


class TestWriting:
    @pytest.fixture(params=["postgres", "mysql", "sqlite", "duckdb"])
    async def writable(self, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqlServices]:
        engine: str = request.param
        if engine in ("sqlite", "duckdb"):
            make = make_sqlite if engine == "sqlite" else make_duckdb
            described: dict = {"path": str(make(tmp_path / f"shop.{engine}"))}
        elif engine == "mysql":
            port, name = request.getfixturevalue("mariadb"), f"w{free_port()}"
            make_mariadb(port, name)
            described = {"host": "127.0.0.1", "port": port, "database": name, "user": "root", "tls": "off"}
        else:
            port, name = await make_postgres(request.getfixturevalue("postgres"))
            described = {"host": "127.0.0.1", "port": port, "database": name, "user": "tester", "tls": "off"}
        async with sql_services(tmp_path / "data", allow_privileged=True) as made:
            await made.connect(engine=engine, roles={"write": ["*"]}, **described)
            yield made

    async def test_a_write_shows_what_it_would_change_and_changes_it_when_told_to(self, writable: SqlServices):
        sql = "UPDATE canary SET word = :word WHERE id = 1"
        preview = await writable.run(sql, params={"word": "sung"})
        assert (preview["changed"], preview["applied"]) == (1, False)
        assert (await writable.run("SELECT word FROM canary"))["rows"] == [["alive"]]
        done = await writable.run(sql, params={"word": "sung"}, apply=True)
        assert (done["changed"], done["applied"]) == (1, True)
        assert (await writable.run("SELECT word FROM canary"))["rows"] == [["sung"]]
        runs = (await writable.http.get("/api/query/history")).json()["runs"]
        assert [one["mode"] for one in runs] == ["read", "apply", "read", "preview"]
        for refused in ("DROP TABLE canary", "UPDATE canary SET word = 'x'; DROP TABLE canary", "TRUNCATE canary"):
            await writable.run(refused, expect=400, apply=True)

    async def test_a_privileged_account_is_refused_unless_allowed(self, writable: SqlServices, tmp_path: Path):
        (one,) = (await writable.http.get("/api/connections")).json()
        if one["engine"] in ("sqlite", "duckdb"):
            assert one["tested"]["refused"] == []
            return
        assert one["tested"]["refused"] and one["tested"]["may_write"]
        place, _, database = one["place"].partition("/")
        host, _, port = place.partition(":")
        body = {"name": "x", "engine": one["engine"], "host": host, "port": int(port), "database": database}
        body |= {"user": "root" if one["engine"] == "mysql" else "tester", "tls": "off"}
        async with sql_services(tmp_path / "strict") as strict:
            answer = await strict.http.post("/api/connections", json=body)
            assert answer.status_code == 400 and "too many privileges" in answer.json()["detail"], answer.text


class TestSecrets:
    async def test_a_rotated_key_seals_anew_and_the_old_one_can_go(self, tmp_path: Path):
        async with shop(tmp_path) as made:
            before = (await made.http.get("/api/connections")).json()
            assert (await made.run("SELECT 1"))["rows"] == [[1]]
        async with shop(tmp_path, encryption_key=f"{OTHER_KEY},{KEY}") as made:
            assert (await made.run("SELECT 1"))["rows"] == [[1]]
        async with shop(tmp_path, encryption_key=OTHER_KEY) as made:
            assert (await made.run("SELECT 1"))["rows"] == [[1]]
            assert (await made.http.get("/api/connections")).json()[0]["id"] == before[0]["id"]
        async with shop(tmp_path, encryption_key=KEY) as made:
            refused = await made.run("SELECT 1", expect=500)
            assert "encrypted with another key" in refused["detail"]

    async def test_what_travels_between_the_services_cannot_be_opened_as_what_is_kept(self, tmp_path: Path):
        from aistack.databases.sealing import CannotOpen, Sealer

        async with shop(tmp_path) as made:
            sealed = (await made.http.get("/api/connections/shop/target")).json()
            sealer = Sealer([KEY])
            assert b"shop.sqlite" in sealer.open(sealed["sealed"], f"target:{sealed['id']}")
            for purpose, text in (
                ("target", sealed["sealed"]),
                (f"target:{sealed['id']}", sealed["sealed"][:-4] + "AAA="),
            ):
                with pytest.raises(CannotOpen):
                    sealer.open(text, purpose)


REACH = ("ai", "connection", "query")


class TestRights:
    def bearing(self, who: Principal, behalf: Principal | None = None, by: str = "") -> PrincipalAuth:
        return PrincipalAuth(who, SECRET, behalf, by)

    async def test_roles_decide_and_a_service_may_ask_for_somebody(self, tmp_path: Path):
        admin, ada, bob = (
            Principal("key:1", "key", "admin"),
            Principal("key:2", "key", "ada", REACH),
            Principal("key:3", "key", "bob", REACH),
        )
        service = Principal("service:ai", "service", "ai")
        make_sqlite(tmp_path / "shop.sqlite")
        async with sql_services(tmp_path / "data", identity=True, secret=SECRET) as made:
            made.speak_as_services(SECRET)
            roles = {"see": ["ada"], "ask": [], "run": ["ada"], "write": []}
            body = {"name": "shop", "engine": "sqlite", "path": str(tmp_path / "shop.sqlite"), "roles": roles}
            assert (await made.http.post("/api/connections", json=body)).status_code == 401
            assert (await made.http.post("/api/connections", json=body, auth=self.bearing(ada))).status_code == 403
            assert (await made.http.post("/api/connections", json=body, auth=self.bearing(admin))).status_code == 201
            assert (await made.http.get("/api/connections/shop/target", auth=self.bearing(admin))).status_code == 403

            async def run(auth: PrincipalAuth) -> int:
                asked = {"connection_id": "shop", "sql": "SELECT 1"}
                return (await made.http.post("/api/query", json=asked, auth=auth)).status_code

            assert await run(self.bearing(ada)) == 200
            assert await run(self.bearing(bob)) == 404
            assert await run(self.bearing(admin)) == 403
            assert await run(self.bearing(service, ada)) == 200
            assert await run(self.bearing(service, bob)) == 404
            assert await run(self.bearing(bob, ada)) == 404
            assert await run(self.bearing(service, ada, by="rag")) == 401  # made by another service
            narrow, elsewhere = (Principal("key:2", "key", "ada", reach) for reach in (("ai",), ("rag",)))
            assert await run(self.bearing(service, narrow)) == 200  # may ask questions, for which ai asks query
            assert await run(self.bearing(narrow)) == 403
            assert await run(self.bearing(service, elsewhere)) == 403
            assert len((await made.http.get("/api/connections", auth=self.bearing(ada))).json()) == 1
            assert (await made.http.get("/api/connections", auth=self.bearing(bob))).json() == []
            runs = (await made.http.get("/api/query/history", auth=self.bearing(ada))).json()
            assert runs["total"] == 3
            everyone = await made.http.get("/api/query/history?everyone=true", auth=self.bearing(admin))
            assert everyone.json()["total"] == 3


class TestOddities:
    async def test_values_that_json_has_no_words_for(self, request: pytest.FixtureRequest, tmp_path: Path):
        port, name = await make_postgres(request.getfixturevalue("postgres"))
        async with sql_services(tmp_path / "data") as made:
            await made.connect(
                engine="postgres", host="127.0.0.1", port=port, database=name, user="reader",
                password="only-reads", tls="off",
            )  # fmt: skip
            digits = "123456789012345678901234567890.123456789012345678901234567890"
            answer = await made.run(
                f"SELECT 'NaN'::float8, '-Infinity'::float8, {digits}, date '0044-03-15 BC', 'infinity'::timestamp, "
                "decode('00ff', 'hex'), 9007199254740993, '{\"a\": [1]}'::jsonb, ARRAY[1, 2], interval '1 day', "
                "'a'::text AS x, 'b'::text AS x, time '24:00', NULL, (1, 'b'), timestamptz '2024-01-01 00:00+02'"
            )
            assert answer["rows"][0] == [
                "NaN", "-Infinity", digits, "0044-03-15 BC", "infinity", "AP8=", "9007199254740993", '{"a": [1]}',
                [1, 2], "1 day", "a", "b", "24:00:00", None, [1, "b"], "2023-12-31 22:00:00+00:00",
            ]  # fmt: skip
            assert [one["name"] for one in answer["columns"]][10:12] == ["x", "x"]
            large = await made.run("SELECT repeat('x', 10000000) AS cell")
            assert len(large["rows"][0][0]) == 10_000_000
            too_large = await made.run("SELECT repeat('x', 100000000) AS cell", expect=413)
            assert "larger than 24 MiB" in too_large["detail"]
            none = await made.run("SELECT FROM orders LIMIT 2")
            assert (none["columns"], none["rows"]) == ([], [[], []])
            empty = await made.run("SELECT * FROM orders WHERE 1 = 0")
            assert empty["rows"] == [] and len(empty["columns"]) == 6
            for form in ("csv", "ndjson", "arrow", "parquet"):
                body = {"connection_id": "shop", "sql": "SELECT 1 AS a, 2 AS a, NULL AS b", "format": form}
                assert (await made.http.post("/api/query", json=body)).status_code == 200

    async def test_a_dead_server_is_named_and_slows_no_other(self, tmp_path: Path):
        async with shop(tmp_path, connect_seconds_max=2) as made:
            dead = {
                "name": "dead",
                "engine": "postgres",
                "host": "127.0.0.1",
                "port": free_port(),
                "database": "x",
                "user": "x",
            }
            refused = await made.http.post("/api/connections", json=dead)
            assert refused.status_code == 502 and "cannot be reached" in refused.json()["detail"]
            assert (await made.http.post("/api/connections", json=dead | {"test": False})).status_code == 201
            silent = await asyncio.start_server(lambda _reader, _writer: asyncio.sleep(30), "127.0.0.1", 0)
            silent_port = silent.sockets[0].getsockname()[1]
            for name, engine in (("mute", "postgres"), ("mute too", "mysql")):
                body = dead | {"name": name, "engine": engine, "port": silent_port, "test": False}
                assert (await made.http.post("/api/connections", json=body)).status_code == 201
            waiting = [
                asyncio.create_task(
                    made.http.post("/api/query", json={"connection_id": name, "sql": "SELECT 1"}, timeout=30)
                )
                for name in ("mute", "mute too", "dead")
                for _ in range(10)
            ]
            assert (await made.run("SELECT 1"))["rows"] == [[1]]
            assert any(not one.done() for one in waiting)
            assert {(await one).status_code for one in waiting} == {502}
            silent.close()

    async def test_descriptions_that_do_not_hold_together_say_so(self, tmp_path: Path):
        async with shop(tmp_path) as made:
            for body, said in (
                ({"engine": "postgres", "host": "x"}, "needs host and database"),
                ({"engine": "sqlite", "path": "relative.sqlite"}, "not an absolute path"),
                ({"engine": "sqlite", "path": "/no/such.sqlite"}, "does not exist"),
                ({"engine": "sqlite", "path": str(tmp_path / "data" / "query" / "records.sqlite3")}, "own data folder"),
                ({"engine": "duckdb", "path": str(tmp_path / "data2")}, "does not exist"),
                ({"engine": "db2"}, "engine"),
                ({"engine": "sqlite", "path": "/etc/passwd"}, "cannot be read as SQLite"),
            ):
                answer = await made.http.post("/api/connections", json={"name": "bad"} | body)
                assert 400 <= answer.status_code < 600 and said in answer.text, (body, answer.text)
            twice = await made.http.post(
                "/api/connections", json={"name": "shop", "engine": "sqlite", "path": str(tmp_path / "shop.sqlite")}
            )
            assert twice.status_code == 409
            nothing = await made.http.patch("/api/connections/shop", json={})
            assert nothing.status_code == 422
            renamed = await made.http.patch("/api/connections/shop", json={"name": "商店"})
            assert renamed.json()["name"] == "商店"

    async def test_hosts_that_a_driver_would_read_options_from_are_refused(self, tmp_path: Path):
        async with shop(tmp_path) as made:
            for host in (
                "mongodb://h/?tlsCAFile=/etc/passwd",
                "h?sslkey=/etc/passwd",
                "h;A=b",
                "(DESCRIPTION=x)",
            ):
                body = {"name": "bad", "engine": "postgres", "host": host, "database": "x"}
                answer = await made.http.post("/api/connections", json=body)
                assert answer.status_code == 400 and "is not a valid host" in answer.text, (host, answer.text)

    async def test_without_identity_no_file_is_connected_unless_its_folder_was_named(self, tmp_path: Path):
        make_sqlite(tmp_path / "shop.sqlite")
        (tmp_path / "prices.csv").write_text("a,b\n1,2\n")
        described = (
            {"engine": "sqlite", "path": str(tmp_path / "shop.sqlite")},
            {"engine": "sqlite", "path": "/no/such.sqlite"},  # the answer does not tell whether it exists
            {"engine": "sqlite", "path": f"/proc/self/root{tmp_path}/shop.sqlite"},
            {"engine": "duckdb", "path": str(tmp_path / "prices.csv")},
            {"engine": "duckdb", "path": str(tmp_path)},
            {"engine": "postgres", "host": "/var/run/postgresql", "database": "x"},
            {"engine": "postgres", "host": "127.0.0.1", "database": "x", "tls": "verify", "ca_file": "/etc/passwd"},
        )
        async with sql_services(tmp_path / "data", file_folders=[]) as made:
            for body in described:
                answer = await made.http.post("/api/connections", json={"name": "bad"} | body)
                assert answer.status_code == 400, (body, answer.text)
                assert "CONNECTION_FILE_FOLDERS" in answer.json()["detail"]

    async def test_a_path_does_not_leave_the_folders_that_were_named(self, tmp_path: Path):
        inside, outside = tmp_path / "inside", tmp_path / "outside"
        inside.mkdir()
        outside.mkdir()
        make_sqlite(outside / "shop.sqlite")
        (outside / "prices.csv").write_text("a,b\n1,2\n")
        (inside / "link.sqlite").symlink_to(outside / "shop.sqlite")
        (inside / "link.csv").symlink_to(outside / "prices.csv")
        (inside / "linked").symlink_to(outside)
        (inside / "loop.sqlite").symlink_to(inside / "loop.sqlite")
        paths = (
            "link.sqlite", "linked/shop.sqlite", "../outside/shop.sqlite", "./../inside/../outside/shop.sqlite",
            "../inside-not/shop.sqlite", "loop.sqlite", "nul\0.sqlite",
        )  # fmt: skip
        async with sql_services(tmp_path / "data", file_folders=[str(inside)]) as made:
            for path in paths:
                body = {"name": "bad", "engine": "sqlite", "path": f"{inside}/{path}"}
                answer = await made.http.post("/api/connections", json=body)
                assert answer.status_code == 400, (path, answer.text)
            for path in ("link.csv", "linked", "linked/prices.csv"):
                body = {"name": "bad", "engine": "duckdb", "path": f"{inside}/{path}"}
                answer = await made.http.post("/api/connections", json=body)
                assert answer.status_code == 400, (path, answer.text)
            (inside / "own.csv").write_text("a\n1\n")
            await made.connect(engine="duckdb", path=str(inside))
            schema = (await made.http.get("/api/connections/shop/schema")).json()
            assert [one["name"] for one in schema["tables"]] == ["own"]
            for sql in (f"SELECT * FROM '{inside}/link.csv'", f"SELECT * FROM read_csv('{outside}/prices.csv')"):
                await made.run(sql, expect=400)

    async def test_a_connected_file_that_came_to_lie_elsewhere_is_not_opened(self, tmp_path: Path):
        inside = tmp_path / "inside"
        inside.mkdir()
        make_sqlite(inside / "shop.sqlite")
        async with sql_services(tmp_path / "data", file_folders=[str(inside)]) as made:
            await made.connect(engine="sqlite", path=str(inside / "shop.sqlite"))
            (inside / "shop.sqlite").rename(tmp_path / "shop.sqlite")
            (inside / "shop.sqlite").symlink_to(tmp_path / "shop.sqlite")
            assert "CONNECTION_FILE_FOLDERS" in (await made.run("SELECT 1", expect=403))["detail"]
            tested = (await made.http.post("/api/connections/shop/test")).json()
            assert not tested["ok"] and "CONNECTION_FILE_FOLDERS" in tested["error"]

    async def test_data_files_are_tables(self, tmp_path: Path):
        folder = tmp_path / "files"
        folder.mkdir()
        (folder / "sales.csv").write_text("region,amount\nnorth,10\nsouth,20\n")
        (folder / "people.json").write_text(json.dumps([{"name": "Ada"}, {"name": "李雷"}]))
        async with sql_services(tmp_path / "data") as made:
            await made.connect(engine="duckdb", path=str(folder))
            assert (await made.run("SELECT sum(amount) FROM sales"))["rows"] in ([[30]], [["30"]])
            assert (await made.run("SELECT count(*) FROM people"))["rows"] == [[2]]
            schema = (await made.http.get("/api/connections/shop/schema")).json()
            assert [one["name"] for one in schema["tables"]] == ["people", "sales"]

    async def test_whoever_leaves_stops_the_query(self, tmp_path: Path):
        async with shop(tmp_path) as made:
            asked = asyncio.create_task(made.run(ENDLESS, timeout_seconds=60))
            runner = made.query.state.runner
            async with asyncio.timeout(30):
                while not runner.running:
                    await asyncio.sleep(0.02)
                asked.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await asked
                while runner.running:
                    await asyncio.sleep(0.02)
