"""Precomputed BM25 scores for large collections (eager scoring, or impact scores).

FTS5 computes the scores of all matching chunks for every query, which is slow for large collections. Here, as in BM25S
(X. H. Lu, 2024), each posting stores its contribution to the score, and a query sums a few arrays with numpy. The
formula and its constants are those of FTS5, and so are the scores. A separate process writes the files from the lexical
index. They never change: FTS5 searches the chunks that were added later, and deleted chunks are masked.

    python -m aistack.rag.indexes.precomputed_bm25 LEXICAL_FILE COLLECTION_ID TERM_FORM FOLDER
"""

import math
import shutil
import sqlite3
import sys
from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HEADING_WEIGHT = 0.5
BODY_WEIGHT = 1.0
K1, B = 1.2, 0.75
IDF_MIN = 1e-6
TERMS_FILE = "terms.txt"  # written last: a folder without it is incomplete


def table_name(collection_id: int, form: int) -> str:
    """The FTS5 table of a collection with terms of a form."""
    return f"chunks_{int(collection_id)}" if form == 1 else f"chunks_{int(collection_id)}_form{int(form)}"


class Impacts:
    """Chunk ids, and for each term the rows of the chunks with the term, with their contributions to the score."""

    ids: "NDArray[np.int64]"
    rows: "NDArray[np.int32]"
    contributions: "NDArray[np.float32]"

    def span(self, term: str) -> tuple[int, int]:
        """Where `rows` and `contributions` of a term start and end; equal if no chunk has it."""
        raise NotImplementedError

    def search(
        self,
        terms: Sequence[str],
        limit: int,
        among: Sequence[int] | None = None,
        live: "NDArray[np.bool_] | None" = None,
    ) -> list[tuple[int, float]]:
        """`(chunk id, score)`, best first, of chunks that are `live`, only from `among` if given."""
        import numpy as np

        scores = np.zeros(len(self.ids), dtype=np.float32)
        for term in terms:
            start, end = self.span(term)
            if end > start:
                scores[self.rows[start:end]] += idf(len(self.ids), end - start) * self.contributions[start:end]
        if live is not None:
            scores *= live
        if among is not None:
            scores *= np.isin(self.ids, np.asarray(among, dtype=np.int64))
        best = np.argpartition(-scores, limit)[:limit] if limit < len(scores) else np.arange(len(scores))
        best = best[np.lexsort((self.ids[best], -scores[best]))]
        return [(int(self.ids[row]), float(scores[row])) for row in best if scores[row] > 0]


class PrecomputedBM25(Impacts):
    """The postings of one collection when the folder was written. `last_id` is the highest chunk id."""

    def __init__(self, folder: Path) -> None:
        """Raises OSError or ValueError if the folder cannot be read."""
        import numpy as np

        self.folder = folder
        self.ids = np.load(folder / "ids.npy")
        self._offsets: NDArray[np.int64] = np.load(folder / "offsets.npy")
        self.rows = np.load(folder / "rows.npy", mmap_mode="r")
        self.contributions = np.load(folder / "parts.npy", mmap_mode="r")
        names = (folder / TERMS_FILE).read_text("utf-8").split("\n")
        self._numbers = {name: number for number, name in enumerate(names)}
        self._live = np.ones(len(self.ids), dtype=bool)
        self.last_id = int(self.ids[-1]) if len(self.ids) else 0
        if len(self._offsets) != len(names) + 1 or len(self.rows) != len(self.contributions):
            raise ValueError(f"{folder} is damaged")

    def mask(self, chunk_ids: Iterable[int]) -> None:
        """Excludes chunks that were deleted."""
        import numpy as np

        deleted = np.asarray([one for one in chunk_ids if one <= self.last_id], dtype=np.int64)
        at = np.searchsorted(self.ids, deleted)
        at = at[at < len(self.ids)]
        self._live[at[np.isin(self.ids[at], deleted)]] = False

    def span(self, term: str) -> tuple[int, int]:
        number = self._numbers.get(term)
        return (0, 0) if number is None else (int(self._offsets[number]), int(self._offsets[number + 1]))

    def search(
        self,
        terms: Sequence[str],
        limit: int,
        among: Sequence[int] | None = None,
        live: "NDArray[np.bool_] | None" = None,
    ) -> list[tuple[int, float]]:
        """As `Impacts.search`, of chunks that are not masked."""
        return super().search(terms, limit, among, self._live if live is None else live)


def idf(count: int, frequency: int) -> float:
    """FTS5's inverse document frequency: close to 0 for terms in more than half of the chunks."""
    return max(math.log((count - frequency + 0.5) / (frequency + 0.5)), IDF_MIN)


def term_counts(heading: str, body: str, numbers: dict[str, int]) -> tuple[dict[int, float], int]:
    """The weighted count of each term of a chunk, by the term's number, and the chunk's length in terms.

    Terms that `numbers` does not contain are added to it.
    """
    counts: dict[int, float] = {}
    length = 0
    for text, weight in ((heading, HEADING_WEIGHT), (body, BODY_WEIGHT)):
        for term in text.split():
            number = numbers.setdefault(term, len(numbers))
            counts[number] = counts.get(number, 0.0) + weight
            length += 1
    return counts, length


def contributions(
    counts: "NDArray[np.float32]", rows: "NDArray[np.int32]", lengths: "NDArray[np.float32]"
) -> "NDArray[np.float32]":
    """What each posting adds to the score of its chunk, without the term's idf.

    `counts` and `rows` are by posting: the weighted number of occurrences, and the chunk's row in `lengths`.
    """
    import numpy as np

    norms = K1 * (1 - B + B * lengths / max(float(lengths.mean()) if len(lengths) else 1.0, 1e-9))
    return (counts * (K1 + 1) / (counts + norms[rows])).astype(np.float32)


def write(lexical: Path, collection_id: int, form: int, folder: Path) -> None:
    """Computes the scores of a table of the lexical index and writes them to `folder`, which is replaced."""
    import numpy as np

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    numbers: dict[str, int] = {}
    ids, lengths = array("q"), array("l")
    posting_terms, posting_rows, posting_counts = array("i"), array("i"), array("f")
    connection = sqlite3.connect(f"file:{lexical}?mode=ro", uri=True, timeout=30)
    rows = connection.execute(f"SELECT id, c0, c1 FROM {table_name(collection_id, form)}_content ORDER BY id")
    for row, (chunk_id, heading, body) in enumerate(rows):
        counts, length = term_counts(heading, body, numbers)
        ids.append(chunk_id)
        lengths.append(length)
        posting_terms.extend(counts)
        posting_rows.extend([row] * len(counts))
        posting_counts.extend(counts.values())
    connection.close()
    terms_of = np.frombuffer(posting_terms, dtype=np.int32)
    order = np.argsort(terms_of, kind="stable")
    rows_of = np.frombuffer(posting_rows, dtype=np.int32)[order]
    counted = np.frombuffer(posting_counts, dtype=np.float32)[order]
    sizes = np.asarray(lengths, dtype=np.float32)
    np.save(folder / "ids.npy", np.asarray(ids, dtype=np.int64))
    np.save(folder / "rows.npy", rows_of)
    np.save(folder / "parts.npy", contributions(counted, rows_of, sizes))
    np.save(folder / "offsets.npy", np.concatenate(([0], np.cumsum(np.bincount(terms_of, minlength=len(numbers))))))
    (folder / TERMS_FILE).write_text("\n".join(numbers), "utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
