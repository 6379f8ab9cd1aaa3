"""The way to a local model as it is deployed: a worker with real weights, and a sidecar in front of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.services.model_worker import CHAT_MODEL, ModelWorker, model_worker
from harness.services.sidecar import Sidecar, sidecar

EMBEDDING_MODEL = "minilm-int8"


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A running worker, and the sidecar that clients call."""

    worker: ModelWorker
    sidecar: Sidecar

    def upstream(self, model: str = CHAT_MODEL) -> str:
        """An upstream of the model table, in TOML."""
        return f"{{ worker = '{model}', sidecar = '{self.sidecar.address}' }}"

    @property
    def steps(self) -> int:
        """Steps that the chat model made: a token of each answer in progress, or a batch of a prompt."""
        return int(self.worker.metrics[f"model.{CHAT_MODEL}.steps"])

    @property
    def is_idle(self) -> bool:
        """Whether the chat model works on nothing."""
        metrics = self.worker.metrics
        return metrics[f"model.{CHAT_MODEL}.processing"] == metrics[f"model.{CHAT_MODEL}.running"] == "0"

    def cancelled(self) -> int:
        return int(self.worker.metrics["cancelled"])


@contextmanager
def local_model(folder: Path, data_dir: Path, *arguments: str) -> Iterator[LocalModel]:
    """Chat and embedding models on one thread. `arguments` are more words for `aistack worker`."""
    models = ("--model", CHAT_MODEL, "--model", EMBEDDING_MODEL, "--threads", "1")
    with (
        model_worker(folder / "worker", data_dir, *models, *arguments) as worker,
        sidecar(folder / "sidecar", f"unix:{worker.path}") as relay,
    ):
        yield LocalModel(worker, relay)
