"""The topics of all documents of a window at once: names, terms, and which documents are copies of others.

The window comes in a file and what is settled goes into another one, a JSON object a line, so that neither the service
nor the process that settles keeps 100 000 documents as objects. Imports numpy only where it runs.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aistack.trend.topics.document_window import DocumentWindow

NAMED_FROM_MAX = 200  # documents


@dataclass(frozen=True, slots=True)
class SettledTopic:
    """`keys` are those of its documents, copies after their originals."""

    keys: list[int]
    name: str
    key_terms: list[str]


@dataclass(frozen=True, slots=True)
class Settlement:
    """`groups` are the places of each topic's documents; `copies` gives the earlier place that a copy nearly equals."""

    groups: list[list[int]]
    copies: dict[int, int]
    topics: Iterator[SettledTopic]


def settlement_of(window: "DocumentWindow") -> Settlement:
    """The same for every order of the documents. Topics are named as they are taken from the answer."""
    from aistack.trend.topics.clustering import Vectors, settle
    from aistack.trend.topics.naming import name_topic
    from aistack.trend.topics.near_duplicates import copies

    order = window.order()
    found = copies(window.signatures()[order])
    copied = {order[copy]: order[original] for copy, original in found.items()}
    originals = [place for place in order if place not in copied]
    terms = window.terms()
    vectors = Vectors(terms, originals)
    copies_of: dict[int, list[int]] = {}
    for copy, original in copied.items():
        copies_of.setdefault(original, []).append(copy)
    settled = settle(originals, window.times, vectors)
    groups = [[one for place in group for one in (place, *copies_of.get(place, ()))] for group in settled]

    def named() -> Iterator[SettledTopic]:
        for group, places in zip(groups, settled, strict=True):
            chosen = places[-NAMED_FROM_MAX:]
            titles = [window.titles[place] for place in chosen]
            name = name_topic(titles, [vectors.unit(place, shared=False) for place in chosen], terms)
            yield SettledTopic([window.keys[place] for place in group], name.name, name.key_terms)

    return Settlement(groups, copied, named())


def matched(groups: Sequence[Sequence[int]], before: Sequence[str | None]) -> list[str | None]:
    """For each topic, the id that it keeps: that of the earlier topic with which it shares most documents.

    `groups` are the places of each topic's documents, `before` gives the earlier topic of a place's document. An id
    goes to one topic only, the one that shares most.
    """
    shares: list[tuple[int, int, str]] = []
    for number, group in enumerate(groups):
        counts: dict[str, int] = {}
        for place in group:
            earlier = before[place]
            if earlier is not None:
                counts[earlier] = counts.get(earlier, 0) + 1
        shares.extend((count, number, earlier) for earlier, count in counts.items())
    kept: list[str | None] = [None] * len(groups)
    taken: set[str] = set()
    for _, number, earlier in sorted(shares, key=lambda one: (-one[0], one[1], one[2])):
        if kept[number] is None and earlier not in taken:
            kept[number] = earlier
            taken.add(earlier)
    return kept


def settle_file(given: Path, answer: Path) -> dict[str, Any]:
    """Settles the window in `given`, whose lines are documents, and writes topics into `answer`, one a line.

    A topic has the `id` that it keeps, or None, and the `changed` documents: their keys, and of which they are copies.
    Returns how many documents and topics there are.
    """
    with given.open(encoding="utf-8") as lines:
        window = window_of(lines)
    settlement = settlement_of(window)
    kept = matched(settlement.groups, window.topics)
    stays = {one for one in kept if one is not None}
    with answer.open("w", encoding="utf-8") as lines:
        for topic, group, topic_id in zip(settlement.topics, settlement.groups, kept, strict=True):
            lines.write(json.dumps(_settled(topic, group, topic_id, settlement.copies, window)) + "\n")
    ended = sorted({one for one in window.topics if one is not None} - stays)
    return {"documents": len(window), "topics": len(kept), "ended": ended}


def window_of(lines: Iterable[str]) -> "DocumentWindow":
    """Of lines as `settling` writes them."""
    import base64

    from aistack.trend.topics.document_window import DocumentWindow, WindowDocument

    window = DocumentWindow()
    for line in lines:
        key, at, digest, title, signature, source, topic, copy_of, terms = json.loads(line)
        packed = base64.b64decode(signature)
        window.add(WindowDocument(key, at, digest, title, packed, json.loads(terms), source, topic, copy_of))
    return window


def _settled(
    topic: SettledTopic, group: list[int], topic_id: str | None, copies: dict[int, int], window: "DocumentWindow"
) -> dict[str, Any]:
    changed: list[tuple[int, int | None]] = []
    for place in group:
        key = window.keys[place]
        original = copies.get(place)
        copy_of = None if original is None else window.keys[original]
        if topic_id is None or window.topics[place] != topic_id or window.copied.get(key) != copy_of:
            changed.append((key, copy_of))
    times = [window.times[place] for place in group]
    return {
        "id": topic_id, "name": topic.name, "key_terms": topic.key_terms, "changed": changed,
        "documents": sum(place not in copies for place in group),
        "sources": len({window.sources[place] for place in group}), "first_at": min(times), "last_at": max(times),
    }  # fmt: skip
