"""The rag service without a network, or in a process of its own."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx

from aistack.chassis.identity import PRINCIPAL_HEADER, Principal, sign
from aistack.rag.app import create_app
from aistack.rag.settings import RagSettings
from harness.processes import REPOSITORY, answers, free_port, until

SECRET = "the-secret-of-a-stack-0123456789-abcdef"


class Vouched(httpx.Auth):
    """Signs each request as the gateway does for a principal."""

    def __init__(self, who: Principal, seconds: float = 60) -> None:
        self.who = who
        self.seconds = seconds

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:
        request.headers[PRINCIPAL_HEADER] = sign(self.who, SECRET, time.time() + self.seconds, "rag")
        yield request


class Rag:
    """A client of the service in this process, with the calls that tests make."""

    def __init__(self, app, auth: httpx.Auth | None = None) -> None:
        self.app = app
        transport = httpx.ASGITransport(app)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://localhost", timeout=60, auth=auth)

    def of(self, who: Principal) -> "Rag":
        """The same service, called by a principal; it runs with `identity` on."""
        return Rag(self.app, Vouched(who))

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
    if settings.get("identity"):
        settings = {"secret": SECRET, "gateway_url": "http://127.0.0.1:1"} | settings
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
