"""Retrieval: quality on Cranfield beside bm25s and dense vectors alone, chains of evidence, ingest by format."""

import asyncio

from aistack.chassis.logs import configure_logs
from benchmarks.rag import chains, cranfield, ingest
from benchmarks.report import Row


def run() -> list[Row]:
    configure_logs("error", "json")
    return [*asyncio.run(cranfield.rows()), *asyncio.run(chains.rows()), *asyncio.run(ingest.rows())]
