"""Several instances that start on one empty database at once: each finds its tables, none fails."""

import os
import subprocess
import sys

import pytest

from harness.servers.postgres import new_database

pytestmark = pytest.mark.heavy

OPENING = """
import asyncio, sys
from pathlib import Path
import aistack.{service}.app as app
from aistack.stores.records import service_records

async def main():
    async with service_records(sys.argv[1], Path(sys.argv[2]), app.MIGRATIONS, app.HEAD, app.VERSION_TABLE):
        print("opened")

sys.stdin.readline()
asyncio.run(main())
"""


@pytest.mark.parametrize("way", ["here", "apart"])
async def test_three_instances_of_each_of_three_services(postgres: str, tmp_path, way: str):
    url = await new_database(postgres)
    piped = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    environ = os.environ | {"AISTACK_MIGRATE": way}
    words = [
        [sys.executable, "-c", OPENING.format(service=service), url, str(tmp_path / service)]
        for service in ("rag", "connection", "query")
        for _ in range(3)
    ]
    starting = [subprocess.Popen(one, env=environ, **piped) for one in words]
    for one in starting:
        one.stdin.write("\n")
        one.stdin.flush()
    said = [one.communicate(timeout=60) for one in starting]
    assert [out for out, _ in said] == ["opened\n"] * 9, said


async def test_a_failure_of_the_process_that_migrates_is_told(tmp_path):
    (tmp_path / "rag").mkdir()
    (tmp_path / "rag/records.sqlite3").write_bytes(b"no database " * 100)
    words = [sys.executable, "-c", OPENING.format(service="rag"), "", str(tmp_path / "rag")]
    done = subprocess.run(
        words, input="\n", env=os.environ | {"AISTACK_MIGRATE": "apart"}, capture_output=True, text=True
    )
    assert done.returncode != 0 and "cannot be opened" in done.stderr and "not a database" in done.stderr
