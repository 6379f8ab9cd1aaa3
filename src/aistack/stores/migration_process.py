"""Migrates the tables of a service in a separate process. `records` starts it and passes its arguments on stdin."""

import asyncio
import json
import sys
from pathlib import Path

from aistack.stores.records import RecordsFailed, open_records


async def migrate(url: str, path: str, migrations: str, head: str, version_table: str) -> None:
    """Raises RecordsFailed."""
    records = await open_records(url, Path(path), Path(migrations), head, version_table)
    await records.close()


if __name__ == "__main__":
    try:
        asyncio.run(migrate(*json.load(sys.stdin)))
    except RecordsFailed as error:
        sys.exit(str(error))
