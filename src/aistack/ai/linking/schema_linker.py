"""Schema linking: ranks the tables and columns a question is about with BM25F (Robertson et al. 2004).

The fields are names, comments and sampled values. A question's words also match synonyms and, across languages,
translations, at a lower weight. Tables that belong together, by foreign keys or by their schema, raise each other:
a question about singers and concerts means two tables of one database, not the two best of many. With an embedder,
the similarity of sentence vectors is added.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aistack.ai.schema.glossary import chinese_words_in, synonyms, translations
from aistack.ai.schema.identifiers import identifier_words
from aistack.ai.schema.semantic_layer import Layer, TableLayer
from aistack.ai.text.english_nouns import singular_noun
from aistack.connection.wire import TableView
from aistack.language.analysis import index_terms, query_terms, stem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from aistack.llm.embeddings import Embedder

TABLE_NAME, COLUMN_NAME, DESCRIPTION, NEIGHBOUR = 3.0, 1.0, 0.5, 0.7  # field weights
TRANSLATED, SYNONYM = 0.9, 0.4  # weights of words that the question does not have itself
QUESTION_WORD = 0.25  # weight of words that are part of the question form, although a table may be called that
K1, B = 1.2, 0.4
NEIGHBOUR_SHARE, COMPONENT_SHARE = 0.15, 0.5  # how much of their scores a table gets
SIMILARITY = 0.6
TABLES_MAX = 10
WeightedTerms = dict[str, list[tuple[str, float]]]

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
    """A table with its score; `columns` are those that the question mentions, the best match first."""

    name: str
    score: float
    columns: tuple[str, ...]


@dataclass(slots=True)
class _Document:
    name: str
    component: int
    terms: Counter[str] = field(default_factory=Counter[str])
    columns: dict[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    length: float = 0.0
    neighbours: set[str] = field(default_factory=set[str])
    text: str = ""


class SchemaLinker:
    """Built once for a database, used for many questions."""

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
                    one.terms[term] += NEIGHBOUR  # type: ignore[assignment] -- weights are floats
            one.length = sum(one.terms.values())
        self._find_components(tables)
        self._component_terms: dict[int, set[str]] = {}  # the terms of each component's tables
        for one in self._documents.values():
            self._component_terms.setdefault(one.component, set()).update(one.terms)
        self._frequency = Counter(term for one in self._documents.values() for term in one.terms)
        self._length = sum(one.length for one in self._documents.values()) / max(1, len(self._documents))

    async def tables(self, question: str, limit: int = TABLES_MAX) -> list[LinkedTable]:
        """The best `limit` tables, best first; all of them if there are no more than that."""
        weighted = weighted_terms(question)
        scores = {name: self._score(one, weighted) for name, one in self._documents.items()}
        if self._embedder is not None:
            similarity = await self._similarity(question)
            top = max(scores.values(), default=0.0) or 1.0
            scores = {name: score + SIMILARITY * top * similarity[name] for name, score in scores.items()}
        coverage = self._coverage(weighted)
        best_component = max(coverage.values(), default=0.0) or 1.0
        top = max(scores.values(), default=0.0) or 1.0
        final = {
            name: scores[name]
            + NEIGHBOUR_SHARE * max((scores[other] for other in one.neighbours), default=0.0)
            + COMPONENT_SHARE * top * (coverage[one.component] / best_component) ** 2
            for name, one in self._documents.items()
        }
        chosen = sorted(final, key=lambda name: (-final[name], name))[:limit]
        return [
            LinkedTable(name, round(final[name], 4), self._columns(self._documents[name], weighted)) for name in chosen
        ]

    def _score(self, one: _Document, weighted: WeightedTerms) -> float:
        """Each word of the question counts with the best of its alternatives."""
        return sum(
            max((weight * self._bm25(one, term) for term, weight in options), default=0.0)
            for options in weighted.values()
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

    def _coverage(self, weighted: WeightedTerms) -> dict[int, float]:
        """How much of the question the tables of each component cover."""
        return {
            component: sum(
                max((weight * self._idf(term) for term, weight in options if term in known), default=0.0)
                for options in weighted.values()
            )
            for component, known in self._component_terms.items()
        }

    def _columns(self, one: _Document, weighted: WeightedTerms) -> tuple[str, ...]:
        scored = {
            name: sum(
                max((weight for term, weight in options if term in own), default=0.0) for options in weighted.values()
            )
            for name, own in one.columns.items()
        }
        found = [name for name, score in scored.items() if score > 0]
        return tuple(sorted(found, key=lambda name: (-scored[name], name)))

    def _find_components(self, tables: Sequence[TableView]) -> None:
        """Tables of one schema, and tables that foreign keys connect, are one component (union-find)."""
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
            one.component = numbers[root(name)]

    async def _similarity(self, question: str) -> dict[str, float]:
        assert self._embedder is not None
        if self._vectors is None:
            self._vectors = await self._embedder.embed([one.text for one in self._documents.values()], "passage")
        query = await self._embedder.embed([question], "query")
        similarity = self._vectors @ query[0]
        low, high = float(similarity.min()), float(similarity.max())
        span = (high - low) or 1.0
        return {name: (float(one) - low) / span for name, one in zip(self._documents, similarity, strict=True)}


def weighted_terms(question: str) -> WeightedTerms:
    """For each word of the question the index terms that match it, with their weights."""
    weighted: WeightedTerms = {}
    for term in query_terms(question):
        weighted[term] = [(term, QUESTION_WORD if term in QUESTION_TERMS else 1.0)]
    for word in question.lower().split():
        word = word.strip("?.,!'\"()")
        base = stem(word) if word.isascii() else word
        if base in weighted:
            for other in (*synonyms(word), *synonyms(singular_noun(word))):
                terms = _terms(other)
                weighted[base] += [(terms[0], SYNONYM)] if len(terms) == 1 else []
            weighted[base] += [(term, TRANSLATED) for one in translations(word) for term in index_terms(one)]
    for word in chinese_words_in(question):
        english = translations(word)
        options = [(term, TRANSLATED) for one in english for term in _terms(one)]
        options += [(term, SYNONYM) for one in english for other in synonyms(one) for term in _terms(other)]
        weighted.setdefault(word, []).extend(options)
    return weighted


def _terms(identifier: str) -> list[str]:
    return [term for word in identifier_words(identifier) for term in index_terms(word)]


def _document(table: TableView, layer: TableLayer) -> _Document:
    one = _Document(table.name, 0)
    name = table.name.rpartition(".")[2]
    for term in (term for one_name in (name, *layer.names) for term in _terms(one_name)):
        one.terms[term] = TABLE_NAME  # type: ignore[assignment] -- weights are floats
    for term in index_terms(table.comment):
        one.terms[term] += DESCRIPTION  # type: ignore[assignment]
    for column in table.columns:
        names = [column.name, *(layer.columns[column.name].names if column.name in layer.columns else ())]
        own = {term for column_name in names for term in _terms(column_name)}
        description = {term for text in (column.comment, *column.samples) for term in index_terms(text)}
        for term in own:
            one.terms[term] += COLUMN_NAME  # type: ignore[assignment]
        for term in description - own:
            one.terms[term] += DESCRIPTION  # type: ignore[assignment]
        one.columns[column.name] = frozenset(own | description)
    columns = ", ".join(" ".join(identifier_words(column.name)) for column in table.columns)
    one.text = f"{' '.join(identifier_words(name))}: {columns}"
    return one
