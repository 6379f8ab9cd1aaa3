"""Multi-hop questions over Wikipedia: how much of the passages that a question needs each mode finds, beside bm25s.

Half of the questions, by a hash of their text, were looked at while the graph's walk was written. The others were not.
"""

import hashlib
import statistics

from benchmarks import datasets
from benchmarks.bm25 import best, english_stemmer
from benchmarks.rag.service import service
from benchmarks.report import Row

DEPTH = 5
SETS = {"2wiki": 0.08, "hotpotqa": 0.0}  # by how much the graph must exceed plain search


async def rows(quick: bool) -> list[Row]:
    if quick:
        return []
    made: list[Row] = []
    for name, margin in SETS.items():
        collection = datasets.multihop(name)
        passages, questions = collection["passages"], collection["questions"]
        texts = [one["question"] for one in questions]
        found = {"bm25s with English stemmer": best(passages, texts, DEPTH, english_stemmer())}
        async with service() as ours:
            await ours.fill({f"{number}.txt": text.encode() for number, text in enumerate(passages)})
            for mode in ("lexical", "graph"):
                found[mode] = [[int(one) for one in await ours.ask(text, mode, 3 * DEPTH)] for text in texts]
        plain = None
        for mode, rankings in found.items():
            recalls = [
                len(set(one["gold"]) & set(ranking[:DEPTH])) / len(one["gold"])
                for one, ranking in zip(questions, rankings, strict=True)
            ]
            unseen = [one for text, one in zip(texts, recalls, strict=True) if _is_unseen(text)]
            value = statistics.mean(recalls)
            bar = "" if plain is None else f">= {plain + (margin if mode == 'graph' else 0.0):.3f}"
            plain = value if mode != "graph" else plain
            made.append(Row(f"{name}, recall@{DEPTH}, {mode}", round(value, 3), "", bar))
            made.append(Row(f"{name}, recall@{DEPTH}, {mode}, unseen half", round(statistics.mean(unseen), 3), ""))
    return made


def _is_unseen(question: str) -> bool:
    return bool(hashlib.sha256(question.encode()).digest()[0] % 2)
