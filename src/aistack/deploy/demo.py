"""The demo set: the project's own documentation and a few public texts, in Chinese and English; news and numbers."""

import asyncio
import json
import time
from importlib.resources import files
from pathlib import Path

from aistack.chassis.errors import Problem
from aistack.deploy.demo_trends import load_trends
from aistack.rag.client import RagClient
from aistack.stack.data_paths import DataPaths
from aistack.stack.description import Stack
from aistack.stack.errors import StackError

REGISTRATION_SECONDS_MAX = 10.0


def needs_demo(stack: Stack) -> bool:
    """Whether the demo documents were never loaded into this data folder."""
    return not DataPaths(stack.data_dir).demo_mark.exists()


def demo_files() -> dict[str, Path]:
    """The files of the demo documents by name, which is the path for those of the documentation."""
    home = Path(str(files("aistack.demo")))
    docs = home / "docs" if (home / "docs").is_dir() else home.parents[2] / "docs"
    texts = {path.name: path for path in sorted(home.joinpath("texts").glob("*.*"))}
    return texts | {path.relative_to(docs).as_posix(): path for path in sorted(docs.rglob("*.md"))}


def load_demo(stack: Stack, api_key: str = "") -> int:
    """Uploads the demo documents and waits until they are indexed; returns how many there are.

    Raises StackError when the stack cannot be reached.
    """
    try:
        documents = asyncio.run(_load(stack.gateway_url, api_key, demo_files()))
        asyncio.run(load_trends(stack.gateway_url, api_key))
    except Problem as problem:
        raise StackError(problem.detail) from None
    DataPaths(stack.data_dir).demo_mark.write_text(json.dumps({"loaded_at": time.time(), "documents": documents}))
    return documents


async def _load(gateway_url: str, api_key: str, paths: dict[str, Path]) -> int:
    async with RagClient(gateway_url, api_key) as rag:
        await _until_registered(rag)
        job = await rag.finished((await rag.upload(paths)).id)
        return job.done + job.duplicate


async def _until_registered(rag: RagClient) -> None:
    deadline = time.monotonic() + REGISTRATION_SECONDS_MAX
    while True:
        try:
            await rag.collections()
            return
        except Problem as problem:
            if problem.status not in (404, 502, 503) or time.monotonic() > deadline:
                raise
        await asyncio.sleep(0.15)
