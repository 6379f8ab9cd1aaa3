"""Several instances that start on one empty database at once: each finds its tables, none fails."""

import subprocess
import sys

import pytest

from tests.conftest import new_database

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


async def test_three_instances_of_each_of_three_services(postgres: str, tmp_path):
    url = await new_database(postgres)
    starting = [
        subprocess.Popen(
            [sys.executable, "-c", OPENING.format(service=service), url, str(tmp_path / service)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for service in ("rag", "connection", "query")
        for _ in range(3)
    ]  # fmt: skip
    for one in starting:
        one.stdin.write("\n")
        one.stdin.flush()
    said = [one.communicate(timeout=60) for one in starting]
    assert [out for out, _ in said] == ["opened\n"] * 9, said
