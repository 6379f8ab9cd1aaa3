"""Graph retrieval: a random walk with restart (personalized PageRank) from a question's entities to related chunks.

The walk alternates between chunks and the entities that they mention, as in HippoRAG (Gutierrez et al., 2024). Each
step keeps only the nodes with the highest weights, so that the cost does not grow with the collection.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TypeVar

from aistack.rag.graph.knowledge_graph import KnowledgeGraph

STEPS = 3
SEED_CHUNKS_MAX = 10
DAMPING = 0.6  # the share that continues at each step; the rest restarts
NODES_MAX = 200  # kept after each step, of chunks and of entities
ENTITY_CHUNKS_MAX = 500  # entities in more chunks than this do not lead to chunks

Key = TypeVar("Key", int, str)


def ranked_chunks(
    graph: KnowledgeGraph, named: Sequence[str], found: Sequence[tuple[int, float]], limit: int
) -> list[tuple[int, float]]:
    """At most `limit` pairs `(chunk id, score)`, best first.

    The walk starts from the entities in `named`, or if there are none, from the best of the `(chunk id, score)` in
    `found`.
    """
    first = {chunk: 1 / (1 + rank) for rank, (chunk, _) in enumerate(found[:SEED_CHUNKS_MAX])}
    entities = _normalized({one: _specificity(graph, one) for one in named}, 1.0)
    chunks = {} if named else _normalized(first, 1.0)
    seeds = dict(entities)
    scores: dict[int, float] = defaultdict(float)
    share = 1.0
    for _ in range(STEPS):
        share *= DAMPING
        entities, chunks = _step(graph, entities, chunks)
        for chunk, weight in chunks.items():
            scores[chunk] += share * weight
        for entity, weight in seeds.items():
            entities[entity] = DAMPING * entities.get(entity, 0.0) + (1 - DAMPING) * weight
    return sorted(scores.items(), key=lambda one: (-one[1], one[0]))[:limit]


def _step(
    graph: KnowledgeGraph, entities: Mapping[str, float], chunks: Mapping[int, float]
) -> tuple[dict[str, float], dict[int, float]]:
    """One step: chunks pass their weight to their entities; entities pass half to related entities, half to chunks."""
    to_entities: dict[str, float] = defaultdict(float)
    for chunk, weight in chunks.items():
        mentioned = {one: _specificity(graph, one) for one in graph.entities_of.get(chunk, ())}
        for entity, share in _normalized(mentioned, weight).items():
            to_entities[entity] += share
    to_chunks: dict[int, float] = defaultdict(float)
    for entity, weight in entities.items():
        related = {other: relation.weight for other, relation in graph.relations.get(entity, {}).items()}
        for other, share in _normalized(related, weight / 2).items():
            to_entities[other] += share
        mentioning = graph.entities[entity].chunks
        if len(mentioning) <= ENTITY_CHUNKS_MAX:
            for chunk in mentioning:
                to_chunks[chunk] += weight / 2 / len(mentioning)
    return _heaviest(to_entities), _heaviest(to_chunks)


def _specificity(graph: KnowledgeGraph, entity: str) -> float:
    """HippoRAG's node specificity: higher for an entity that fewer chunks mention."""
    return 1 / math.log2(2 + len(graph.entities[entity].chunks))


def _normalized(weights: Mapping[Key, float], total: float) -> dict[Key, float]:
    """The weights, scaled to the sum `total`."""
    current = sum(weights.values())
    return {one: weight * total / current for one, weight in weights.items()} if current else {}


def _heaviest(weights: Mapping[Key, float]) -> dict[Key, float]:
    if len(weights) <= NODES_MAX:
        return dict(weights)
    return dict(sorted(weights.items(), key=lambda one: -one[1])[:NODES_MAX])
