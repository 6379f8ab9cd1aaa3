"""Quality on the Cranfield collection: every mode, and beside them bm25s and nothing but dense vectors.

The collection is looked for in `$BENCH_DATA/ir/cranfield` (default `../shared/data`).
"""

import json
import math
import os
import statistics
from collections import defaultdict
from pathlib import Path

import bm25s
import numpy as np
import snowballstemmer

from aistack.llm.onnx import OnnxEmbedder
from benchmarks.rag.serving import minilm, service
from benchmarks.report import Row
from benchmarks.running import REPOSITORY

DATA = Path(os.environ.get("BENCH_DATA", REPOSITORY.parent / "shared" / "data")) / "ir" / "cranfield"
DEPTH = 100
Ranking = dict[str, list[str]]
Relevance = dict[str, dict[str, int]]


async def rows() -> list[Row]:
    documents, queries, relevance = load()
    stemmer = snowballstemmer.stemmer("english")
    judged = {
        "bm25s": judge(_bm25s(documents, queries, None), relevance),
        "bm25s with English stemmer": judge(_bm25s(documents, queries, stemmer.stemWords), relevance),
        "MiniLM vectors alone": judge(await _dense(documents, queries), relevance),
    }
    words = max(judged["bm25s"][0], judged["bm25s with English stemmer"][0])
    best = max(one[0] for one in judged.values())
    async with service(embedder=str(minilm())) as ours:
        await ours.fill({f"{key}.txt": text.encode() for key, text in documents.items()})
        for mode in ("lexical", "semantic", "hybrid", "graph"):
            ranking = {key: (await ours.ask(text, mode, DEPTH * 2))[:DEPTH] for key, text in queries.items()}
            judged[mode] = judge(ranking, relevance)
    bars = {"lexical": f">= {words:.4f}", "hybrid": f">= {best:.4f}"}
    return [
        *(Row(f"Cranfield, nDCG@10, {name}", round(one[0], 4), "", bars.get(name, "")) for name, one in judged.items()),
        *(Row(f"Cranfield, recall@100, {name}", round(one[1], 4), "") for name, one in judged.items()),
    ]


def load() -> tuple[dict[str, str], dict[str, str], Relevance]:
    """Documents and queries by id, and grades by query and document."""
    documents = {one["id"]: f"{one['title']}\n\n{one['text']}" for one in _lines("documents.jsonl")}
    queries = {one["id"]: one["text"] for one in _lines("queries.jsonl")}
    relevance: Relevance = defaultdict(dict)
    for line in (DATA / "qrels.tsv").read_text().splitlines()[1:]:
        query, document, grade = line.split("\t")
        relevance[query][document] = int(grade)
    return {key: text for key, text in documents.items() if text.strip()}, queries, relevance


def _lines(name: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]


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


async def _dense(documents: dict[str, str], queries: dict[str, str]) -> Ranking:
    """One vector a document, compared exactly: what a vector database alone gives."""
    embedder = OnnxEmbedder(minilm())
    keys = list(documents)
    held = await embedder.embed(list(documents.values()), "passage")
    asked = await embedder.embed(list(queries.values()), "query")
    await embedder.close()
    order = np.argsort(-(asked @ held.T), axis=1)[:, :DEPTH]
    return {query: [keys[number] for number in row] for query, row in zip(queries, order, strict=True)}


def judge(ranking: Ranking, relevance: Relevance) -> tuple[float, float]:
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
