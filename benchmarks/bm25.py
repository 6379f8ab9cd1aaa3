"""BM25 as bm25s has it by default (Lucene's variant, English stop words), the peer of every ranking here."""

import logging
from collections.abc import Callable, Sequence

import bm25s
import snowballstemmer

Stemmer = Callable[[list[str]], list[str]]


def english_stemmer() -> Stemmer:
    return snowballstemmer.stemmer("english").stemWords


def best(texts: Sequence[str], queries: Sequence[str], depth: int, stemmer: Stemmer | None = None) -> list[list[int]]:
    """For each query the numbers of the best texts, best first, at most `depth` of them."""
    logging.getLogger("bm25s").setLevel(logging.WARNING)
    how = {"stopwords": "en", "stemmer": stemmer, "show_progress": False}
    index = bm25s.BM25()
    index.index(bm25s.tokenize(list(texts), **how), show_progress=False)
    found, _ = index.retrieve(bm25s.tokenize(list(queries), **how), k=min(depth, len(texts)), show_progress=False)
    return [[int(number) for number in row] for row in found]
