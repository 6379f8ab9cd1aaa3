"""From a setting to a store of vectors: which one it names."""

from pathlib import Path

from aistack.stores.vectors import VectorsFailed, VectorStore
from aistack.stores.vectors_chroma import ChromaVectors
from aistack.stores.vectors_local import LocalVectors


def open_vectors(url: str, folder: Path) -> VectorStore:
    """The store that a setting names: empty for a folder here, or `chroma://HOST:PORT`. Raises VectorsFailed."""
    if not url:
        return LocalVectors(folder)
    if url.startswith(("chroma://", "chroma+https://")):
        return ChromaVectors(url)
    raise VectorsFailed(f"vectors at {url!r}: write chroma://HOST:PORT, or nothing for a folder on this machine")
