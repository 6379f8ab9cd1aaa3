"""Which tables and columns a question is about: BM25F (Robertson et al. 2004) over their names, comments and values.

A question's words count with those of like meaning and, across languages, with their translations. Tables that belong
together, by foreign keys or by their schema, speak for each other: who asks for singers and concerts means the tables
of one place, not the best of many. With an embedder, sentence vectors of tables and question add their likeness.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aistack.ai.schema.glossary import alike, chinese_words_in, translations
from aistack.ai.schema.identifiers import parts_of
from aistack.ai.schema.semantic_layer import Layer, TableLayer
from aistack.connection.wire import TableView
from aistack.language.analysis import index_terms, query_terms, stem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from aistack.llm.embeddings import Embedder

NAME, COLUMN, ABOUT, NEIGHBOUR = 3.0, 1.0, 0.5, 0.7  # weights of where a word stands
TRANSLATED, ALIKE = 0.9, 0.4  # weights of words that were not said themselves
ASKING = 0.25  # the weight of words that mostly belong to the question, though a table may be called so
K1, B = 1.2, 0.4
NEAR, TOGETHER = 0.15, 0.5  # how much neighbours, and tables of the same place, speak for a table
LIKENESS = 0.6
TABLES_MAX = 10
QUESTION_TERMS = frozenset(
    stem(word)
    for word in (
        "show", "list", "give", "find", "name", "return", "tell", "display", "much", "many", "what", "which", "who",
        "count", "number", "different", "distinct", "total", "average", "maximum", "minimum", "most", "least", "order",
        "sorted", "descending", "ascending", "alphabetical", "each", "every", "per",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LinkedTable:
    """A table with what speaks for it; `columns` are those that the question seems to name, the best first."""

    name: str
    score: float
    columns: tuple[str, ...]


@dataclass(slots=True)
class _Document:
    name: str
    place: int
    terms: Counter[str] = field(default_factory=Counter[str])
    columns: dict[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    length: float = 0.0
    neighbours: set[str] = field(default_factory=set[str])
    text: str = ""


class Linker:
    """For one database; made once, used for many questions."""

    def __init__(self, tables: Sequence[TableView], layer: Layer, embedder: "Embedder | None" = None) -> None:
        self._documents = {table.name: _document(table, layer.tables.get(table.name, TableLayer())) for table in tables}
        self._embedder = embedder
        self._vectors: NDArray[np.float32] | None = None
        for table in tables:
            for key in table.foreign_keys:
                if key.table in self._documents and key.table != table.name:
                    self._documents[table.name].neighbours.add(key.table)
                    self._documents[key.table].neighbours.add(table.name)
        for one in self._documents.values():
            for name in one.neighbours:
                for term in _terms(name.rpartition(".")[2]):
                    one.terms[term] += NEIGHBOUR  # type: ignore[assignment] -- weights are no whole numbers
            one.length = sum(one.terms.values())
        self._places(tables)
        self._spoken: dict[int, set[str]] = {}  # the terms of each place
        for one in self._documents.values():
            self._spoken.setdefault(one.place, set()).update(one.terms)
        self._frequency = Counter(term for one in self._documents.values() for term in one.terms)
        self._length = sum(one.length for one in self._documents.values()) / max(1, len(self._documents))

    async def tables(self, question: str, limit: int = TABLES_MAX) -> list[LinkedTable]:
        """The tables that fit best, at most `limit`; all, in no order that matters, where there are not more."""
        wanted = weighted_terms(question)
        scores = {name: self._score(one, wanted) for name, one in self._documents.items()}
        if self._embedder is not None:
            likeness = await self._likeness(question)
            top = max(scores.values(), default=0.0) or 1.0
            scores = {name: score + LIKENESS * top * likeness[name] for name, score in scores.items()}
        covered = self._covered(wanted)
        best_place = max(covered.values(), default=0.0) or 1.0
        top = max(scores.values(), default=0.0) or 1.0
        final = {
            name: scores[name]
            + NEAR * max((scores[other] for other in one.neighbours), default=0.0)
            + TOGETHER * top * (covered[one.place] / best_place) ** 2
            for name, one in self._documents.items()
        }
        chosen = sorted(final, key=lambda name: (-final[name], name))[:limit]
        return [
            LinkedTable(name, round(final[name], 4), self._columns(self._documents[name], wanted)) for name in chosen
        ]

    def _score(self, one: _Document, wanted: dict[str, list[tuple[str, float]]]) -> float:
        """Each word of the question by the best of what stands for it."""
        return sum(
            max((weight * self._bm25(one, term) for term, weight in options), default=0.0)
            for options in wanted.values()
        )

    def _bm25(self, one: _Document, term: str) -> float:
        frequency = one.terms.get(term, 0)
        if not frequency:
            return 0.0
        norm = 1 - B + B * one.length / self._length
        return self._idf(term) * frequency * (K1 + 1) / (frequency + K1 * norm)

    def _idf(self, term: str) -> float:
        count, found = len(self._documents), self._frequency[term]
        return math.log(1 + (count - found + 0.5) / (found + 0.5))

    def _covered(self, wanted: dict[str, list[tuple[str, float]]]) -> dict[int, float]:
        """How much of the question each place can speak of."""
        return {
            place: sum(
                max((weight * self._idf(term) for term, weight in options if term in known), default=0.0)
                for options in wanted.values()
            )
            for place, known in self._spoken.items()
        }

    def _columns(self, one: _Document, wanted: dict[str, list[tuple[str, float]]]) -> tuple[str, ...]:
        scored = {
            name: sum(
                max((weight for term, weight in options if term in terms), default=0.0) for options in wanted.values()
            )
            for name, terms in one.columns.items()
        }
        found = [name for name, score in scored.items() if score > 0]
        return tuple(sorted(found, key=lambda name: (-scored[name], name)))

    def _places(self, tables: Sequence[TableView]) -> None:
        """Tables in one place: those of one schema, and those that foreign keys connect."""
        parent = {table.name: table.name for table in tables}

        def root(name: str) -> str:
            while parent[name] != name:
                parent[name] = parent[parent[name]]
                name = parent[name]
            return name

        first: dict[str, str] = {}
        for table in tables:
            schema = table.name.rpartition(".")[0]
            for other in (
                *self._documents[table.name].neighbours,
                *([first.setdefault(schema, table.name)] if schema else ()),
            ):
                parent[root(table.name)] = root(other)
        numbers = {name: number for number, name in enumerate(parent)}
        for name, one in self._documents.items():
            one.place = numbers[root(name)]

    async def _likeness(self, question: str) -> dict[str, float]:
        assert self._embedder is not None
        if self._vectors is None:
            self._vectors = await self._embedder.embed([one.text for one in self._documents.values()], "passage")
        asked = await self._embedder.embed([question], "query")
        likeness = self._vectors @ asked[0]
        low, high = float(likeness.min()), float(likeness.max())
        span = (high - low) or 1.0
        return {name: (float(one) - low) / span for name, one in zip(self._documents, likeness, strict=True)}


def weighted_terms(question: str) -> dict[str, list[tuple[str, float]]]:
    """For each word of the question the index terms that can stand for it, with their weights."""
    wanted: dict[str, list[tuple[str, float]]] = {}
    for term in query_terms(question):
        wanted[term] = [(term, ASKING if term in QUESTION_TERMS else 1.0)]
    for word in question.lower().split():
        word = word.strip("?.,!'\"()")
        base = stem(word) if word.isascii() else word
        if base in wanted:
            for other in (*alike(word), *alike(word.removesuffix("s"))):
                terms = _terms(other)
                wanted[base] += [(terms[0], ALIKE)] if len(terms) == 1 else []
            wanted[base] += [(term, TRANSLATED) for said in translations(word) for term in index_terms(said)]
    for word in chinese_words_in(question):
        options = [(term, TRANSLATED) for said in translations(word) for term in _terms(said)]
        options += [(term, ALIKE) for said in translations(word) for other in alike(said) for term in _terms(other)]
        wanted.setdefault(word, []).extend(options)
    return wanted


def _terms(identifier: str) -> list[str]:
    return [term for word in parts_of(identifier) for term in index_terms(word)]


def _document(table: TableView, layer: TableLayer) -> _Document:
    one = _Document(table.name, 0)
    name = table.name.rpartition(".")[2]
    for term in (term for said in (name, *layer.names) for term in _terms(said)):
        one.terms[term] = NAME  # type: ignore[assignment] -- weights are no whole numbers
    for term in index_terms(table.comment):
        one.terms[term] += ABOUT  # type: ignore[assignment]
    for column in table.columns:
        names = [column.name, *(layer.columns[column.name].names if column.name in layer.columns else ())]
        own = {term for said in names for term in _terms(said)}
        about = {term for said in (column.comment, *column.samples) for term in index_terms(said)}
        for term in own:
            one.terms[term] += COLUMN  # type: ignore[assignment]
        for term in about - own:
            one.terms[term] += ABOUT  # type: ignore[assignment]
        one.columns[column.name] = frozenset(own | about)
    one.text = f"{' '.join(parts_of(name))}: {', '.join(' '.join(parts_of(column.name)) for column in table.columns)}"
    return one
