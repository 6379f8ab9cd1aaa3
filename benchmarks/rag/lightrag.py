"""LightRAG's chunk and store path beside ours: the same texts, the same vectors from one server, no model."""

import asyncio
import json
import subprocess
import sys
import time
import zlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.datasets import cranfield
from benchmarks.rag.ingest import Peak
from benchmarks.rag.models import CACHE
from benchmarks.rag.service import service_apart
from benchmarks.report import Row, skip

RELEASE = "lightrag-hku==1.5.7"
DOCUMENTS = 1_000
QUERIES = 100
DIMENSIONS = 384
PEER = Path(__file__).with_name("lightrag_peer.py")


async def rows(quick: bool) -> list[Row]:
    """Quick runs leave LightRAG out unless a full run has installed it: its environment takes minutes to make."""
    collection = cranfield(quick)
    texts, asked = list(collection.documents.values())[:DOCUMENTS], list(collection.queries.values())[:QUERIES]
    with_peer = not quick or _installed()
    if not with_peer:
        skip(f"{RELEASE} is not installed; a full run installs it")
    async with _vectors() as url:
        peer = await _peer(texts, asked, url) if with_peer else None
        async with service_apart(parse_workers=2, embedder=url, embedder_model="m") as (ours, pid):
            with Peak(pid) as peak:
                rate = await ours.fill({f"{number}.txt": text.encode() for number, text in enumerate(texts)})
                spent: list[float] = []
                for query in asked:
                    begun = time.perf_counter()
                    await ours.ask(query, "semantic", 10)
                    spent.append(time.perf_counter() - begun)
    p50 = sorted(spent)[len(spent) // 2] * 1000
    ours_alone = [
        Row("chunk and store, ours, documents", round(rate, 1), "1/s"),
        Row("semantic search, p50, ours over HTTP", round(p50, 1), "ms"),
        Row("peak memory, ours with its parsers (PSS)", round(peak.mib, 1), "MiB"),
        Row("model calls per document, ours", 0, ""),
    ]
    if peer is None:
        return ours_alone
    return [
        *ours_alone,
        Row(f"chunk and store, {RELEASE}, documents", round(peer["rate"], 1), "1/s"),
        Row("chunk and store, ours / LightRAG", round(rate / peer["rate"], 2), "ratio", ">= 1"),
        Row("semantic search, p50, LightRAG in process", round(peer["p50_ms"], 1), "ms"),
        Row("peak memory, LightRAG", round(peer["mib"], 1), "MiB"),
        Row("model calls per document, LightRAG", round(peer["calls"], 2), ""),
    ]


async def _peer(texts: list[str], asked: list[str], url: str) -> dict[str, float]:
    with TemporaryDirectory() as folder:
        given = [Path(folder) / "texts.json", Path(folder) / "queries.json"]
        for path, what in zip(given, (texts, asked), strict=True):
            path.write_text(json.dumps(what))
        command = [_python(), PEER, *given, url]
        process = await asyncio.create_subprocess_exec(
            *map(str, command), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        with Peak(process.pid) as peak:
            said, _ = await process.communicate()
    assert process.returncode == 0, f"run it to see why: {' '.join(map(str, command))}"
    return json.loads(said) | {"mib": peak.mib}


def _installed() -> bool:
    return (CACHE / RELEASE / "done").exists()


def _python() -> Path:
    """LightRAG in an environment of its own, made on first use."""
    python = CACHE / RELEASE / "bin" / "python"
    if not _installed():
        subprocess.run([sys.executable, "-m", "venv", str(CACHE / RELEASE)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", RELEASE, "httpx"], check=True)
        (CACHE / RELEASE / "done").touch()
    return python


@asynccontextmanager
async def _vectors() -> AsyncGenerator[str]:
    """An OpenAI-compatible server whose vectors are random numbers that a text always gets again."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
                asked = json.loads(await reader.readexactly(length))["input"]
                texts = [asked] if isinstance(asked, str) else asked
                data = [{"index": at, "embedding": _vector(text)} for at, text in enumerate(texts)]
                body = json.dumps({"data": data}).encode()
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ")
                writer.write(b"%d\r\n\r\n%b" % (len(body), body))
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    server.close()


def _vector(text: str) -> list[float]:
    found = np.random.default_rng(zlib.crc32(text.encode())).standard_normal(DIMENSIONS)
    return (found / np.linalg.norm(found)).round(5).tolist()
