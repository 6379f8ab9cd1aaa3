"""Quality on the Cranfield collection: every mode, and beside them bm25s and nothing but dense vectors."""

import math
import statistics
from pathlib import Path

import numpy as np

from aistack.llm.onnx import OnnxEmbedder
from benchmarks import datasets
from benchmarks.bm25 import Stemmer, best, english_stemmer
from benchmarks.datasets import Cranfield, Relevance
from benchmarks.rag.models import minilm
from benchmarks.rag.service import service
from benchmarks.report import Row

DEPTH = 100
Ranking = dict[str, list[str]]


async def rows(quick: bool) -> list[Row]:
    collection = datasets.cranfield(quick)
    documents, queries, relevance = collection.documents, collection.queries, collection.relevance
    judged = {
        "bm25s": judge(_bm25(collection), relevance),
        "bm25s with English stemmer": judge(_bm25(collection, english_stemmer()), relevance),
        "MiniLM vectors alone": judge(await _dense(documents, queries, minilm(quick)), relevance),
    }
    words = max(judged["bm25s"][0], judged["bm25s with English stemmer"][0])
    highest = max(one[0] for one in judged.values())
    async with service(embedder=str(minilm(quick))) as ours:
        await ours.fill({f"{key}.txt": text.encode() for key, text in documents.items()})
        for mode in ("lexical", "semantic", "hybrid", "graph"):
            ranking = {key: (await ours.ask(text, mode, DEPTH * 2))[:DEPTH] for key, text in queries.items()}
            judged[mode] = judge(ranking, relevance)
    bars = {"lexical": f">= {words:.4f}", "hybrid": f">= {highest:.4f}"}
    return [
        *(Row(f"Cranfield, nDCG@10, {name}", round(one[0], 4), "", bars.get(name, "")) for name, one in judged.items()),
        *(Row(f"Cranfield, recall@100, {name}", round(one[1], 4), "") for name, one in judged.items()),
    ]


def _bm25(collection: Cranfield, stemmer: Stemmer | None = None) -> Ranking:
    keys = list(collection.documents)
    found = best(list(collection.documents.values()), list(collection.queries.values()), DEPTH, stemmer)
    return {query: [keys[number] for number in row] for query, row in zip(collection.queries, found, strict=True)}


async def _dense(documents: dict[str, str], queries: dict[str, str], model: Path) -> Ranking:
    """One vector a document, compared exactly: what a vector database alone gives."""
    embedder = OnnxEmbedder(model)
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
