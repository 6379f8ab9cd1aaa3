"""A worker with SmolLM2 and MiniLM, shared by the tests of a module."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.processes import missing
from harness.services.model_worker import CHAT_MODEL, ModelWorker, model_worker, models_folder


@pytest.fixture(scope="session")
def weights() -> Path:
    """A data folder with the models' files."""
    for library in ("xllamacpp", "grpc", "grpc_health"):
        if importlib.util.find_spec(library) is None:
            missing(library)
    return models_folder(CHAT_MODEL, "minilm-int8")


@pytest.fixture(scope="module")
def worker(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelWorker]:
    """Its models use one thread, as other tests run beside it."""
    folder = tmp_path_factory.mktemp("worker")
    models = ("--model", CHAT_MODEL, "--model", "minilm-int8", "--context", "2048")
    with model_worker(folder, weights, *models, "--threads", "1") as running:
        yield running
