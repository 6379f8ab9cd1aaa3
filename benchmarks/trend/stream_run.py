"""Puts documents, batches of JSON lines on stdin, into the records and settles them as the service does.

Run as a process of its own, so that its memory is that of the service. Prints the topics, how long each step took, and
the peaks of memory.
"""

import asyncio
import json
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from aistack.access.collections import Collections
from aistack.access.grants import AccessStore
from aistack.chassis.runtime.worker_processes import WorkerLimits, WorkerPool
from aistack.stores.records import service_records
from aistack.trend.app import MIGRATIONS, THINGS
from aistack.trend.intake.documents import DocumentStore
from aistack.trend.intake.pushes import Pushes
from aistack.trend.tables import GRANTS, HEAD, VERSION_TABLE, Collection, Document
from aistack.trend.topics.settling import Settling, Window, documents_max
from aistack.trend.trend_worker import MODULE
from aistack.trend.wire import NewDocuments

MEMORY_MIB = 768


async def run(folder: Path, days: int) -> dict[str, object]:
    workers = WorkerPool(MODULE, WorkerLimits(2, 600.0, MEMORY_MIB, 60.0))
    began = datetime.now(UTC) - timedelta(days=days)
    async with service_records("", folder / "trend", MIGRATIONS, HEAD, VERSION_TABLE) as records:
        await Collections(records, Collection, AccessStore(records, GRANTS, THINGS), "").ensure_default()
        async with records.read() as connection:
            collection_id = await connection.scalar(select(Collection.id))
        assert collection_id is not None
        pushes = Pushes(DocumentStore(records), workers)
        begun = time.perf_counter()
        number = 0
        while line := await asyncio.to_thread(sys.stdin.readline):
            batch: list[dict[str, str]] = []
            for at, title, text, source in json.loads(line):
                published = began + timedelta(seconds=at)
                batch.append({"id": str(number), "title": title, "text": text, "source": source})
                batch[-1]["published_at"] = published.isoformat()
                number += 1
            await pushes.add(collection_id, NewDocuments.model_validate({"documents": batch}))
        added = time.perf_counter() - begun
        await asyncio.sleep(1.1)
        begun = time.perf_counter()
        settling = Settling(records, workers, Window(days + 1, documents_max(MEMORY_MIB)), folder / "settling")
        assert await settling.settle_one()
        settled = time.perf_counter() - begun
        async with records.read() as connection:
            state = (await connection.execute(select(Collection.settle_error, Collection.settled_documents))).one()
            rows = (await connection.execute(select(Document.title, Document.topic_id, Document.at))).all()
        own = resource.getrusage(resource.RUSAGE_SELF)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        await workers.close()
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = sum(one.ru_utime + one.ru_stime for one in (own, children))
    return {
        "processor_seconds": busy,
        "added_seconds": added, "settled_seconds": settled, "service_mib": peak, "documents": state.settled_documents,
        "worker_mib": children.ru_maxrss / 1024, "error": state.settle_error,
        "topics": [[row.title, row.topic_id, (row.at - began).total_seconds()] for row in rows],
    }  # fmt: skip


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        print(json.dumps(asyncio.run(run(Path(name), int(sys.argv[1])))))
