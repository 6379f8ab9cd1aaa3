"""Whose connections, statements, schedules and lessons are whose, and what becomes of them."""

from dataclasses import replace
from pathlib import Path

import pytest

from aistack.ai.generation import verified_queries
from aistack.chassis.identity import Principal
from harness.processes import free_port
from harness.services.sql_people import People, person, sql_people
from harness.sql.access_matrix import GROUP, SERVICES, USERS
from harness.sql.shop import make_duckdb, make_mariadb, make_postgres

pytestmark = pytest.mark.heavy

MAKER, STRANGER, OWNER = person("maker"), person("stranger"), person("owner", role="owner")
GROUPED = replace(person("in the group"), groups=(GROUP,))
QUESTION = "How many customers are there?"


async def run(people: People, who: Principal, sql: str, connection: str = "shop", **more: object) -> list:
    return (await people.done(who, "POST", "/api/query", {"connection_id": connection, "sql": sql} | more))["rows"]


async def refused(people: People, who: Principal, method: str, path: str, body: object, status: int) -> str:
    got = await people.call(who, method, path, body)
    assert got.status_code == status, got.text
    return got.json()["detail"]


class TestConnections:
    async def test_are_connected_by_administrators_unless_members_may(self, tmp_path: Path):
        async with sql_people(tmp_path, members_connect=False) as people:
            new = {"name": "own", "engine": "sqlite", "path": str(tmp_path / "x.sqlite"), "test": False}
            await refused(people, MAKER, "POST", "/api/connections", new, 403)
            assert await people.connect(person("admin", role="admin"), test=False)

    async def test_members_connect_files_only_in_named_folders(self, tmp_path: Path):
        async with sql_people(tmp_path, file_folders=[]) as people:
            new = {"name": "own", "engine": "sqlite", "path": str(tmp_path / "x.sqlite"), "test": False}
            assert "CONNECTION_FILE_FOLDERS" in await refused(people, MAKER, "POST", "/api/connections", new, 400)
            assert await people.connect(OWNER, test=False)

    async def test_a_new_address_needs_the_password_again(self, people: People):
        server = {"engine": "postgres", "host": "db.example", "database": "d", "user": "u", "password": "secret-1"}
        new = {"name": "far", "test": False, "tls": "require"} | server
        connection = (await people.done(MAKER, "POST", "/api/connections", new))["id"]
        await people.share(MAKER, f"/api/connections/{connection}", {USERS["edit"]: "edit"})
        path, editor = f"/api/connections/{connection}", person("edit")
        tunnel = {"ssh_host": "evil", "ssh_user": "u", "ssh_password": "p", "ssh_host_key": "ssh-ed25519 AAAA"}
        for change in ({"host": "evil.example"}, {"port": 5433}, {"tls": "off"}, tunnel):
            changed = await refused(people, editor, "PATCH", path, change | {"test": False}, 400)
            assert "needs password again" in changed, changed
        await people.done(editor, "PATCH", path, {"host": "db.example", "database": "other", "test": False})
        await people.done(editor, "PATCH", path, {"host": "new.example", "password": "secret-2", "test": False})

    async def test_only_managers_change_roles_and_rules_and_only_editors_see_them(self, people: People):
        connection = await people.connect(MAKER, rules={"filters": [{"table": "orders", "where": "1 = 1"}]})
        path = f"/api/connections/{connection}"
        await people.share(MAKER, path, {USERS["edit"]: "edit", USERS["view"]: "view"})
        for change in ({"rules": {}}, {"roles": {}}):
            assert "only its managers" in await refused(people, person("edit"), "PATCH", path, change, 403)
        assert (await people.done(person("edit"), "GET", path))["roles"]["run"] == ["*"]
        seen = await people.done(person("view"), "GET", path)
        assert (seen["roles"]["run"], seen["rights"], seen["yours"]) == ([], ["see"], "view")

    async def test_roles_name_people_and_groups_besides_keys(self, people: People):
        roles = {"see": [], "ask": [GROUP], "run": [USERS["use"], "old", "key:9"], "write": []}
        await people.connect(MAKER, roles=roles)
        assert await run(people, person("use"), "SELECT 1") == [[1]]
        statement = {"connection_id": "shop", "sql": "SELECT 1"}
        await refused(people, GROUPED, "POST", "/api/query", statement, 403)
        asked = await people.done(GROUPED, "POST", "/api/ai/query", {"connection_id": "shop", "question": QUESTION})
        assert asked["result"]["rows"] == [[3]]
        for key in (Principal("key:8", "key", "old", SERVICES), Principal("key:9", "key", "x", SERVICES)):
            assert await run(people, key, "SELECT 1") == [[1]]
        named = Principal("key:7", "key", "old", SERVICES, subject=USERS["stranger"])  # anyone may call a key that
        await refused(people, named, "POST", "/api/query", statement, 404)

    async def test_keys_of_the_owner_use_what_they_could_and_change_nothing(self, people: People):
        await people.connect(OWNER)
        key, other = Principal("key:8", "key", "old", SERVICES), Principal("key:9", "key", "x", SERVICES)
        administrator = Principal("key:1", "key", "administrator")
        connection = (await people.done(administrator, "POST", "/api/connections", {
            "name": "kept", "engine": "sqlite", "path": str(people.folder / "user-00000000000a-shop.sqlite"),
        }))["id"]  # fmt: skip
        assert await run(people, key, "SELECT 1", "kept") == [[1]]
        await refused(people, key, "DELETE", f"/api/connections/{connection}", None, 403)
        await refused(people, key, "PUT", f"/api/connections/{connection}/access", {"grants": []}, 403)
        statement = {"connection_id": "kept", "sql": "SELECT 1", "name": "mine"}
        saved = await people.done(key, "POST", "/api/query/saved", statement)
        assert saved["owner"] == "key:8"
        assert await people.done(other, "GET", "/api/query/saved") == []
        assert len(await people.done(administrator, "GET", "/api/query/saved")) == 1

    async def test_one_made_again_under_its_name_answers_from_the_new_database(self, people: People):
        connection = await people.connect(MAKER)
        assert await run(people, MAKER, "SELECT count(*) FROM customers") == [[3]]
        await people.lesson(MAKER, connection)
        await people.done(MAKER, "PUT", "/api/ai/connections/shop/layer", {"text": "glossary:\n  old: word\n"})
        await people.done(MAKER, "DELETE", "/api/connections/shop")
        path = make_duckdb(people.folder / "new.duckdb")
        new = {"name": "shop", "engine": "duckdb", "path": str(path)}
        assert (await people.done(MAKER, "POST", "/api/connections", new))["id"] != connection
        assert await run(people, MAKER, "SELECT current_database()") == [["new"]]
        assert await people.done(MAKER, "GET", "/api/ai/connections/shop/lessons") == []
        assert (await people.done(MAKER, "GET", "/api/ai/connections/shop/layer"))["text"] == ""
        answer = await people.done(MAKER, "POST", "/api/ai/query", {"connection_id": "shop", "question": QUESTION})
        assert answer["method"] != "lesson"
        await refused(people, MAKER, "POST", "/api/query", {"connection_id": connection, "sql": "SELECT 1"}, 404)


