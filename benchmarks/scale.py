"""Search over 10 000 and 100 000 chunks on one core: latency, memory, build; usearch beside numpy and ChromaDB.

The chunks are sentences of Cranfield put together by chance; their vectors are made from their words by fixed random
directions, so that texts that share words lie near each other as a model's would. What a model needs for the query
itself is not in the figures.
"""

import asyncio
import os
import random
import statistics
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import psutil

from aistack.chassis.telemetry.logs import configure_logs
from aistack.language.analysis import index_terms
from aistack.rag.collections import Collections
from aistack.rag.documents import DocumentStore
from aistack.rag.graph.store import GraphStore
from aistack.rag.indexes.embedders import ActiveEmbedder
from aistack.rag.indexes.lexical import Entry, LexicalIndex
from aistack.rag.indexes.merged_bm25 import MergedBM25
from aistack.rag.indexes.semantic import SemanticIndex
from aistack.rag.parsing.sentences import sentences
from aistack.rag.retrieval.feedback import Feedback
from aistack.rag.retrieval.retriever import Retriever, Search
from aistack.rag.tables import HEAD, VERSION_TABLE
from aistack.stores.cache import MemoryCache
from aistack.stores.records import open_records
from aistack.stores.vectors_factory import open_vectors
from benchmarks.datasets import Cranfield, cranfield
from benchmarks.report import Row
from benchmarks.stored_documents import store_document

SIZES, QUICK_SIZES = (10_000, 100_000), (1_000,)
DIMENSIONS = 384
CHUNKS_OF_DOCUMENT = 50
SENTENCES_OF_CHUNK = 7
QUERIES = 200


class WordVectors:
    """Stands in for a model: the sum of a fixed random direction for every word."""

    name = "word directions"

    async def embed(self, texts: Sequence[str], kind: str) -> np.ndarray:
        found = np.stack(
            [sum((_direction(term) for term in index_terms(text)), np.zeros(DIMENSIONS)) for text in texts]
        )
        return (found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)).astype(np.float32)

    async def close(self) -> None:
        return None


@cache
def _direction(term: str) -> np.ndarray:
    return np.random.default_rng(abs(hash(term)) % (1 << 32)).normal(size=DIMENSIONS)


def run(quick: bool) -> list[Row]:
    configure_logs("error", "json")
    os.sched_setaffinity(0, {0})
    sizes = QUICK_SIZES if quick else SIZES
    return [row for size in sizes for row in asyncio.run(_rows(size, cranfield(quick), large=size == SIZES[-1]))]


async def _rows(size: int, collection: Cranfield, large: bool) -> list[Row]:
    import aistack.rag.app

    texts = _texts(size, collection)
    queries = list(collection.queries.values())[:QUERIES]
    with TemporaryDirectory(prefix="aistack-bench-") as name:
        folder = Path(name)
        records = await open_records("", folder / "records.sqlite3", aistack.rag.app.MIGRATIONS, HEAD, VERSION_TABLE)
        documents = DocumentStore(records)
        await Collections(records).ensure_default()
        lexical = LexicalIndex(folder / "lexical.sqlite3")
        await lexical.open()
        semantic = SemanticIndex(documents, open_vectors("", folder / "vectors"), MemoryCache(0), cache_seconds=0)
        semantic.serving = ActiveEmbedder(WordVectors(), "bench")
        before = psutil.Process().memory_full_info().uss
        begun = time.perf_counter()
        await _fill(texts, documents, lexical, semantic)
        filled = time.perf_counter() - begun
        begun = time.perf_counter()
        await lexical.maintain()
        precomputing = time.perf_counter() - begun
        begun = time.perf_counter()
        await semantic.search([1], queries[0], 10)
        graph = time.perf_counter() - begun
        retrieval = Retriever(documents, MergedBM25(lexical), semantic, GraphStore(records), Feedback(records, lexical))
        label = f"{size} chunks"
        rows = [
            Row(f"{label}, time to store and index", round(filled, 1), "s"),
            Row(f"{label}, time to precompute scores", round(precomputing, 1), "s"),
            Row(f"{label}, time to build the vector graph", round(graph, 1), "s"),
        ]
        for mode, bar in (("lexical", "<= 15"), ("hybrid", "<= 25")):
            seconds: list[float] = []
            for query in queries:
                vector = await semantic.serving.embedder.embed([query], "query")
                semantic.serving.embedder.embed = _fixed(vector)  # the query's own vector is not what is measured
                begun = time.perf_counter()
                await retrieval.search(Search(query, [1], top_k=10, mode=mode))
                seconds.append(time.perf_counter() - begun)
                del semantic.serving.embedder.embed
            p50, p99 = statistics.median(seconds) * 1000, statistics.quantiles(seconds, n=100)[98] * 1000
            rows.append(Row(f"{label}, {mode} search, p50", round(p50, 2), "ms", bar if large else ""))
            rows.append(Row(f"{label}, {mode} search, p99", round(p99, 2), "ms"))
        rows.append(
            Row(f"{label}, memory added", round((psutil.Process().memory_full_info().uss - before) / 2**20), "MiB")
        )
        held = await lexical.search(1, index_terms(queries[0]), 10)
        assert held
        slow = await _table_alone(lexical, queries)
        rows.append(Row(f"{label}, FTS5 alone, p50", round(slow, 2), "ms"))
        rows += await _chroma(texts, queries, label)
        await semantic.close()
        await lexical.close()
        await records.close()
    return rows


