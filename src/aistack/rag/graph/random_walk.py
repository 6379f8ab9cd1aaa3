"""Graph retrieval: a short personalized PageRank from a question's names and the first hits to related chunks.

As in HippoRAG 2 (Gutierrez et al., 2025), the walk starts from the names in the question and from the chunks that plain
search found first, each weighted by how sure it is. A step leads from a chunk over the names in its sentences to the
chunks about these names. A name counts more the closer it stands to words of the question: from "directed by Curtis
Bernhardt" a question about the director leads to the chunk about Curtis Bernhardt. The result is added to the scores of
plain search.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from aistack.language.analysis import IS_CJK, TOKEN, index_terms, query_terms
from aistack.rag.graph.knowledge_graph import KnowledgeGraph
from aistack.rag.parsing.sentences import sentences

HITS_MAX = 10  # first hits from which the walk starts
NAMED_CHUNKS_MAX = 10  # chunks about names in the question from which it starts
WALK_WEIGHT, NAMED_WEIGHT = 0.7, 0.5  # of the walk, and of chunks about names in the question, beside the best hit's 1
BASE_WEIGHT = 0.1  # of a name in a sentence without words of the question
DISTANCE_CHARACTERS = 20  # from a word of the question at which its weight is halved
MENTION_WEIGHT, MENTION_CHUNKS_MAX = 0.1, 20  # for names that no chunk is about: of the chunks that mention them
STEM_CHARACTERS_MIN = 5  # of which one word begins another: direct, director


@dataclass(frozen=True, slots=True)
class Start:
    """Where a walk starts: chunks with their weights, `named` those about names in the question."""

    graph: KnowledgeGraph
    keys: frozenset[str]
    terms: frozenset[str]  # of the question, without its names
    named: Mapping[int, float]
    chunks: Mapping[int, float]


def start_of(graph: KnowledgeGraph, question: str, found: Sequence[tuple[int, float]]) -> Start:
    """The start for a question; `found` are the `(chunk id, score from 0 to 1)` of plain search, best first."""
    names = list(graph.subjects.names_in(question))
    named: dict[int, float] = defaultdict(float)
    for name in names:
        chunks = graph.subjects.chunks.get(name.key, ())
        for chunk in chunks:
            named[chunk] += 1 / math.sqrt(len(chunks))
    of_names = {term for name in names for term in index_terms(name.text)}
    surest = sorted(named, key=lambda one: (-named[one], one))[:NAMED_CHUNKS_MAX]
    weights = {chunk: score**2 for chunk, score in found[:HITS_MAX]}
    weights |= {chunk: max(weights.get(chunk, 0.0), min(1.0, named[chunk])) for chunk in surest}
    terms = frozenset(query_terms(question)) - of_names
    return Start(graph, frozenset(name.key for name in names), terms, named, weights)


def walked(start: Start, texts: Mapping[int, tuple[str, str]], weights: Mapping[str, float]) -> dict[int, float]:
    """What the walk adds to the scores of chunks.

    `texts` holds title and text of the chunks at which it starts, `weights` the weight of each of the start's terms.
    """
    scores: dict[int, float] = defaultdict(float)
    for chunk, weight in start.chunks.items():
        if chunk in texts:
            for other, share in _step(start, chunk, *texts[chunk], weights):
                scores[other] += weight * share
    added = {chunk: WALK_WEIGHT * min(1.0, score) for chunk, score in scores.items()}
    for chunk, weight in start.named.items():
        added[chunk] = added.get(chunk, 0.0) + NAMED_WEIGHT * min(1.0, weight)
    return added


def added_to(found: Sequence[tuple[int, float]], added: Mapping[int, float]) -> list[tuple[int, float]]:
    """The hits of plain search with what walks add to them, and the further chunks, best first."""
    scores = dict(added)
    for chunk, score in found:
        scores[chunk] = scores.get(chunk, 0.0) + score
    return sorted(scores.items(), key=lambda one: (-one[1], one[0]))


def _step(start: Start, chunk: int, title: str, text: str, weights: Mapping[str, float]) -> Iterator[tuple[int, float]]:
    """The chunks that the names in a chunk lead to, with shares up to 1."""
    subjects, graph = start.graph.subjects, start.graph
    found: dict[str, float] = {}
    own = subjects.keys_of(title) | start.keys
    for first, last in sentences(text):
        sentence = text[first:last]
        names = [name for name in subjects.names_in(sentence) if name.key not in own]
        if not names:
            continue
        hits = list(_hits(sentence, start.terms, weights))
        for name in names:
            near = sum(
                weight / (1 + abs(at - (name.start if at < name.start else name.end)) / DISTANCE_CHARACTERS)
                for at, weight in hits
                if not name.start <= at < name.end
            )
            found[name.key] = max(found.get(name.key, 0.0), BASE_WEIGHT + near)
    best = max(found.values(), default=1.0)
    for key, weight in found.items():
        chunks, factor = subjects.chunks.get(key, ()), 1.0
        if not chunks:
            chunks = [one for one in graph.entities[key].chunks if one != chunk] if key in graph.entities else []
            factor = MENTION_WEIGHT if len(chunks) <= MENTION_CHUNKS_MAX else 0.0
        for other in chunks:
            if other != chunk:
                yield other, factor * weight / best / math.sqrt(len(chunks))


def _hits(sentence: str, terms: frozenset[str], weights: Mapping[str, float]) -> Iterator[tuple[int, float]]:
    """Where words of the question stand in a sentence, with their weights."""
    for match in TOKEN.finditer(sentence):
        word, start = match.group(), match.start()
        if IS_CJK.match(word):
            for at in range(len(word) - 1):
                if word[at : at + 2] in terms:
                    yield start + at, weights.get(word[at : at + 2], 1.0)
            continue
        for term in index_terms(word):
            if term in terms or any(_are_related(term, one) for one in terms):
                yield start, weights.get(term, 1.0)


def _are_related(one: str, other: str) -> bool:
    shorter = min(len(one), len(other))
    return shorter >= STEM_CHARACTERS_MIN and one[:shorter] == other[:shorter]


def term_weights(count: int, frequencies: Mapping[str, int]) -> dict[str, float]:
    """The inverse document frequency of terms, from 0 to 1, in a collection of `count` chunks."""
    return {
        term: math.log(1 + (count - number + 0.5) / (number + 0.5)) / math.log(count + 2)
        for term, number in frequencies.items()
        if number <= count
    }
