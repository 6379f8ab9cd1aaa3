"""The rag service without a network, or in a process of its own."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx

from aistack.rag.app import create_app
from aistack.rag.settings import RagSettings
from harness.processes import REPOSITORY, answers, free_port, until


class Rag:
    """A client of the service in this process, with the calls that tests make."""

    def __init__(self, app) -> None:
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost", timeout=60)

    async def upload(self, *files: tuple[str, bytes], collection: str = "default") -> dict:
        answer = await self.http.post(
            f"/v1/rag/collections/{collection}/documents", files=[("files", (name, content)) for name, content in files]
        )
        assert answer.status_code == 202, answer.text
        return await self.finished(answer.json()["id"])

    async def finished(self, job_id: str) -> dict:
        async with asyncio.timeout(60):
            while True:
                job = (await self.http.get(f"/v1/rag/jobs/{job_id}")).json()
                if job["state"] == "done":
                    return job
                await asyncio.sleep(0.02)

    async def search(self, query: str, **more: object) -> list[dict]:
        answer = await self.http.post("/v1/rag/search", json={"query": query} | more)
        assert answer.status_code == 200, answer.text
        return answer.json()["hits"]

    async def answer(self, question: str, **more: object) -> dict:
        return (await self.http.post("/v1/rag/answer", json={"question": question} | more)).json()

    async def document(self, document_id: str) -> dict:
        return (await self.http.get(f"/v1/rag/collections/default/documents/{document_id}")).json()


@asynccontextmanager
async def rag_service(folder: Path, **settings: object) -> AsyncIterator[Rag]:
    """The service in this process, without a network; its data is in the folder."""
    app = create_app(RagSettings(service="rag", port=1, data_dir=folder, **settings))
    async with app.router.lifespan_context(app):
        rag = Rag(app)
        yield rag
        await rag.http.aclose()


def start_rag_process(port: int, settings: dict[str, object]) -> "subprocess.Popen[bytes]":
    """The service in a process of its own, started and not waited for; `data_dir` is among the settings."""
    words = [sys.executable, "-m", "harness.services.rag_process", str(port), json.dumps(settings)]
    return subprocess.Popen(words, cwd=REPOSITORY, stderr=subprocess.DEVNULL)


@contextmanager
def rag_process(folder: Path, **settings: object) -> Iterator[tuple[str, int]]:
    """The service's URL and the id of its process, once it answers."""
    port = free_port()
    process = start_rag_process(port, {"data_dir": str(folder)} | settings)
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: answers(f"{url}/v1/rag/status"), what="the rag service")
        yield url, process.pid
    finally:
        process.terminate()
        process.wait()
