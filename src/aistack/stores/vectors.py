"""Vector stores: nearest neighbours by cosine similarity, behind one protocol; local or in a ChromaDB server.

A space contains the vectors of one collection from one embedder; its name states both. Vectors have length 1, so the
inner product is the cosine.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NARROW_MAX = 5_000  # filters of at most this many ids are compared one by one
FILTER_STEPS = (4, 32, 256)  # for larger filters, this many times the limit is requested

Found = list[tuple[int, float]]  # (id, cosine), best first


class VectorsFailed(Exception):
    """The vectors cannot be read or written; the message says where and why."""


class VectorStore(Protocol):
    """Vectors by id, in spaces. A space exists once something was added to it. Methods raise VectorsFailed."""

    async def add(self, space: str, ids: Sequence[int], vectors: "NDArray[np.float32]") -> None:
        """Adds or replaces; `vectors` is `(len(ids), d) float32`, with the same `d` for a whole space."""
        ...

    async def remove(self, space: str, ids: Iterable[int]) -> None: ...

    async def search(
        self, space: str, vector: "NDArray[np.float32]", limit: int, among: Sequence[int] | None = None
    ) -> Found:
        """The `limit` nearest to a `(d,)` vector, among the ids in `among` if given."""
        ...

    async def ids(self, space: str) -> set[int]: ...

    async def spaces(self) -> set[str]: ...

    async def drop(self, space: str) -> None: ...

    async def close(self) -> None: ...