class TestRowFilters:
    @pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
    async def test_give_each_caller_their_rows_in_every_format(self, people: People, engine: str):
        where = "'group:' || status IN ({caller.groups}) OR status IN ({caller.name}, {caller.email})"
        rules = {"filters": [{"table": "orders", "where": where}]}
        if engine == "duckdb":
            new = {
                "name": "shop",
                "engine": engine,
                "path": str(make_duckdb(people.folder / "a.duckdb")),
                "rules": rules,
            }
            await people.done(MAKER, "POST", "/api/connections", new)
        else:
            await people.connect(MAKER, rules=rules)
        await people.share(MAKER, "/api/connections/shop", {"everyone": "use"})
        sql = "SELECT count(*) AS n FROM orders WHERE id > :low"
        paid = replace(STRANGER, groups=("group:paid", "group:'OR'1'='1"), name="' OR '1'='1")
        for who in (STRANGER, replace(STRANGER, name="paid")):  # people choose their names themselves
            assert await run(people, who, sql, params={"low": 0}) == [[0]], who
        for who in (paid, replace(STRANGER, email="paid")):
            assert await run(people, who, sql, params={"low": 0}) == [[2]], who
        for form in ("csv", "ndjson", "arrow", "parquet"):
            body = {"connection_id": "shop", "sql": "SELECT status FROM orders", "format": form}
            got = await people.call(paid, "POST", "/api/query", body)
            assert got.status_code == 200 and b"paid" in got.content and b"shipped" not in got.content, form
        asked = {"connection_id": "shop", "question": "How many orders are there?"}
        counts = [
            (await people.done(one, "POST", "/api/ai/query", asked))["result"]["rows"] for one in (paid, STRANGER)
        ]
        assert counts == [[[2]], [[0]]]

    @pytest.mark.parametrize("engine", ["postgres", "mysql"])
    async def test_are_bound_by_servers_too(self, people: People, engine: str, request: pytest.FixtureRequest):
        where = "note IN ({caller.groups}) OR status IN ({caller.name}, {caller.email})"
        account = {"host": "127.0.0.1", "user": "reader", "password": "only-reads", "tls": "off", "engine": engine}
        if engine == "mysql":
            port, name = request.getfixturevalue("mariadb"), f"shop{free_port()}"
            make_mariadb(port, name)
        else:
            port, name = await make_postgres(request.getfixturevalue("postgres"))
        new = {
            "name": "shop",
            "port": port,
            "database": name,
            "rules": {"filters": [{"table": "orders", "where": where}]},
        }
        await people.done(OWNER, "POST", "/api/connections", new | account)
        await people.share(OWNER, "/api/connections/shop", {"everyone": "use"})
        sql = "SELECT count(*) FROM orders WHERE id > :low"
        hostile = replace(STRANGER, name="' OR '1'='1", groups=("group:a", "group:'OR'1'='1"))
        for who, count in ((STRANGER, 0), (hostile, 0), (replace(hostile, email="paid"), 2)):
            assert await run(people, who, sql, params={"low": 0}) == [[count]], who
        body = {"connection_id": "shop", "sql": "SELECT status FROM orders", "format": "csv"}
        got = await people.call(replace(hostile, email="paid"), "POST", "/api/query", body)
        assert got.text.split() == ["status", "paid", "paid"]

    async def test_parameters_of_a_statement_cannot_replace_the_caller(self, people: People):
        await people.connect(MAKER, rules={"filters": [{"table": "orders", "where": "status = {caller.id}"}]})
        body = {"connection_id": "shop", "sql": "SELECT * FROM orders", "params": {"caller__id": "paid"}}
        assert "caller__" in await refused(people, MAKER, "POST", "/api/query", body, 400)

    async def test_masks_spare_groups(self, people: People):
        await people.connect(MAKER, rules={"masks": [{"table": "customers", "column": "name", "except_for": [GROUP]}]})
        await people.share(MAKER, "/api/connections/shop", {"everyone": "use"})
        sql = "SELECT name FROM customers WHERE id = 1"
        assert await run(people, STRANGER, sql) == [[None]] and await run(people, GROUPED, sql) == [["Ada Lovelace"]]


