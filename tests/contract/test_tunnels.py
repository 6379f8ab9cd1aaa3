"""Databases behind another machine: through a real OpenSSH server, with its key checked."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.servers import ssh
from harness.servers.ssh import Sshd
from harness.services.sql import sql_services
from harness.sql.shop import make_postgres


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[Sshd]:
    with ssh.sshd(tmp_path) as server:
        yield server


@pytest.fixture
async def shop(postgres: str) -> dict:
    port, name = await make_postgres(postgres)
    return {
        "engine": "postgres", "host": "127.0.0.1", "port": port, "database": name, "user": "reader",
        "password": "only-reads", "tls": "off",
    }  # fmt: skip


async def test_a_database_is_reached_over_another_machine(sshd: Sshd, shop: dict, tmp_path: Path):
    async with sql_services(tmp_path / "data") as made:
        connected = await made.connect(**shop, **sshd.described)
        assert connected["place"].endswith("via 127.0.0.1")
        assert sshd.key.splitlines()[2] not in str(connected)
        assert (await made.run("SELECT count(*) FROM orders"))["rows"] == [[5]]
        assert (await made.http.get("/api/connections/shop/schema")).json()["tables"]
        body = {"connection_id": "shop", "sql": "SELECT * FROM orders", "format": "parquet"}
        assert (await made.http.post("/api/query", json=body)).content.startswith(b"PAR1")


async def test_a_tunnel_that_broke_is_opened_again(sshd: Sshd, shop: dict, tmp_path: Path):
    async with sql_services(tmp_path / "data") as made:
        await made.connect(**shop, **sshd.described)
        assert (await made.run("SELECT 1 AS one"))["rows"] == [[1]]
        sessions = subprocess.run(["pgrep", "-P", str(sshd.process.pid)], capture_output=True, text=True).stdout.split()
        for session in sessions:
            os.kill(int(session), signal.SIGKILL)
        answer = await made.http.post("/api/query", json={"connection_id": "shop", "sql": "SELECT 1 AS one"})
        if answer.status_code != 200:  # what was idle in the pool went down with it
            answer = await made.http.post("/api/query", json={"connection_id": "shop", "sql": "SELECT 1 AS one"})
        assert answer.json()["rows"] == [[1]]


async def test_another_host_key_or_a_key_that_is_not_known_is_refused(sshd: Sshd, shop: dict, tmp_path: Path):
    other = {"host": (tmp_path / "other.pub").read_text(), "own": (tmp_path / "other").read_text()}
    async with sql_services(tmp_path / "data") as made:
        for changed, says in (
            ({"ssh_host_key": other["host"]}, "host key"), ({"ssh_key": other["own"]}, "rejects the credentials"),
            ({"ssh_host_key": ""}, "needs ssh_host_key"), ({"ssh_key": ""}, "ssh_key or ssh_password"),
            ({"ssh_host_key": "nonsense"}, "cannot be read"), ({"tls": "verify"}, "cannot be verified"),
            ({"ssh_port": 1}, "tunnel"),
        ):  # fmt: skip
            body = {"name": "shop"} | shop | sshd.described | changed
            answer = await made.http.post("/api/connections", json=body)
            assert answer.status_code >= 400
            assert says in answer.json()["detail"], answer.text
