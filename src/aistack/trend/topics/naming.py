"""What topics are called: the headline nearest to all of its documents, and the terms that set it apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aistack.trend.topics.clustering import DocumentFrequencies, unit_vector
from aistack.trend.topics.terms import written_forms

KEY_TERMS_MAX = 8


@dataclass(frozen=True, slots=True)
class Headline:
    title: str
    terms: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class TopicName:
    """`medoid` is the place of the document whose headline names the topic."""

    name: str
    medoid: int
    key_terms: list[str]


def name_topic(documents: Sequence[Headline], frequencies: DocumentFrequencies) -> TopicName:
    """The name of a topic with at least one document. Terms inside longer ones are left out."""
    vectors = [unit_vector(one.terms, frequencies) or dict(one.terms) for one in documents]
    total: dict[str, float] = {}
    for vector in vectors:
        for term, weight in vector.items():
            total[term] = total.get(term, 0.0) + weight
    scores = [sum(weight * total[term] for term, weight in vector.items()) for vector in vectors]
    order = sorted(range(len(documents)), key=lambda at: (not documents[at].title, -scores[at], documents[at].title))
    medoid = order[0]
    forms = written_forms(one.title for one in documents)
    heaviest = sorted((term for term in total if term in forms), key=lambda term: (-total[term], term))
    return TopicName(documents[medoid].title, medoid, _without_parts([forms[term] for term in heaviest]))


def _without_parts(terms: Sequence[str]) -> list[str]:
    """Terms in order, each once, without those that are part of another one."""
    kept: list[str] = []
    for term in terms[: KEY_TERMS_MAX * 3]:
        lowered = term.lower()
        if any(lowered in other.lower() for other in kept):
            continue
        kept = [other for other in kept if other.lower() not in lowered]
        kept.append(term)
    return kept[:KEY_TERMS_MAX]
