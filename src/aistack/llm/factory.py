"""Opens the embedder and the reranker that the settings name."""

from pathlib import Path

from aistack.llm.embeddings import Embedder, RemoteEmbedder, require_libraries
from aistack.llm.onnx import OnnxEmbedder
from aistack.llm.reranker import Reranker


def open_embedder(place: str, model: str, key: str) -> Embedder | None:
    """The embedder in a folder or behind a URL, or None if `place` is empty. Raises EmbedderFailed.

    `model` is the name of the model behind the URL, `key` the server's API key.
    """
    if not place:
        return None
    require_libraries()
    if place.startswith(("http://", "https://")):
        return RemoteEmbedder(place, model, key)
    return OnnxEmbedder(Path(place).expanduser())


def open_reranker(folder: str) -> Reranker | None:
    """The reranker in a folder, or None if `folder` is empty. Raises EmbedderFailed."""
    return Reranker(Path(folder).expanduser()) if folder else None
