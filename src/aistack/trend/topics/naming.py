"""What topics are called: the headline nearest to all of its documents, and the terms that set it apart."""

from collections.abc import Sequence
from dataclasses import dataclass

from aistack.trend.topics.clustering import Vector
from aistack.trend.topics.document_window import WindowTerms
from aistack.trend.topics.terms import written_forms

KEY_TERMS_MAX = 8


@dataclass(frozen=True, slots=True)
class TopicName:
    """`medoid` is the number of the document whose headline names the topic."""

    name: str
    medoid: int
    key_terms: list[str]


def name_topic(titles: Sequence[str], vectors: Sequence[Vector], terms: WindowTerms) -> TopicName:
    """The name of a topic with at least one document. Terms inside longer ones are left out."""
    total: Vector = {}
    for vector in vectors:
        for term, weight in vector.items():
            total[term] = total.get(term, 0.0) + weight
    scores = [sum(weight * total[term] for term, weight in vector.items()) for vector in vectors]
    medoid = min(range(len(titles)), key=lambda at: (not titles[at], -scores[at], titles[at]))
    forms = written_forms(titles)
    weights = {term: total[found] for term in forms if (found := terms.id_of(term)) in total}
    heaviest = sorted(weights, key=lambda term: (-weights[term], term))
    return TopicName(titles[medoid], medoid, without_parts([forms[term] for term in heaviest]))


def without_parts(terms: Sequence[str]) -> list[str]:
    """Terms in order, each once, without those that are part of another one."""
    kept: list[str] = []
    for term in terms[: KEY_TERMS_MAX * 3]:
        lowered = term.lower()
        if any(lowered in other.lower() for other in kept):
            continue
        kept = [other for other in kept if other.lower() not in lowered]
        kept.append(term)
    return kept[:KEY_TERMS_MAX]
