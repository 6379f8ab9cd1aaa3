"""A rag service, filled and asked over its API: in this process, or in one of its own for measuring memory."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from harness.services.rag import rag_process, rag_service


class Service:
    """`fill` with documents by name, `ask` for the names of what is found."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def fill(self, documents: Mapping[str, bytes], batch: int = 2000) -> float:
        """Documents ingested a second."""
        begun = time.perf_counter()
        names = list(documents)
        for at in range(0, len(names), batch):
            files = [("files", (name, documents[name])) for name in names[at : at + batch]]
            answer = await self.http.post("/v1/rag/collections/default/documents", files=files)
            job = answer.raise_for_status().json()
            while job["state"] != "done":
                await asyncio.sleep(0.05)
                job = (await self.http.get(f"/v1/rag/jobs/{job['id']}")).json()
            assert not job["failed"], [item for item in job["items"] if item["error"]][:3]
        return len(names) / (time.perf_counter() - begun)

    async def ask(self, query: str, mode: str, top_k: int) -> list[str]:
        answer = await self.http.post("/v1/rag/search", json={"query": query, "mode": mode, "top_k": top_k})
        hits = answer.raise_for_status().json()["hits"]
        return list(dict.fromkeys(hit["name"].rpartition(".")[0] for hit in hits))


@asynccontextmanager
async def service(**settings: object) -> AsyncIterator[Service]:
    with TemporaryDirectory(prefix="aistack-bench-") as folder:
        async with rag_service(Path(folder), **settings) as rag:
            rag.http.timeout = None
            yield Service(rag.http)


@asynccontextmanager
async def service_apart(**settings: object) -> AsyncIterator[tuple[Service, int]]:
    """The same in a process of its own, and that process's id."""
    with TemporaryDirectory(prefix="aistack-bench-") as folder, rag_process(Path(folder), **settings) as (url, pid):
        async with httpx.AsyncClient(base_url=url, timeout=None) as http:
            yield Service(http), pid
