"""Vectors: nearest neighbours by cosine, behind one protocol: on this machine, or in a ChromaDB server.

A space holds the vectors of one collection made by one embedder; its name says both. Vectors have length 1, so the
inner product is the cosine.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NARROW_MAX = 5_000  # so many ids of a filter are compared one by one
FILTER_STEPS = (4, 32, 256)  # how much more is asked of an index for a wide filter

Found = list[tuple[int, float]]  # (id, cosine), best first


class VectorsFailed(Exception):
    """The vectors cannot be read or written; the message says where and why."""


class VectorStore(Protocol):
    """Vectors by id, in spaces. A space is there once something was added to it. Methods raise VectorsFailed."""

    async def add(self, space: str, ids: Sequence[int], vectors: "NDArray[np.float32]") -> None:
        """Adds or replaces; `vectors` is `(len(ids), d) float32`, and `d` the same for all of a space."""
        ...

    async def remove(self, space: str, ids: Iterable[int]) -> None: ...

    async def search(
        self, space: str, vector: "NDArray[np.float32]", limit: int, among: Sequence[int] | None = None
    ) -> Found:
        """The `limit` nearest to a `(d,)` vector, of the ids in `among` where that is given."""
        ...

    async def ids(self, space: str) -> set[int]: ...

    async def spaces(self) -> set[str]: ...

    async def drop(self, space: str) -> None: ...

    async def close(self) -> None: ...
