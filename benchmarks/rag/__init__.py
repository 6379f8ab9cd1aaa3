"""Retrieval: quality on Cranfield beside bm25s and dense vectors alone, chains of evidence, multi-hop questions, ingest
by format and beside LightRAG."""

import asyncio

from aistack.chassis.telemetry.logs import configure_logs
from benchmarks.rag import cranfield, evidence, ingest, lightrag, wikipedia
from benchmarks.report import Row


def run(quick: bool) -> list[Row]:
    configure_logs("error", "json")
    return [row for part in (cranfield, evidence, wikipedia, ingest, lightrag) for row in asyncio.run(part.rows(quick))]
