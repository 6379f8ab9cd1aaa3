"""Communities of a weighted graph by the Leiden algorithm, for modularity (Traag, Waltman, van Eck, 2019).

Unlike Louvain, it guarantees connected communities: each community is refined into connected parts before the graph is
aggregated by these parts. The random generator is seeded, so that the same graph always gives the same communities.
"""

import random
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from itertools import count

Adjacency = Sequence[Mapping[int, float]]  # each node's neighbours with the edge weight, in both directions

PASSES_MAX = 20


def communities(adjacency: Adjacency, resolution: float = 1.0, seed: int = 0) -> list[int]:
    """Each node's community number, where 0 is the largest community. A higher `resolution` gives more communities."""
    rng = random.Random(seed)  # noqa: S311 -- not used for secrets
    graph = [dict(one) for one in adjacency]
    members = [[node] for node in range(len(graph))]
    loops = [0.0] * len(graph)  # edge weight inside the nodes that an aggregated node stands for
    partition = list(range(len(graph)))
    for _ in range(PASSES_MAX):
        if not _move(graph, loops, partition, resolution, rng):
            break
        refined = _refine(graph, loops, partition, resolution, rng)
        if len(set(refined)) == len(graph):
            break
        graph, loops, members, partition = _aggregate(graph, loops, members, partition, refined)
    found: dict[int, list[int]] = defaultdict(list)
    for node, nodes in enumerate(members):
        found[partition[node]] += nodes
    numbers = [0] * len(adjacency)
    for number, nodes in enumerate(sorted(found.values(), key=lambda one: (-len(one), min(one)))):
        for node in nodes:
            numbers[node] = number
    return numbers


def modularity(adjacency: Adjacency, numbers: Sequence[int], resolution: float = 1.0) -> float:
    """Newman's modularity of a partition, from -1/2 to 1."""
    total = sum(sum(one.values()) for one in adjacency) or 1.0
    inside: dict[int, float] = defaultdict(float)
    degrees: dict[int, float] = defaultdict(float)
    for node, neighbours in enumerate(adjacency):
        degrees[numbers[node]] += sum(neighbours.values())
        inside[numbers[node]] += sum(weight for other, weight in neighbours.items() if numbers[other] == numbers[node])
    return sum(inside[one] / total - resolution * (degrees[one] / total) ** 2 for one in degrees)


def _degrees(graph: Adjacency, loops: Sequence[float]) -> list[float]:
    return [sum(one.values()) + 2 * loop for one, loop in zip(graph, loops, strict=True)]


def _move(
    graph: Adjacency, loops: Sequence[float], partition: list[int], resolution: float, rng: random.Random
) -> bool:
    """Moves nodes to the community with the highest gain until none gains. Returns whether any node moved."""
    degrees = _degrees(graph, loops)
    total = sum(degrees) or 1.0
    sums: dict[int, float] = defaultdict(float)
    for node, number in enumerate(partition):
        sums[number] += degrees[node]
    order = list(range(len(graph)))
    rng.shuffle(order)
    queue, queued = deque(order), [True] * len(graph)
    moved = False
    while queue:
        node = queue.popleft()
        queued[node] = False
        own = partition[node]
        weights: dict[int, float] = defaultdict(float)
        for other, weight in graph[node].items():
            weights[partition[other]] += weight
        sums[own] -= degrees[node]
        scale = resolution * degrees[node] / total
        best, best_gain = own, weights.get(own, 0.0) - scale * sums[own]
        for number, weight in weights.items():
            gain = weight - scale * sums[number]
            if gain > best_gain + 1e-12:
                best, best_gain = number, gain
        sums[best] += degrees[node]
        if best != own:
            partition[node] = best
            moved = True
            for other in graph[node]:
                if not queued[other] and partition[other] != best:
                    queued[other] = True
                    queue.append(other)
    return moved


def _refine(
    graph: Adjacency, loops: Sequence[float], partition: Sequence[int], resolution: float, rng: random.Random
) -> list[int]:
    """Splits each community into connected parts: a single node joins a part that it is well connected to, if any."""
    degrees = _degrees(graph, loops)
    total = sum(degrees) or 1.0
    community_sums: dict[int, float] = defaultdict(float)
    for node, number in enumerate(partition):
        community_sums[number] += degrees[node]
    refined, sums, is_single = list(range(len(graph))), list(degrees), [True] * len(graph)
    order = list(range(len(graph)))
    rng.shuffle(order)
    for node in order:
        if not is_single[node]:
            continue
        weights: dict[int, float] = defaultdict(float)
        inside = 0.0
        for other, weight in graph[node].items():
            if partition[other] == partition[node]:
                weights[refined[other]] += weight
                inside += weight
        rest = community_sums[partition[node]] - degrees[node]
        if inside < resolution * degrees[node] * rest / total:
            continue  # not well connected to its own community
        best, best_gain = node, 0.0
        for number, weight in weights.items():
            gain = weight - resolution * degrees[node] * sums[number] / total
            if number != node and gain > best_gain + 1e-12:
                best, best_gain = number, gain
        if best != node:
            sums[best] += degrees[node]
            sums[node] = 0.0
            refined[node] = best
            is_single[best] = False
    return refined


def _aggregate(
    graph: Adjacency,
    loops: Sequence[float],
    members: Sequence[Sequence[int]],
    partition: Sequence[int],
    refined: Sequence[int],
) -> tuple[list[dict[int, float]], list[float], list[list[int]], list[int]]:
    """The aggregated graph: a node per refined part, each in the community of the part's nodes."""
    counter = count()
    numbers: dict[int, int] = {}
    for part in refined:
        if part not in numbers:
            numbers[part] = next(counter)
    smaller: list[dict[int, float]] = [defaultdict(float) for _ in numbers]
    inner, merged, initial = [0.0] * len(numbers), [list[int]() for _ in numbers], [0] * len(numbers)
    for node, neighbours in enumerate(graph):
        at = numbers[refined[node]]
        merged[at] += members[node]
        initial[at] = partition[node]
        inner[at] += loops[node]
        for other, weight in neighbours.items():
            target = numbers[refined[other]]
            if target == at:
                inner[at] += weight / 2
            else:
                smaller[at][target] += weight
    known: dict[int, int] = {}
    return [dict(one) for one in smaller], inner, merged, [known.setdefault(one, len(known)) for one in initial]