class TestLessons:
    async def test_who_may_only_ask_sees_their_own_and_teaches_no_sql(self, people: People):
        connection = await people.connect(MAKER)
        _, lesson = await people.lesson(MAKER, connection)
        roles = {"see": [], "ask": [USERS["view"]], "run": ["*"], "write": []}
        await people.done(MAKER, "PATCH", "/api/connections/shop", {"roles": roles})
        asker, path = person("view"), f"/api/ai/connections/{connection}/lessons"
        assert await people.done(asker, "GET", path) == []
        await refused(people, asker, "DELETE", f"{path}/{lesson}", None, 404)
        asked = {"connection_id": connection, "question": "How many orders are there?"}
        question = (await people.done(asker, "POST", "/api/ai/query", asked))["id"]
        taught = {"question_id": question, "right": True, "sql": "SELECT 7"}
        assert "not send SQL" in await refused(people, asker, "POST", "/api/ai/feedback", taught, 403)
        own = (await people.done(asker, "POST", "/api/ai/feedback", {"question_id": question, "right": True}))["id"]
        assert [one["id"] for one in await people.done(asker, "GET", path)] == [own]
        await people.done(asker, "DELETE", f"{path}/{own}")

    async def test_editors_without_the_right_to_run_curate_nothing_and_store_no_sql(self, people: People):
        roles = {"see": ["*"], "ask": ["*"], "run": [MAKER.subject], "write": []}
        connection = await people.connect(MAKER, roles=roles)
        await people.share(MAKER, f"/api/connections/{connection}", {USERS["edit"]: "edit"})
        _, lesson = await people.lesson(MAKER, connection)
        editor, path = person("edit"), f"/api/ai/connections/{connection}"
        assert await people.done(editor, "GET", f"{path}/lessons") == []
        await refused(people, editor, "DELETE", f"{path}/lessons/{lesson}", None, 404)
        metric = "metrics:\n  n:\n    table: orders\n    expression: COUNT(*)\n"
        layer = {"text": metric}
        assert "cannot change metrics.n" in await refused(people, editor, "PUT", f"{path}/layer", layer, 403)
        await people.done(MAKER, "PUT", f"{path}/layer", layer)
        await people.done(editor, "PUT", f"{path}/layer", {"text": f"{metric}glossary:\n  old: word\n"})
        await people.done(MAKER, "PUT", f"{path}/layer", {"text": ""})
        await refused(people, editor, "POST", f"{path}/layer/versions/1/restore", None, 403)
        plan = {"connection_id": connection, "sql": "SELECT 1", "run_explain": True}
        assert "not see plans" in await refused(people, editor, "POST", "/api/ai/validate", plan, 403)

    async def test_editors_teach_everyone_who_sees_the_same_data(self, people: People):
        rules = {"filters": [{"table": "orders", "where": "1 = 1", "except_for": [USERS["edit"]]}]}
        connection = await people.connect(MAKER, rules=rules)
        await people.share(MAKER, f"/api/connections/{connection}", {"everyone": "use", USERS["edit"]: "edit"})
        asked = {"connection_id": connection, "question": QUESTION}

        async def teach(who: Principal, sql: str) -> None:
            question = (await people.done(who, "POST", "/api/ai/query", asked))["id"]
            await people.done(who, "POST", "/api/ai/feedback", {"question_id": question, "right": True, "sql": sql})

        async def answered(who: Principal) -> list:
            return (await people.done(who, "POST", "/api/ai/query", asked))["result"]["rows"]

        await teach(STRANGER, "SELECT 7")
        assert (await answered(STRANGER), await answered(GROUPED)) == ([[7]], [[3]])
        await teach(person("edit"), "SELECT 8")  # sees rows that others do not
        assert (await answered(person("edit")), await answered(GROUPED)) == ([[8]], [[3]])
        await teach(MAKER, "SELECT 9")
        assert await answered(GROUPED) == [[9]]

    async def test_a_person_neither_pushes_out_the_editors_nor_keeps_sql_longer_than_the_right_to_run_it(
        self, people: People, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(verified_queries, "KEPT_MAX", 3)
        monkeypatch.setattr(verified_queries, "READ_MAX", 3)
        connection, other = await people.connect(MAKER), "How many orders are there?"
        await people.share(MAKER, f"/api/connections/{connection}", {STRANGER.subject: "use"})

        async def ask(who: Principal, text: str) -> dict:
            return await people.done(who, "POST", "/api/ai/query", {"connection_id": connection, "question": text})

        async def teach(who: Principal, text: str, **more: str) -> None:
            given = {"question_id": (await ask(who, text))["id"], "right": True} | more
            await people.done(who, "POST", "/api/ai/feedback", given)

        await teach(MAKER, other, sql="SELECT 9")
        for number in range(5):
            await teach(STRANGER, QUESTION, sql=f"SELECT {number}")
        lessons = await people.done(MAKER, "GET", f"/api/ai/connections/{connection}/lessons")
        assert [one["sql"] for one in lessons if one["right"]] == ["SELECT 4", "SELECT 9"]
        assert len([one for one in lessons if one["principal"] == STRANGER.id]) == 3
        assert (await ask(STRANGER, other))["sql"] == (await ask(MAKER, other))["sql"] == "SELECT 9"
        await teach(STRANGER, QUESTION)  # which is the statement of one's own again
        assert (await ask(STRANGER, QUESTION))["sql"] == "SELECT 4"
        await people.done(MAKER, "PATCH", f"/api/connections/{connection}", {"roles": {"run": []}})
        assert "customers" in (await ask(STRANGER, QUESTION))["sql"]
        assert (await ask(STRANGER, other))["sql"] == "SELECT 9"

    async def test_a_layer_is_edited_by_whom_it_is_shared_with(self, people: People):
        connection = await people.connect(MAKER)
        await people.share(MAKER, f"/api/connections/{connection}", {"everyone": "use"})
        path, layer = f"/api/ai/connections/{connection}/layer", {"text": "glossary:\n  word: meaning\n"}
        await refused(people, STRANGER, "PUT", path, layer, 403)
        await people.share(MAKER, f"/api/ai/layers/{connection}", {USERS["stranger"]: "edit"})
        await people.done(STRANGER, "PUT", path, layer)
        await people.share(MAKER, f"/api/connections/{connection}", {})
        await refused(people, STRANGER, "GET", path, None, 404)


class TestBelongings:
    SERVICE = Principal("service:gateway", "service", "gateway")

    async def hand_over(self, people: People, heir: str | None) -> list[dict]:
        body = {"subject": MAKER.subject, "heir": heir}
        paths = ("/api/query", "/api/ai", "/api/connections")
        return [await people.done(self.SERVICE, "POST", f"{path}/belongings", body) for path in paths]

    async def listed(self, people: People) -> dict[str, list[dict]]:
        paths = ("/api/query", "/api/ai", "/api/connections")
        answers = [
            await people.done(self.SERVICE, "GET", f"{path}/belongings?subject={MAKER.subject}&list=true")
            for path in paths
        ]
        assert all(one["counts"] == {kind: len(things) for kind, things in one["things"].items()} for one in answers)
        return {kind: things for one in answers for kind, things in one["things"].items()}

    @pytest.mark.parametrize("heir", [USERS["use"], None])
    async def test_go_to_the_heir_or_are_deleted(self, people: People, heir: str | None):
        connection = await people.connect(MAKER)
        statement = {"connection_id": connection, "sql": "SELECT 1"}
        await people.done(MAKER, "POST", "/api/query/saved", statement | {"name": "one"})
        await people.done(MAKER, "POST", "/api/query/jobs", statement)
        await people.lesson(MAKER, connection)
        await people.done(MAKER, "PUT", f"/api/ai/connections/{connection}/layer", {"text": "{}"})
        listed = await self.listed(people)
        assert {kind: [one["name"] for one in things] for kind, things in listed.items()} == {
            "saved-query": ["one"], "job": ["SELECT 1"], "layer": [connection], "question": [QUESTION],
            "lesson": [QUESTION], "connection": ["shop"],
        }  # fmt: skip
        assert listed["connection"][0]["id"] == connection
        counts = [one["counts"] for one in await self.hand_over(people, heir)]
        assert counts == [
            {"saved-query": 1, "job": 1}, {"layer": 1, "question": 1, "lesson": 1}, {"connection": 1},
        ]  # fmt: skip
        assert await people.done(MAKER, "GET", "/api/connections") == []
        assert await people.done(MAKER, "GET", "/api/query/saved") == []
        if heir is None:
            assert await people.done(OWNER, "GET", "/api/connections") == []
            return
        names = [one["name"] for one in await people.done(person("use"), "GET", "/api/query/saved")]
        assert names == ["one"] and len(await people.done(person("use"), "GET", "/api/query/jobs")) == 1
        assert await run(people, person("use"), "SELECT 1") == [[1]]
