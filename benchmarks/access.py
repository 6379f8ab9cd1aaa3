"""What access costs: a check, and a search over 1 000 shared collections beside one collection of the same chunks.

The chunks are random words with the frequencies of natural language. The caller is in 50 groups; every collection
belongs to somebody else and is shared with one of these groups.
"""

import asyncio
import os
import random
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import insert

from aistack.access.access import Grant, Thing
from aistack.access.rules import needs
from aistack.chassis.identity import Principal, principal
from aistack.chassis.telemetry.logs import configure_logs
from aistack.rag.collections import COLLECTION, Collections
from aistack.rag.documents import DocumentStore
from aistack.rag.graph.store import GraphStore
from aistack.rag.indexes.lexical import Entry, LexicalIndex
from aistack.rag.indexes.merged_bm25 import MergedBM25
from aistack.rag.indexes.semantic import SemanticIndex
from aistack.rag.retrieval.feedback import Feedback
from aistack.rag.retrieval.retriever import Retriever, Search
from aistack.rag.tables import GRANTS, HEAD, VERSION_TABLE, Collection
from aistack.stores.cache import MemoryCache
from aistack.stores.records import open_records
from aistack.stores.vectors_factory import open_vectors
from benchmarks.report import Row
from benchmarks.stored_documents import store_document

CHUNKS_OF_COLLECTION, WORDS_OF_CHUNK, VOCABULARY = 10, 120, 30_000
QUERIES, CHECKS, GROUPS = 300, 2_000, 50
ASKER = Principal("user:aaaaaaaaaaaa", "user", groups=tuple(f"group:{number:012x}" for number in range(GROUPS)))
OTHER = "user:bbbbbbbbbbbb"


def run(quick: bool) -> list[Row]:
    configure_logs("error", "json")
    os.sched_setaffinity(0, {0})
    return asyncio.run(_rows(20 if quick else 1_000))


async def _rows(count: int) -> list[Row]:
    import aistack.rag.app

    chance = random.Random(1)
    weights = [1 / rank for rank in range(1, VOCABULARY + 1)]
    words = [f"word{number}" for number in range(VOCABULARY)]
    texts = [" ".join(chance.choices(words, weights, k=WORDS_OF_CHUNK)) for _ in range(count * CHUNKS_OF_COLLECTION)]
    queries = [" ".join(chance.choices(words[20:], weights[20:], k=6)) for _ in range(QUERIES)]
    principal.set(ASKER)
    await needs(COLLECTION, "view").dependency()
    with TemporaryDirectory(prefix="aistack-bench-") as name:
        folder = Path(name)
        records = await open_records("", folder / "records.sqlite3", aistack.rag.app.MIGRATIONS, HEAD, VERSION_TABLE)
        documents, collections = DocumentStore(records), Collections(records)
        lexical = LexicalIndex(folder / "lexical.sqlite3")
        await lexical.open()
        semantic = SemanticIndex(documents, open_vectors("", folder / "vectors"), MemoryCache(0), cache_seconds=0)
        merged = MergedBM25(lexical)
        retriever = Retriever(documents, merged, semantic, GraphStore(records), Feedback(records, lexical))
        whole = await _collection(documents, lexical, ASKER.subject, "whole", texts)
        for number in range(count):
            part = texts[number * CHUNKS_OF_COLLECTION : (number + 1) * CHUNKS_OF_COLLECTION]
            await _collection(documents, lexical, OTHER, f"part-{number}", part)
        await lexical.maintain()

        async def search_one(query: str) -> None:
            await retriever.search(Search(query, await collections.find_ids("whole")))

        async def search_many(query: str) -> None:
            found = [one for one in await collections.find_ids("*") if one != whole]
            assert len(found) == count
            await retriever.search(Search(query, found))

        begun = time.perf_counter()
        await search_many(queries[0])
        first = time.perf_counter() - begun
        for search in (search_one, search_many):
            await _milliseconds(search, queries[:20])
        one, many = await _milliseconds(search_one, queries), await _milliseconds(search_many, queries)
        check = await _check_microseconds(collections)
        await semantic.close()
        await lexical.close()
        await records.close()
    return [
        Row(f"search in one collection of {len(texts)} chunks, p50", round(one, 2), "ms"),
        Row(f"search over {count} shared collections of the same chunks, p50", round(many, 2), "ms"),
        Row("over one collection", round(many / one, 2), "x", "<= 1.2"),
        Row(f"first search over {count} collections, and after one has changed", round(first * 1000), "ms"),
        Row("check of one thing, mean", round(check, 1), "us", "<= 50"),
    ]


async def _milliseconds(search: Callable[[str], Awaitable[None]], queries: list[str]) -> float:
    seconds: list[float] = []
    for query in queries:
        begun = time.perf_counter()
        await search(query)
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds) * 1000


async def _check_microseconds(collections: Collections) -> float:
    async with collections.access.records.read() as connection:
        rows = (await connection.execute(Collection.__table__.select().where(Collection.owner == OTHER))).all()
    things = [Thing(COLLECTION, row.public_id, row.owner) for row in rows[:20]]
    begun = time.perf_counter()
    for number in range(CHECKS):
        assert await collections.access.held_on(ASKER, things[number % len(things)])
    return (time.perf_counter() - begun) / CHECKS * 1e6


async def _collection(documents: DocumentStore, lexical: LexicalIndex, owner: str, name: str, texts: list[str]) -> int:
    now = datetime.now(UTC)
    async with documents.records.write() as connection:
        row = {"public_id": f"{abs(hash(name)):012x}"[-12:], "name": name, "owner": owner, "created_at": now}
        added = (await connection.execute(insert(Collection).values(**row).returning(Collection))).one()
        grant = Grant(f"group:{added.id % GROUPS:012x}", "view")
        if owner == OTHER:
            values = {"kind": COLLECTION, "thing": added.public_id, "changed_at": now, "requested": ""}
            await connection.execute(insert(GRANTS).values(subject=grant.subject, level=grant.level, **values))
        ids = await store_document(connection, added.id, name, texts)
    await lexical.add(added.id, [Entry(one, "", text) for one, text in zip(ids, texts, strict=True)])
    return added.id
