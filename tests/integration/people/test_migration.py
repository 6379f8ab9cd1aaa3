"""Records from before there were people: their keys belong to the owners, and go on working unchanged."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.engine import Connection

from aistack.gateway.app import MIGRATIONS
from aistack.gateway.identity.authentication import digest_of
from aistack.gateway.tables import VERSION_TABLE
from aistack.stores.records import Records, _engine
from harness.services.gateway import echo, running_gateway
from tests.integration.people.conftest import Administrator
from tests.integration.test_gateway_identity import bearing, told_to

INSERT = text(
    "INSERT INTO gateway_keys (id, name, start, digest, services, rate, created_at)"
    " VALUES (:id, :name, 'ask_', :digest, :services, '', :at)"
)


def earlier(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    config.attributes["version_table"] = VERSION_TABLE
    command.upgrade(config, "0002")
    for key_id, name, services in (("0" * 12, "wide", None), ("1" * 12, "narrow", '["echo"]')):
        values: dict[str, Any] = {"id": key_id, "name": name, "digest": digest_of(f"ask_{name}"), "services": services}
        connection.execute(INSERT, values | {"at": datetime.now(UTC)})


async def test_keys_go_on_working(either_records: str, tmp_path: Path):
    url = either_records.partition("'")[2].rstrip("'\n")
    (tmp_path / "gateway").mkdir()
    records = Records(_engine(url, tmp_path / "gateway" / "records.sqlite3"))
    async with records.write() as connection:
        await connection.run_sync(earlier)
    await records.close()
    async with running_gateway(tmp_path, either_records, identity=True) as gateway:
        await gateway.instance("echo", echo)
        listed = (await Administrator(gateway).done("GET", "/keys"))["keys"]
        assert {(key["name"], key["subject"], key["read_only"], key["things"]) for key in listed} == {
            ("wide", "owner", False, None), ("narrow", "owner", False, None)
        }  # fmt: skip
        wide, narrow = [await told_to(gateway, bearing(f"ask_{name}")) for name in ("wide", "narrow")]
        assert (wide.subject, wide.services, wide.is_administrator) == ("owner", None, True)
        assert (narrow.subject, narrow.services, narrow.is_administrator) == ("owner", ("echo",), False)
        assert (await Administrator(gateway, "ask_narrow").ask("GET", "/users")).status_code == 403
        assert (await Administrator(gateway, "ask_wide").ask("GET", "/users")).status_code == 200


async def test_with_identity_off_there_is_one_local_person(tmp_path: Path):
    async with running_gateway(tmp_path) as gateway:
        me = (await gateway.client.get("/gateway/me")).json()
        assert (me["subject"], me["role"], me["is_administrator"], me["identity"]) == ("owner", "owner", True, False)
        assert (await gateway.client.get("/gateway/users")).status_code == 404
        assert not (tmp_path / "gateway" / "records.sqlite3").exists()


@pytest.mark.parametrize("name", ["me", "users"])
async def test_without_a_key_nobody_is_told_anything(tmp_path: Path, name: str):
    async with running_gateway(tmp_path, identity=True) as gateway:
        assert (await gateway.client.get(f"/gateway/{name}", headers={"authorization": ""})).status_code == 401
