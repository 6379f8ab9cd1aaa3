"""From several rankings to one list: fused by rank, varied, and neighbours read as one piece."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from aistack.language.analysis import index_terms
from aistack.rag.wire import Hit

RRF_K = 60  # the constant of Cormack, Clarke and Buettcher (2009)
COMPARED_MAX = 100  # hits that are compared with each other

Ranking = Sequence[tuple[int, float]]  # (chunk id, score), best first


def fused(rankings: Iterable[Ranking], k: int = RRF_K, weights: Sequence[float] = ()) -> list[tuple[int, float]]:
    """Reciprocal rank fusion: the sum of `1 / (k + rank)`, best first; ties by id."""
    scores: dict[int, float] = defaultdict(float)
    for number, ranking in enumerate(rankings):
        weight = weights[number] if weights else 1.0
        for rank, (chunk, _) in enumerate(ranking, 1):
            scores[chunk] += weight / (k + rank)
    return sorted(scores.items(), key=lambda one: (-one[1], one[0]))


def varied(hits: Sequence[Hit], diversity: float, count: int) -> list[Hit]:
    """The first `count` hits; what says the same word by word comes once.

    With `diversity`, up to 1, by maximal marginal relevance (Carbonell and Goldstein 1998) over the terms of the hits.
    """
    once = list({" ".join(hit.text.split()): hit for hit in reversed(hits)}.values())[::-1]
    if not diversity:
        return once[:count]
    once = once[: max(count, COMPARED_MAX)]
    terms = [frozenset(index_terms(hit.text)) for hit in once]
    best = max((hit.score for hit in once), default=0.0) or 1.0
    left, chosen = list(range(len(once))), list[int]()
    nearness = [0.0] * len(once)  # to the nearest of those chosen
    while left and len(chosen) < count:
        at = max(left, key=lambda one: (1 - diversity) * once[one].score / best - diversity * nearness[one])
        left.remove(at)
        chosen.append(at)
        for other in left:
            nearness[other] = max(nearness[other], _alike(terms[at], terms[other]))
    return [once[at] for at in chosen]


def stitched(hits: Sequence[Hit], texts: Mapping[str, str]) -> list[Hit]:
    """Hits that touch or overlap in one document become one, at the place of the best; `texts` by document."""
    made: list[Hit] = []
    for hit in hits:
        near = next((one for one in made if _touch(one, hit, texts)), None)
        if near is None:
            made.append(hit)
            continue
        start, end = min(near.start, hit.start), max(near.end, hit.end)
        scores = {name: max(near.scores.get(name, 0), hit.scores.get(name, 0)) for name in near.scores | hit.scores}
        first = near if near.start <= hit.start else hit
        whole = {"start": start, "end": end, "text": texts[hit.document][start:end], "scores": scores}
        made[made.index(near)] = near.model_copy(update=whole | {"page": first.page, "heading": first.heading})
    return made


def _touch(one: Hit, other: Hit, texts: Mapping[str, str]) -> bool:
    if one.document != other.document or one.document not in texts:
        return False
    first, second = sorted((one, other), key=lambda hit: hit.start)
    return not texts[one.document][first.end : second.start].strip()


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    """Jaccard's index."""
    both = len(one & other)
    return both / (len(one) + len(other) - both) if both else 0.0


def normalised(ranking: Iterable[tuple[int, float]]) -> dict[int, float]:
    """Scores by id, rounded for showing."""
    return {chunk: round(score, 4) for chunk, score in ranking}
