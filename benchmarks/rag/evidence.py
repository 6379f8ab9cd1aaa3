"""Chains of evidence: how much of it each mode finds among the first ten documents, in English and Chinese."""

import statistics

from benchmarks.datasets import geography
from benchmarks.rag.models import minilm
from benchmarks.rag.multihop import Places, chinese, english, recall
from benchmarks.rag.service import service
from benchmarks.report import Row

DEPTHS = (5, 10)
ASKED = 20


async def rows(quick: bool) -> list[Row]:
    made: list[Row] = []
    places = Places(geography(quick))
    for language, (documents, questions) in (("English", english(places)), ("Chinese", chinese(places))):
        async with service(embedder=str(minilm(quick))) as ours:
            await ours.fill({f"{name}.txt": text.encode() for name, text in documents.items()})
            seen = {
                mode: [await ours.ask(one.text, mode, ASKED) for one in questions]
                for mode in ("lexical", "semantic", "hybrid", "graph")
            }
        for depth in DEPTHS:
            shares = {
                mode: statistics.mean(
                    recall(names, one.evidence, depth) for names, one in zip(found, questions, strict=True)
                )
                for mode, found in seen.items()
            }
            best = max(share for mode, share in shares.items() if mode != "graph")
            made += [
                Row(
                    f"chains of evidence, {language}, recall@{depth}, {mode}", round(share, 3), "",
                    f">= {best:.3f}" if mode == "graph" else "",
                )
                for mode, share in shares.items()
            ]  # fmt: skip
    return made