def _fixed(vector: np.ndarray):
    async def embed(texts: Sequence[str], kind: str) -> np.ndarray:
        return vector

    return embed


def _texts(size: int, collection: Cranfield) -> list[str]:
    chance = random.Random(1)
    said = [text[start:end] for text in collection.documents.values() for start, end in sentences(text)]
    return [" ".join(chance.choices(said, k=SENTENCES_OF_CHUNK)) for _ in range(size)]


async def _fill(texts: list[str], documents: DocumentStore, lexical: LexicalIndex, semantic: SemanticIndex) -> None:
    for at in range(0, len(texts), CHUNKS_OF_DOCUMENT):
        part = texts[at : at + CHUNKS_OF_DOCUMENT]
        async with documents.records.write() as connection:
            ids = await store_document(connection, 1, f"{at:08}", part)
        await lexical.add(1, [Entry(one, "", " ".join(index_terms(text))) for one, text in zip(ids, part, strict=True)])
        await semantic.add(1, ids, part)


async def _table_alone(lexical: LexicalIndex, queries: list[str]) -> float:
    precomputed, lexical._precomputed = lexical._precomputed, {}
    seconds: list[float] = []
    for query in queries[:50]:
        begun = time.perf_counter()
        await lexical.search(1, list(dict.fromkeys(index_terms(query))), 116)
        seconds.append(time.perf_counter() - begun)
    lexical._precomputed = precomputed
    return statistics.median(seconds) * 1000


async def _chroma(texts: list[str], queries: list[str], label: str) -> list[Row]:
    """ChromaDB in the process, with the same vectors: what it takes to build and to ask."""
    import chromadb

    maker = WordVectors()
    client = chromadb.EphemeralClient(chromadb.Settings(anonymized_telemetry=False))
    collection = client.create_collection(label.replace(" ", "-"), configuration={"hnsw": {"space": "cosine"}})
    begun = time.perf_counter()
    for at in range(0, len(texts), 2_000):
        part = texts[at : at + 2_000]
        vectors = await maker.embed(part, "passage")
        collection.add(ids=[str(at + one) for one in range(len(part))], embeddings=vectors)
    built = time.perf_counter() - begun
    asked = await maker.embed(queries, "query")
    seconds: list[float] = []
    for vector in asked:
        begun = time.perf_counter()
        collection.query(query_embeddings=[vector], n_results=116, include=["distances"])
        seconds.append(time.perf_counter() - begun)
    return [
        Row(f"{label}, ChromaDB alone, time to build", round(built, 1), "s"),
        Row(f"{label}, ChromaDB alone, vectors only, p50", round(statistics.median(seconds) * 1000, 2), "ms"),
    ]
