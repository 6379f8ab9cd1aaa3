"""Documents of a stream into topics, one after the other.

A document joins the topic that resembles it most, or founds its own: cosine of TF-IDF weights with the topic's sum,
which fades with the time since the topic's last document. Topics are found through an index of their terms, as in
Miranda et al. 2018 (EMNLP, arXiv 1809.00540). No document is left over.
"""

import heapq
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

SIMILARITY_MIN = 0.18
MERGE_SIMILARITY_MIN = 0.38
FADING_SECONDS = 4 * 86_400.0  # after which a topic attracts 1/e as much
SILENT_SECONDS = 14 * 86_400.0  # after which it takes no more documents
TERMS_USED = 40
KEYS_USED = 12
CANDIDATES_MAX = 24
BACKGROUND_DOCUMENTS = 200  # about other things, that a small collection lacks
COMMON_SHARE = 0.5  # a term in more of the documents than this says nothing


@dataclass(frozen=True, slots=True)
class StreamDocument:
    """`digest` orders documents of the same second. `at` is in seconds since 1970."""

    key: int
    at: float
    digest: str
    terms: Mapping[str, float]


@dataclass(slots=True)
class Cluster:
    """`weights` is the sum of its documents' unit vectors, `norm` its length."""

    weights: dict[str, float]
    first_at: float
    last_at: float
    norm: float = 1.0
    keys: list[int] = field(default_factory=list[int])


class DocumentFrequencies:
    """In how many documents each term stands."""

    def __init__(self) -> None:
        self.documents = 0
        self.counts: dict[str, int] = {}

    def add(self, terms: Iterable[str]) -> None:
        self.documents += 1
        for term in terms:
            self.counts[term] = self.counts.get(term, 0) + 1

    def idf(self, term: str) -> float:
        """Inverse document frequency; 0 for terms in most of many documents."""
        count = self.counts.get(term, 0)
        known = self.documents + BACKGROUND_DOCUMENTS
        return math.log(known / (count + 0.5)) if count < COMMON_SHARE * known else 0.0


class Clustering:
    """Give it documents in the order of their times."""

    def __init__(self, frequencies: DocumentFrequencies) -> None:
        self.clusters: list[Cluster] = []
        self._frequencies = frequencies
        self._with_key: dict[str, list[int]] = {}

    def add(self, document: StreamDocument) -> int:
        """Puts the document into a cluster. Returns its number."""
        vector = unit_vector(document.terms, self._frequencies)
        found = self._most_similar(vector, document.at)
        if found is None:
            number = len(self.clusters)
            self.clusters.append(Cluster(dict(vector), document.at, document.at, keys=[document.key]))
        else:
            number = found
            cluster = self.clusters[number]
            shared = sum(weight * cluster.weights.get(term, 0.0) for term, weight in vector.items())
            for term, weight in vector.items():
                cluster.weights[term] = cluster.weights.get(term, 0.0) + weight
            cluster.norm = math.sqrt(max(cluster.norm**2 + 2 * shared + 1.0, 1e-12))
            cluster.last_at = max(cluster.last_at, document.at)
            cluster.first_at = min(cluster.first_at, document.at)
            cluster.keys.append(document.key)
        for term in _keys_of(vector):
            places = self._with_key.setdefault(term, [])
            if number not in places[-8:]:
                places.append(number)
        return number

    def _most_similar(self, vector: Mapping[str, float], at: float) -> int | None:
        scores: dict[int, float] = {}
        for term in _keys_of(vector):
            places = self._with_key.get(term)
            if not places:
                continue
            weight = vector[term]
            alive = [place for place in places if at - self.clusters[place].last_at <= SILENT_SECONDS]
            if len(alive) < len(places) // 2:
                self._with_key[term] = alive
            for place in set(alive):
                cluster = self.clusters[place]
                scores[place] = scores.get(place, 0.0) + weight * cluster.weights.get(term, 0.0) / cluster.norm
        best, best_similarity = None, SIMILARITY_MIN
        for place in heapq.nlargest(CANDIDATES_MAX, scores, key=lambda one: (scores[one], -one)):
            cluster = self.clusters[place]
            cosine = sum(weight * cluster.weights.get(term, 0.0) for term, weight in vector.items()) / cluster.norm
            similarity = cosine * math.exp(-max(0.0, at - cluster.last_at) / FADING_SECONDS)
            if similarity > best_similarity:
                best, best_similarity = place, similarity
        return best


def unit_vector(terms: Mapping[str, float], frequencies: DocumentFrequencies) -> dict[str, float]:
    """The TERMS_USED heaviest TF-IDF weights, heaviest first, of length 1; empty when nothing is left."""
    weighted = ((term, weight * frequencies.idf(term)) for term, weight in terms.items())
    heaviest = heapq.nsmallest(TERMS_USED, weighted, key=lambda one: (-one[1], one[0]))
    length = math.sqrt(sum(weight * weight for _, weight in heaviest))
    return {term: weight / length for term, weight in heaviest if weight > 0} if length else {}


def settle(documents: Iterable[StreamDocument]) -> list[list[int]]:
    """The topics of a set of documents, as keys: the same for every order in which they are given."""
    ordered = sorted(documents, key=lambda one: (one.at, one.digest, one.key))
    frequencies = DocumentFrequencies()
    for document in ordered:
        frequencies.add(document.terms)
    clustering = Clustering(frequencies)
    for document in ordered:
        clustering.add(document)
    return [[key for one in group for key in clustering.clusters[one].keys] for group in _merged(clustering.clusters)]


def _merged(clusters: list[Cluster]) -> list[list[int]]:
    """Groups of clusters that tell the same: early documents can found several before it shows."""
    parent = list(range(len(clusters)))

    def root(one: int) -> int:
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    with_term: dict[str, list[int]] = {}
    for number, cluster in enumerate(clusters):
        heaviest = heapq.nsmallest(KEYS_USED, cluster.weights.items(), key=lambda one: (-one[1], one[0]))
        scores: dict[int, float] = {}
        for term, weight in heaviest:
            for other in with_term.get(term, ()):
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


def _keys_of(vector: Mapping[str, float]) -> list[str]:
    """The heaviest terms, under which a document is found."""
    return list(vector)[:KEYS_USED]
