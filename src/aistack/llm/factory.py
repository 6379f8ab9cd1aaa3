"""From settings to models: which embedder and which reranker they name."""

from pathlib import Path

from aistack.llm.embeddings import Embedder, RemoteEmbedder, require_libraries
from aistack.llm.onnx import OnnxEmbedder
from aistack.llm.reranker import Reranker


def open_embedder(where: str, model: str, key: str) -> Embedder | None:
    """The embedder that a setting names: a folder, a URL, or none when it is empty. Raises EmbedderFailed.

    `model` names the model behind a URL; `key` is what it is shown.
    """
    if not where:
        return None
    require_libraries()
    if where.startswith(("http://", "https://")):
        return RemoteEmbedder(where, model, key)
    return OnnxEmbedder(Path(where).expanduser())


def open_reranker(folder: str) -> Reranker | None:
    """The reranker that a setting names; none when it is empty. Raises EmbedderFailed."""
    return Reranker(Path(folder).expanduser()) if folder else None
