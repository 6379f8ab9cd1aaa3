"""Retrieval quality and speed on Cranfield, beside bm25s in the same run.

The collection is looked for in `$BENCH_DATA/ir/cranfield` (default `../shared/data`).
"""

import asyncio
import json
import math
import os
import statistics
import time
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory

import bm25s
import httpx
import snowballstemmer

from aistack.chassis.logs import configure_logs
from aistack.rag.app import create_app
from aistack.rag.settings import RagSettings
from benchmarks.report import Row
from benchmarks.running import REPOSITORY

DATA = Path(os.environ.get("BENCH_DATA", REPOSITORY.parent / "shared" / "data")) / "ir" / "cranfield"
DEPTH = 100
Ranking = dict[str, list[str]]


def run() -> list[Row]:
    documents = {one["id"]: f"{one['title']}\n\n{one['text']}" for one in _lines("documents.jsonl")}
    queries = {one["id"]: one["text"] for one in _lines("queries.jsonl")}
    relevance: dict[str, dict[str, int]] = defaultdict(dict)
    for line in (DATA / "qrels.tsv").read_text().splitlines()[1:]:
        query, document, grade = line.split("\t")
        relevance[query][document] = int(grade)
    ours, rates = asyncio.run(_ours(documents, queries))
    plain = _bm25s(documents, queries, None)
    stemmer = snowballstemmer.stemmer("english")
    stemmed = _bm25s(documents, queries, lambda words: stemmer.stemWords(words))
    judged = {
        name: _judge(ranking, relevance) for name, ranking in (("us", ours), ("plain", plain), ("stemmed", stemmed))
    }
    best = max(judged["plain"][0], judged["stemmed"][0])
    return [
        Row("nDCG@10, lexical search", round(judged["us"][0], 4), "", f">= {best:.4f}"),
        Row("nDCG@10, bm25s", round(judged["plain"][0], 4), ""),
        Row("nDCG@10, bm25s with English stemmer", round(judged["stemmed"][0], 4), ""),
        Row("recall@100, lexical search", round(judged["us"][1], 4), ""),
        Row("recall@100, bm25s", round(judged["plain"][1], 4), ""),
        Row("recall@100, bm25s with English stemmer", round(judged["stemmed"][1], 4), ""),
        *rates,
    ]


def _lines(name: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]


async def _ours(documents: dict[str, str], queries: dict[str, str]) -> tuple[Ranking, list[Row]]:
    configure_logs("error", "json")
    with TemporaryDirectory() as folder:
        app = create_app(RagSettings(service="rag", port=1, data_dir=Path(folder)))
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://rag") as http,
        ):
            begun = time.perf_counter()
            files = [("files", (f"{key}.txt", text.encode())) for key, text in documents.items() if text.strip()]
            job = (await http.post("/v1/rag/collections/default/documents", files=files, timeout=None)).json()
            while job["state"] != "done":
                await asyncio.sleep(0.05)
                job = (await http.get(f"/v1/rag/jobs/{job['id']}")).json()
            ingest = len(files) / (time.perf_counter() - begun)
            ranking: Ranking = {}
            seconds: list[float] = []
            for key, text in queries.items():
                begun = time.perf_counter()
                answer = await http.post("/v1/rag/search", json={"query": text, "top_k": DEPTH * 2})
                seconds.append(time.perf_counter() - begun)
                names = dict.fromkeys(hit["name"].removesuffix(".txt") for hit in answer.json()["hits"])
                ranking[key] = list(names)[:DEPTH]
    return ranking, [
        Row("ingest of the collection, documents", round(ingest, 1), "1/s", ">= 40"),
        Row("search over the API, p50", round(statistics.median(seconds) * 1000, 2), "ms"),
    ]


def _bm25s(documents: dict[str, str], queries: dict[str, str], stemmer) -> Ranking:
    """bm25s with its defaults: Lucene's variant, English stop words."""
    keys = list(documents)
    index = bm25s.BM25()
    index.index(
        bm25s.tokenize(list(documents.values()), stopwords="en", stemmer=stemmer, show_progress=False),
        show_progress=False,
    )
    asked = bm25s.tokenize(list(queries.values()), stopwords="en", stemmer=stemmer, show_progress=False)
    found, _ = index.retrieve(asked, k=DEPTH, show_progress=False)
    return {query: [keys[number] for number in row] for query, row in zip(queries, found, strict=True)}


def _judge(ranking: Ranking, relevance: dict[str, dict[str, int]]) -> tuple[float, float]:
    """Mean nDCG@10 (linear gain, Järvelin and Kekäläinen 2002) and recall@100 over the judged queries."""
    gains, recalls = [], []
    for query, grades in relevance.items():
        relevant = {document: grade for document, grade in grades.items() if grade > 0}
        if not relevant:
            continue
        found = ranking[query]
        dcg = sum(relevant.get(document, 0) / math.log2(rank + 2) for rank, document in enumerate(found[:10]))
        ideal = sorted(relevant.values(), reverse=True)[:10]
        gains.append(dcg / sum(grade / math.log2(rank + 2) for rank, grade in enumerate(ideal)))
        recalls.append(len(relevant.keys() & set(found[:100])) / len(relevant))
    return statistics.mean(gains), statistics.mean(recalls)
