"""Retrieval over the graph: from what a question names and what was found first, to chunks a step or two further.

A random walk with restarts between chunks and the entities they name, as in HippoRAG (Gutierrez et al., 2024), kept to
the best few hundred places, so that its cost does not grow with the collection.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TypeVar

from aistack.rag.graph.knowledge_graph import Graph

STEPS = 3
STARTS = 10  # chunks found first, from which the walk begins
GOING_ON = 0.6  # what goes on at each step; the rest starts anew
KEPT_MAX = 200
COMMON_MAX = 500  # an entity that more chunks name leads nowhere

Key = TypeVar("Key", int, str)


def chunks_near(
    graph: Graph, named: Sequence[str], found: Sequence[tuple[int, float]], limit: int
) -> list[tuple[int, float]]:
    """`(chunk, score)`, best first, from the entities that a question names, or else from what was found."""
    starts = {chunk: 1 / (1 + rank) for rank, (chunk, _) in enumerate(found[:STARTS])}
    entities = _normalised({one: _telling(graph, one) for one in named}, 1.0)
    chunks = {} if named else _normalised(starts, 1.0)
    started = dict(entities)
    walked: dict[int, float] = defaultdict(float)
    share = 1.0
    for _ in range(STEPS):
        share *= GOING_ON
        entities, chunks = _step(graph, entities, chunks)
        for one, weight in chunks.items():
            walked[one] += share * weight
        for one, weight in started.items():
            entities[one] = GOING_ON * entities.get(one, 0.0) + (1 - GOING_ON) * weight
    return sorted(walked.items(), key=lambda one: (-one[1], one[0]))[:limit]


def _step(
    graph: Graph, entities: Mapping[str, float], chunks: Mapping[int, float]
) -> tuple[dict[str, float], dict[int, float]]:
    """Chunks pass what they have to the entities they name; entities to those related and to the chunks naming them."""
    to_entities: dict[str, float] = defaultdict(float)
    for chunk, weight in chunks.items():
        named = {one: _telling(graph, one) for one in graph.entities_of.get(chunk, ())}
        for one, share in _normalised(named, weight).items():
            to_entities[one] += share
    to_chunks: dict[int, float] = defaultdict(float)
    for one, weight in entities.items():
        related = {other: relation.weight for other, relation in graph.relations.get(one, {}).items()}
        for other, share in _normalised(related, weight / 2).items():
            to_entities[other] += share
        held = graph.entities[one].chunks
        if len(held) <= COMMON_MAX:
            for chunk in held:
                to_chunks[chunk] += weight / 2 / len(held)
    return _best(to_entities), _best(to_chunks)


def _telling(graph: Graph, entity: str) -> float:
    """How much an entity tells: the fewer chunks name it, the more."""
    return 1 / math.log2(2 + len(graph.entities[entity].chunks))


def _normalised(weights: Mapping[Key, float], total: float) -> dict[Key, float]:
    whole = sum(weights.values())
    return {one: weight * total / whole for one, weight in weights.items()} if whole else {}


def _best(weights: Mapping[Key, float]) -> dict[Key, float]:
    if len(weights) <= KEPT_MAX:
        return dict(weights)
    return dict(sorted(weights.items(), key=lambda one: -one[1])[:KEPT_MAX])
