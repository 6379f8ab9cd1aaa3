"""Why a document is in its topic, or alone: what it resembles, in which words, and how much would be enough.

The same weights and limits as in `clustering`, over the documents around it. Imports numpy only where it runs.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aistack.trend.topics.terms import written_forms

if TYPE_CHECKING:
    from aistack.trend.topics.clustering import Vector, Vectors
    from aistack.trend.topics.document_window import DocumentWindow

NEAREST = 5


@dataclass(frozen=True, slots=True)
class Resemblance:
    """`similarity` is a cosine, before it fades with the `days` in between; `words` are shared, heaviest first."""

    key: int
    similarity: float
    days: float
    words: list[str]


def explained(lines: Iterable[str], key: int, texts: list[str]) -> dict[str, Any]:
    """What a document resembles: its topic's other documents together, and single ones.

    `lines` are of the documents around it, as `settling` writes them; `texts` are its own, which have its words.
    """
    from aistack.trend.topics.clustering import SIMILARITY_MIN, Vectors, faded
    from aistack.trend.topics.settlement import window_of

    window = window_of(lines)
    place = window.keys.index(key)
    terms = window.terms()
    others = [at for at in range(len(window)) if at != place and window.keys[at] not in window.copied]
    vectors = Vectors(terms, [place, *others])
    own = vectors.unit(place)
    forms = written_forms(texts)
    words = {found: written for term, written in forms.items() if (found := terms.id_of(term)) is not None}
    found = [_resemblance(window, vectors, words, own, place, at) for at in others]
    nearest = sorted(found, key=lambda one: (-one.similarity * faded(one.days * 86_400), one.key))[:NEAREST]
    together = _with_topic(window, vectors, own, place)
    return {
        "documents": len(window), "words": len(vectors.unit(place, shared=False)), "similarity": together,
        "similarity_min": SIMILARITY_MIN,
        "nearest": [
            {
                "key": one.key, "similarity": round(one.similarity, 3), "days": round(one.days, 2), "words": one.words,
                "faded": round(one.similarity * faded(one.days * 86_400), 3),
            }
            for one in nearest
            if one.similarity > 0
        ],
    }  # fmt: skip


def _with_topic(window: "DocumentWindow", vectors: "Vectors", own: "Vector", place: int) -> float | None:
    """The cosine with the sum of the topic's other documents; None without any."""
    topic = window.topics[place]
    members = [
        at
        for at in range(len(window))
        if at != place and topic is not None and window.topics[at] == topic and window.keys[at] not in window.copied
    ]
    total: dict[int, float] = {}
    square = 0.0
    for at in members:
        for term, weight in vectors.unit(at, shared=False).items():
            square += 2 * weight * total.get(term, 0.0) + weight * weight
            total[term] = total.get(term, 0.0) + weight
    if not square:
        return None
    return round(sum(weight * total.get(term, 0.0) for term, weight in own.items()) / square**0.5, 3)


def _resemblance(
    window: "DocumentWindow", vectors: "Vectors", words: dict[int, str], own: "Vector", place: int, at: int
) -> Resemblance:
    from aistack.trend.topics.naming import without_parts

    other = vectors.unit(at)
    shared = sorted(own.keys() & other.keys(), key=lambda term: (-own[term] * other[term], term))
    similarity = sum(own[term] * other[term] for term in shared)
    days = abs(window.times[place] - window.times[at]) / 86_400
    return Resemblance(
        window.keys[at], similarity, days, without_parts([words[term] for term in shared if term in words])
    )
