"""Documents of a stream into topics, one after the other.

A document joins the topic that resembles it most, or founds its own: cosine of TF-IDF weights with the topic's sum,
which fades with the time since the topic's last document. Topics are found through an index of their terms, as in
Miranda et al. 2018 (EMNLP, arXiv 1809.00540). No document is left over.
"""

import heapq
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from aistack.trend.topics.document_window import WindowTerms

SIMILARITY_MIN = 0.18
MERGE_SIMILARITY_MIN = 0.38
FADING_SECONDS = 4 * 86_400.0  # after which a topic attracts 1/e as much
SILENT_SECONDS = 14 * 86_400.0  # after which it takes no more documents
TERMS_USED = 40
KEYS_USED = 12
CANDIDATES_MAX = 24
TOPICS_OF_A_TERM_MAX = 200  # the latest, among which candidates are sought
BACKGROUND_DOCUMENTS = 200  # about other things, that a small collection lacks
COMMON_SHARE = 0.5  # a term in more of the documents than this says nothing

Vector = dict[int, float]


@dataclass(slots=True)
class Cluster:
    """`weights` is the sum of its documents' unit vectors, `norm` its length. `places` are those of its documents."""

    weights: Vector
    first_at: float
    last_at: float
    norm: float = 1.0
    places: list[int] = field(default_factory=list[int])

    def similarity(self, vector: Vector) -> float:
        """The cosine with a unit vector."""
        return sum(weight * self.weights.get(term, 0.0) for term, weight in vector.items()) / self.norm


class Vectors:
    """The TF-IDF vectors of documents; `originals` are the places of those that are counted."""

    def __init__(self, terms: WindowTerms, originals: Sequence[int]) -> None:
        self._terms = terms
        counts = np.zeros(terms.hashes.size, np.int64)
        for place in originals:
            counts[terms.ids[terms.of(place)]] += 1
        known = len(originals) + BACKGROUND_DOCUMENTS
        self._idf = np.where(counts < COMMON_SHARE * known, np.log(known / (counts + 0.5)), 0.0)
        self._is_shared = counts > 1

    def unit(self, place: int, *, shared: bool = True) -> Vector:
        """Of the TERMS_USED heaviest weights, of length 1, heaviest first.

        With `shared`, terms that no other document has are left out: they count for the length and can match nothing.
        """
        own = self._terms.of(place)
        ids = self._terms.ids[own]
        weights = self._terms.weights[own] * self._idf[ids]
        heaviest = np.lexsort((ids, -weights))[:TERMS_USED]
        ids, weights = ids[heaviest], weights[heaviest]
        length = math.sqrt(float(weights @ weights))
        if not length:
            return {}
        kept = (weights > 0) & (self._is_shared[ids] if shared else True)
        return dict(zip(ids[kept].tolist(), (weights[kept] / length).tolist(), strict=True))


class Clustering:
    """Give it documents in the order of their times."""

    def __init__(self) -> None:
        self.clusters: list[Cluster] = []
        self._with_key: dict[int, list[int]] = {}

    def add(self, place: int, at: float, vector: Vector) -> int:
        """Puts the document into a cluster. Returns its number."""
        found = self._most_similar(vector, at)
        if found is None:
            number = len(self.clusters)
            self.clusters.append(Cluster(vector, at, at, places=[place]))
        else:
            number = found
            cluster = self.clusters[number]
            shared = sum(weight * cluster.weights.get(term, 0.0) for term, weight in vector.items())
            for term, weight in vector.items():
                cluster.weights[term] = cluster.weights.get(term, 0.0) + weight
            cluster.norm = math.sqrt(max(cluster.norm**2 + 2 * shared + 1.0, 1e-12))
            cluster.last_at = max(cluster.last_at, at)
            cluster.first_at = min(cluster.first_at, at)
            cluster.places.append(place)
        for term in _keys_of(vector):
            numbers = self._with_key.setdefault(term, [])
            if number not in numbers[-8:]:
                numbers.append(number)
                if len(numbers) > 2 * TOPICS_OF_A_TERM_MAX:
                    del numbers[:-TOPICS_OF_A_TERM_MAX]
        return number

    def _most_similar(self, vector: Vector, at: float) -> int | None:
        scores: dict[int, float] = {}
        for term in _keys_of(vector):
            weight = vector[term]
            for number in set(self._with_key.get(term, ())[-TOPICS_OF_A_TERM_MAX:]):
                cluster = self.clusters[number]
                if at - cluster.last_at <= SILENT_SECONDS:
                    scores[number] = scores.get(number, 0.0) + weight * cluster.weights.get(term, 0.0) / cluster.norm
        best, best_similarity = None, SIMILARITY_MIN
        for number in heapq.nlargest(CANDIDATES_MAX, scores, key=lambda one: (scores[one], -one)):
            cluster = self.clusters[number]
            similarity = cluster.similarity(vector) * faded(at - cluster.last_at)
            if similarity > best_similarity:
                best, best_similarity = number, similarity
        return best


def faded(seconds: float) -> float:
    """The share of its attraction that a topic has so long after its last document."""
    return math.exp(-max(0.0, seconds) / FADING_SECONDS)


def settle(order: Sequence[int], times: Sequence[float], vectors: Vectors) -> list[list[int]]:
    """The topics of the documents at some places, which are in canonical order, as places."""
    clustering = Clustering()
    for place in order:
        clustering.add(place, times[place], vectors.unit(place))
    clusters = clustering.clusters
    return [[place for one in group for place in clusters[one].places] for group in _merged(clusters)]


def _merged(clusters: list[Cluster]) -> list[list[int]]:
    """Groups of clusters that tell the same: early documents can found several before it shows."""
    parent = list(range(len(clusters)))

    def root(one: int) -> int:
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    with_term: dict[int, list[int]] = {}
    for number, cluster in enumerate(clusters):
        heaviest = heapq.nsmallest(KEYS_USED, cluster.weights.items(), key=lambda one: (-one[1], one[0]))
        scores: dict[int, float] = {}
        for term, weight in heaviest:
            for other in with_term.get(term, ())[-TOPICS_OF_A_TERM_MAX:]:
                scores[other] = scores.get(other, 0.0) + weight * clusters[other].weights[term]
        for other in heapq.nlargest(CANDIDATES_MAX, scores, key=lambda one: (scores[one], -one)):
            if _tell_the_same(cluster, clusters[other]):
                first, second = sorted((root(number), root(other)))
                parent[second] = first
        for term, _ in heaviest:
            with_term.setdefault(term, []).append(number)
    groups: dict[int, list[int]] = {}
    for number in range(len(clusters)):
        groups.setdefault(root(number), []).append(number)
    return list(groups.values())


def _tell_the_same(one: Cluster, other: Cluster) -> bool:
    gap = max(one.first_at, other.first_at) - min(one.last_at, other.last_at)
    if gap > FADING_SECONDS:
        return False
    small, large = sorted((one, other), key=lambda cluster: len(cluster.weights))
    shared = sum(weight * large.weights.get(term, 0.0) for term, weight in small.weights.items())
    return shared / (one.norm * other.norm) >= MERGE_SIMILARITY_MIN


def _keys_of(vector: Mapping[int, float]) -> list[int]:
    """The heaviest terms, under which a document is found."""
    return list(vector)[:KEYS_USED]
