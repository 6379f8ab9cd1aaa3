"""Workers with SmolLM2 and MiniLM, and with a tiny model of our own, shared by the tests of a module."""

import fcntl
import importlib.util
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.processes import missing
from harness.samples.tiny_model import tiny_adapter, tiny_model
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


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `model`, which was made for this run, and two adapters for it: `formal` and `terse`."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if base.name.startswith("popen") else base  # processes of one run make it once
    folder = shared / "tiny"
    with (shared / "tiny.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            made = shared / "tiny-unfinished"
            shutil.rmtree(made, ignore_errors=True)
            model = tiny_model(made / "model")
            tiny_adapter(made / "formal", model, 1)
            tiny_adapter(made / "terse", model, 2)
            made.rename(folder)
    return folder


@pytest.fixture(scope="module")
def tiny_worker(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelWorker]:
    """A worker that runs it with torch, in one thread."""
    adapters = [word for name in ("formal", "terse") for word in ("--adapter", f"{name}={tiny / name}")]
    folder = tmp_path_factory.mktemp("tiny-worker")
    model = ("--model", f"tiny={tiny / 'model'}", "--context", "16384", "--threads", "1")
    with model_worker(folder, folder, *model, *adapters) as running:
        yield running
