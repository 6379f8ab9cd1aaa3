"""Opens the vector store that a setting names."""

from pathlib import Path

from aistack.stores.vectors import VectorsFailed, VectorStore
from aistack.stores.vectors_chroma import ChromaVectors
from aistack.stores.vectors_local import LocalVectors


def open_vectors(url: str, folder: Path) -> VectorStore:
    """The store at a URL: empty for a local folder, or `chroma://HOST:PORT`. Raises VectorsFailed."""
    if not url:
        return LocalVectors(folder)
    if url.startswith(("chroma://", "chroma+https://")):
        return ChromaVectors(url)
    raise VectorsFailed(f"vectors at {url!r}: write chroma://HOST:PORT, or leave it empty for a folder on this machine")
