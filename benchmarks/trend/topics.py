"""A stream of documents with planted stories and events, by a seed: what topics must find, and how fast.

Words follow Zipf's law. A story has words of its own, and is told over days by several sources, partly in copies. An
event is a story that breaks out of nothing near the end. Other documents are about nothing else, and some columns
repeat their title every day.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

DAY = 86_400.0
VOCABULARY = 30_000
STORY_WORDS = 14
SYLLABLES = (
    "ba", "cor", "du", "fel", "ga", "hol", "jin", "ke", "lom", "mur", "ne", "pol", "ri", "sav", "tem", "vo", "wes",
    "xi", "yor", "zu", "bran", "cli", "dro", "fi", "gu", "han", "il", "ju", "kas", "lu", "mi", "nor",
)  # fmt: skip
SOURCES = 60


@dataclass(frozen=True, slots=True)
class StreamedDocument:
    """`story` is -1 for a document about nothing else. `at` is in seconds from the beginning."""

    at: float
    title: str
    text: str
    source: str
    story: int


@dataclass(frozen=True, slots=True)
class Stream:
    """`events` are the numbers of the stories that break out in the last day."""

    documents: list[StreamedDocument]
    events: tuple[int, ...]


def stream(seed: int, count: int, days: int = 14, events: int = 20) -> Stream:
    """About `count` documents: 55 % in stories, a tenth of these as copies."""
    rng = np.random.default_rng(seed)
    words = _vocabulary(rng)
    ranks = 1 / np.arange(1, VOCABULARY + 1) ** 1.05
    common = np.cumsum(ranks / ranks.sum())
    told = int(count * 0.55)
    sizes: list[int] = []
    while sum(sizes) < told:
        sizes.append(2 + min(400, int(rng.pareto(1.1) * 4)))
    made: list[StreamedDocument] = []
    for story, size in enumerate(sizes):
        is_event = story < events
        size = max(size, 15) if is_event else size
        start = (days - rng.uniform(0.3, 0.9)) * DAY if is_event else rng.uniform(0, days) * DAY
        spread = 0.2 if is_event else float(rng.uniform(0.3, 2.5))
        times = np.minimum(start + rng.exponential(spread * DAY, size), days * DAY - 1)
        made += _story(rng, words, common, story, np.sort(times))
    while len(made) < count:
        text = _common_words(rng, words, common)
        own = words[rng.integers(2_000, VOCABULARY, 12)]
        title = " ".join(rng.permutation(np.concatenate([own[:5], text[:3]])))
        body = " ".join(rng.permutation(np.concatenate([own, own, text])))
        made.append(StreamedDocument(float(rng.uniform(0, days) * DAY), title, body, _source(rng), -1))
    return Stream(sorted(made, key=lambda one: one.at), tuple(range(events)))


def _story(
    rng: np.random.Generator, words: np.ndarray, common: np.ndarray, story: int, times: np.ndarray
) -> Iterator[StreamedDocument]:
    own = words[rng.integers(1_000, VOCABULARY, STORY_WORDS)]
    earlier: tuple[str, str] | None = None
    for at in times:
        if earlier is not None and rng.random() < 0.1:
            title, text = earlier
        else:
            around = _common_words(rng, words, common)
            chosen = rng.choice(own, 9, replace=False)
            title = " ".join(rng.permutation(np.concatenate([chosen[:4], around[:3]])))
            text = " ".join(rng.permutation(np.concatenate([chosen, rng.choice(chosen, 6), around])))
            earlier = title, text
        yield StreamedDocument(float(at), title, text, _source(rng), story)


def _common_words(rng: np.random.Generator, words: np.ndarray, cumulative: np.ndarray) -> np.ndarray:
    at = np.searchsorted(cumulative, rng.random(int(rng.integers(40, 90))))
    return words[np.minimum(at, VOCABULARY - 1)]


def _source(rng: np.random.Generator) -> str:
    return f"source-{int(rng.integers(SOURCES))}"


def _vocabulary(rng: np.random.Generator) -> np.ndarray:
    found: dict[str, None] = {}
    while len(found) < VOCABULARY:
        found["".join(SYLLABLES[int(one)] for one in rng.integers(len(SYLLABLES), size=int(rng.integers(2, 5))))] = None
    return np.array(list(found))
