"""Combines rankings into one list of hits: rank fusion, diversification, and stitching of adjacent hits."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from aistack.language.analysis import index_terms
from aistack.rag.wire import Hit

RRF_K = 60  # the constant of Cormack, Clarke and Buettcher (2009)
DIVERSIFIED_MAX = 100  # hits that are compared with each other

Ranking = Sequence[tuple[int, float]]  # (chunk id, score), best first


def reciprocal_rank_fusion(
    rankings: Iterable[Ranking], k: int = RRF_K, weights: Sequence[float] = ()
) -> list[tuple[int, float]]:
    """The weighted sum of `1 / (k + rank)` over the rankings, best first; ties by id."""
    scores: dict[int, float] = defaultdict(float)
    for number, ranking in enumerate(rankings):
        weight = weights[number] if weights else 1.0
        for rank, (chunk, _) in enumerate(ranking, 1):
            scores[chunk] += weight / (k + rank)
    return sorted(scores.items(), key=lambda one: (-one[1], one[0]))


def distinct(hits: Sequence[Hit]) -> list[Hit]:
    """The hits without those whose text an earlier one has, up to white space."""
    return list({" ".join(hit.text.split()): hit for hit in reversed(hits)}.values())[::-1]


def diversified(hits: Sequence[Hit], diversity: float, count: int) -> list[Hit]:
    """The first `count` hits without duplicate texts.

    A `diversity` above 0 (at most 1) selects by maximal marginal relevance (Carbonell and Goldstein 1998) over the
    terms of the hits.
    """
    candidates = distinct(hits)
    if not diversity:
        return candidates[:count]
    candidates = candidates[: max(count, DIVERSIFIED_MAX)]
    terms = [frozenset(index_terms(hit.text)) for hit in candidates]
    best = max((hit.score for hit in candidates), default=0.0) or 1.0
    remaining, selected = list(range(len(candidates))), list[int]()
    similarity = [0.0] * len(candidates)  # to the most similar of the selected hits
    while remaining and len(selected) < count:
        at = max(
            remaining, key=lambda one: (1 - diversity) * candidates[one].score / best - diversity * similarity[one]
        )
        remaining.remove(at)
        selected.append(at)
        for other in remaining:
            similarity[other] = max(similarity[other], _jaccard(terms[at], terms[other]))
    return [candidates[at] for at in selected]


def stitched(hits: Sequence[Hit], texts: Mapping[str, str]) -> list[Hit]:
    """Joins hits that are adjacent or overlap, at the rank of the best. `texts` is by document id."""
    joined: list[Hit] = []
    for hit in hits:
        best = next((one for one in joined if _are_adjacent(one, hit, texts)), None)
        if best is None:
            joined.append(hit)
            continue
        start, end = min(best.start, hit.start), max(best.end, hit.end)
        scores = {name: max(best.scores.get(name, 0), hit.scores.get(name, 0)) for name in best.scores | hit.scores}
        first = best if best.start <= hit.start else hit
        span = {"start": start, "end": end, "text": texts[hit.document][start:end], "scores": scores}
        joined[joined.index(best)] = best.model_copy(update=span | {"page": first.page, "heading": first.heading})
    return joined


def _are_adjacent(one: Hit, other: Hit, texts: Mapping[str, str]) -> bool:
    if one.document != other.document or one.document not in texts:
        return False
    first, second = sorted((one, other), key=lambda hit: hit.start)
    return not texts[one.document][first.end : second.start].strip()


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    """The Jaccard index of two sets of terms."""
    both = len(one & other)
    return both / (len(one) + len(other) - both) if both else 0.0


def rounded_scores(ranking: Iterable[tuple[int, float]]) -> dict[int, float]:
    """Scores by chunk id, rounded to four digits."""
    return {chunk: round(score, 4) for chunk, score in ranking}
