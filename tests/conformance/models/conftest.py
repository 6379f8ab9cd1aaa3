"""A gateway with SmolLM2 behind the sidecar, and behind llama.cpp's own server."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from harness.servers.llama_server import NAME, llama_server
from harness.services.gateway import running_gateway
from harness.services.model_worker import CHAT_MODEL, model_worker, models_folder
from harness.services.sidecar import sidecar
from tests.conformance.models.server import ModelServer

CONTEXT = 2048
EMBEDDING_MODEL = "minilm-int8"
SETTINGS = "rate_limits = []\n"


@pytest.fixture(scope="session")
def weights() -> Path:
    """A data folder with the models' files."""
    pytest.importorskip("xllamacpp")
    return models_folder(CHAT_MODEL, EMBEDDING_MODEL)


@pytest.fixture(scope="module")
def address(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of a sidecar whose worker has both models."""
    folder = tmp_path_factory.mktemp("models")
    models = ("--model", CHAT_MODEL, "--model", EMBEDDING_MODEL, "--context", str(CONTEXT), "--threads", "1")
    with (
        model_worker(folder / "w", weights, *models) as worker,
        sidecar(folder / "s", f"unix:{worker.path}") as running,
    ):
        yield running.address


@pytest.fixture
async def local(address: str, tmp_path: Path) -> AsyncIterator[ModelServer]:
    """The gateway, with the models of the worker."""
    table = f"""
    [models.chat]
    upstreams = [{{ worker = "{CHAT_MODEL}", sidecar = "{address}" }}]
    [models.embed]
    upstreams = [{{ worker = "{EMBEDDING_MODEL}", sidecar = "{address}" }}]
    """
    async with running_gateway(tmp_path, SETTINGS + table) as gateway:
        server = ModelServer(gateway.url, "chat", "embed", context=CONTEXT)
        async with asyncio.timeout(60):  # the gateway asks the worker for the context
            while "context_length" not in (await server.send("GET", "/v1/models/chat")).json:
                await asyncio.sleep(0.1)
        yield server
        await server.close()


@pytest.fixture(scope="module")
def llama(weights: Path) -> Iterator[tuple[str, str]]:
    """The base URLs of llama.cpp's own servers: one chats, one embeds."""
    model = weights / "models" / CHAT_MODEL / "model.gguf"
    with llama_server(model) as chat, llama_server(model, embedding=True) as embedding:
        yield chat, embedding


@pytest.fixture
async def remote(llama: tuple[str, str], tmp_path: Path) -> AsyncIterator[ModelServer]:
    """The gateway, with llama.cpp's own server as an OpenAI-compatible upstream."""
    table = f"""
    [models.chat]
    upstreams = [{{ url = "{llama[0]}/v1", model = "{NAME}", drain = false }}]
    context_length = {CONTEXT}
    [models.embed]
    upstreams = [{{ url = "{llama[1]}/v1", model = "{NAME}" }}]
    """
    async with running_gateway(tmp_path, SETTINGS + table) as gateway:
        server = ModelServer(gateway.url, "chat", "embed", context=CONTEXT)
        yield server
        await server.close()
