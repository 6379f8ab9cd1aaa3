"""The topics of all documents of a window at once: names, terms, and which documents are copies of others."""

from dataclasses import dataclass

from aistack.trend.topics.clustering import DocumentFrequencies, StreamDocument, settle
from aistack.trend.topics.naming import Headline, name_topic

NAMED_FROM_MAX = 200  # documents


@dataclass(frozen=True, slots=True)
class WindowDocument:
    """A document as the settlement needs it."""

    stream: StreamDocument
    title: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class SettledTopic:
    keys: list[int]
    name: str
    key_terms: list[str]


@dataclass(frozen=True, slots=True)
class Settlement:
    """`copies` gives, for each document that nearly equals an earlier one, that one."""

    topics: list[SettledTopic]
    copies: dict[int, int]


def settlement_of(documents: list[WindowDocument]) -> Settlement:
    """The same for every order of the documents."""
    from aistack.trend.topics.near_duplicates import copies  # imports numpy, which the service must not

    ordered = sorted(documents, key=lambda one: (one.stream.at, one.stream.digest, one.stream.key))
    copied = copies((one.stream.key, one.signature) for one in ordered)
    originals = [one for one in ordered if one.stream.key not in copied]
    known = {one.stream.key: one for one in ordered}
    frequencies = DocumentFrequencies()
    for one in originals:
        frequencies.add(one.stream.terms)
    copies_of: dict[int, list[int]] = {}
    for copy, original in copied.items():
        copies_of.setdefault(original, []).append(copy)
    topics: list[SettledTopic] = []
    for keys in settle(one.stream for one in originals):
        headlines = [Headline(known[key].title, known[key].stream.terms) for key in keys[-NAMED_FROM_MAX:]]
        named = name_topic(headlines, frequencies)
        members = [member for key in keys for member in (key, *copies_of.get(key, ()))]
        topics.append(SettledTopic(members, named.name, named.key_terms))
    return Settlement(topics, copied)


def matched(topics: list[SettledTopic], before: dict[int, str]) -> list[str | None]:
    """For each topic, the id that it keeps: that of the earlier topic with which it shares most documents.

    `before` gives the earlier topic of each document. An id goes to one topic only, the one that shares most.
    """
    shares: list[tuple[int, int, str]] = []
    for number, topic in enumerate(topics):
        counts: dict[str, int] = {}
        for key in topic.keys:
            if key in before:
                counts[before[key]] = counts.get(before[key], 0) + 1
        shares.extend((count, number, earlier) for earlier, count in counts.items())
    kept: list[str | None] = [None] * len(topics)
    taken: set[str] = set()
    for _, number, earlier in sorted(shares, key=lambda one: (-one[0], one[1], one[2])):
        if kept[number] is None and earlier not in taken:
            kept[number] = earlier
            taken.add(earlier)
    return kept
