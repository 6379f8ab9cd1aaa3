"""The knowledge graph of a collection: entities with the chunks that name them, relations with their evidence.

It is made from the mentions and links of the live chunks, so what a document said goes with the document. Names that
mean the same are one entity. A relation is sure when the text says how the two relate, or when they come together in
more chunks than chance would bring (Dunning's log-likelihood ratio, 1993, at p < 0.001); the others are kept as weak.
"""

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b

from aistack.language.analysis import IS_CJK, TOKEN, stem
from aistack.rag.graph.entities import MAYBE, fold
from aistack.rag.graph.leiden import communities
from aistack.rag.graph.relations import ALSO

SURE_RATIO = 10.83  # chi-squared with one degree of freedom at p = 0.001
WEAK_SHARE = 0.25
EVIDENCE_MAX = 8
PHRASES_MAX = 3
ANCHOR_CHUNKS, ANCHOR_SHARE = 10, 0.01
NAME_WORDS_MAX = 8
NAME_CHARACTERS_MAX = 12  # of a Chinese name looked for in a question
MERGE, RENAME, HIDE = "merge", "rename", "hide"

MentionRow = tuple[int, str, str, str, int]  # chunk, key, name, kind, count
LinkRow = tuple[int, str, str, str, int, int]  # chunk, source, target, phrase, start, end
EditRow = tuple[str, str, str]  # kind, key, value


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence that supports a relation: a span of the text of the chunk's document."""

    chunk: int
    start: int
    end: int


@dataclass(slots=True)
class Relation:
    """Two entities, from the one that the texts name first to the other. `phrases` say how, the most frequent first."""

    source: str
    target: str
    count: int = 0
    phrases: list[str] = field(default_factory=list[str])
    evidence: list[Evidence] = field(default_factory=list[Evidence])
    sure: bool = False

    @property
    def weight(self) -> float:
        return (1 + math.log(self.count)) * (1.0 if self.sure else WEAK_SHARE)


@dataclass(slots=True)
class Entity:
    """`id` is stable: it comes from the name. `chunks` are those that name it, `count` is how often."""

    id: str
    key: str
    name: str
    kind: str
    count: int
    chunks: list[int]
    aliases: list[str]


class Graph:
    """Never changed once it was made."""

    def __init__(self, mentions: Iterable[MentionRow], links: Iterable[LinkRow], edits: Sequence[EditRow] = ()) -> None:
        links = list(links)
        self._main = _mains(links, edits)
        hidden = {key for kind, key, _ in edits if kind == HIDE}
        renamed = {self._root(key): value for kind, key, value in edits if kind == RENAME}
        self.entities: dict[str, Entity] = {}
        self.lookup: dict[str, str] = {}  # from every key to the entity's id
        self.entities_of: dict[int, list[str]] = defaultdict(list)  # by chunk
        self._add_entities(mentions, hidden, renamed)
        self.relations: dict[str, dict[str, Relation]] = defaultdict(dict)  # both ways
        self._add_relations(links)

    def find(self, text: str, limit: int) -> list[Entity]:
        """Entities whose name, or another name of theirs, holds the text; exact ones first, then the most named."""
        wanted = fold(text)
        exact = self.lookup.get(wanted)
        found = {one for key, one in self.lookup.items() if wanted in key}
        return sorted(
            (self.entities[one] for one in found), key=lambda one: (one.id != exact, -len(one.chunks), one.name)
        )[:limit]

    def in_text(self, text: str) -> list[str]:
        """The entities that a text names, by the longest names that fit."""
        found: dict[str, None] = {}
        words = [(match.group(), match.start(), match.end()) for match in TOKEN.finditer(text)]
        at = 0
        while at < len(words):
            word, start, end = words[at]
            if IS_CJK.match(word):
                found |= dict.fromkeys(self._in_chinese(text[start:end]))
                at += 1
                continue
            for last in range(min(len(words), at + NAME_WORDS_MAX) - 1, at - 1, -1):
                entity = self._named(text[start : words[last][2]])
                if entity is not None:
                    found[entity] = None
                    at = last
                    break
            at += 1
        return list(found)

    def anchors(self, question: str) -> list[str]:
        """The entities that a question names, terms apart, and that few enough chunks name to lead somewhere."""
        most = max(ANCHOR_CHUNKS, int(len(self.entities_of) * ANCHOR_SHARE))
        named = (self.entities[one] for one in self.in_text(question))
        return [one.id for one in named if len(one.chunks) <= most and one.kind not in ("term", "date")]

    def neighbours(self, entity: str, *, weak: bool = False) -> Iterator[tuple[str, Relation]]:
        """The entities related to one, the strongest first."""
        held = self.relations.get(entity, {})
        for other, relation in sorted(held.items(), key=lambda one: (-one[1].weight, one[0])):
            if relation.sure or weak:
                yield other, relation

    def around(self, starts: Iterable[str], depth: int, limit: int) -> dict[str, int]:
        """Entities within `depth` steps and how far they are; at most `limit`, the nearest and strongest."""
        far = dict.fromkeys(starts, 0)
        edge = list(far)
        for step in range(1, depth + 1):
            found: dict[str, float] = defaultdict(float)
            for one in edge:
                for other, relation in self.neighbours(one):
                    if other not in far:
                        found[other] += relation.weight
            edge = sorted(found, key=lambda one: (-found[one], one))[: max(0, limit - len(far))]
            far |= dict.fromkeys(edge, step)
        return far

    def path(self, source: str, target: str) -> list[str]:
        """The entities on the way that is strongest step by step, both ends included; empty when there is none."""
        best: dict[str, float] = {source: 0.0}
        before: dict[str, str] = {}
        queue = [(0.0, source)]
        while queue:
            cost, one = heapq.heappop(queue)
            if one == target:
                way = [target]
                while way[-1] != source:
                    way.append(before[way[-1]])
                return way[::-1]
            if cost > best[one]:
                continue
            for other, relation in self.neighbours(one):
                there = cost + 1 + 1 / relation.weight
                if there < best.get(other, math.inf):
                    best[other], before[other] = there, one
                    heapq.heappush(queue, (there, other))
        return []

    def between(self, chosen: Iterable[str]) -> list[Relation]:
        """The sure relations among some entities, each once."""
        inside = set(chosen)
        return [
            relation
            for one in inside
            for other, relation in self.relations.get(one, {}).items()
            if relation.sure and other in inside and relation.source == one
        ]

    @cached_property
    def centrality(self) -> dict[str, float]:
        """Weighted degree over the sure relations."""
        return {one: sum(relation.weight for _, relation in self.neighbours(one)) for one in self.entities}

    @cached_property
    def communities(self) -> list[list[str]]:
        """Entities that belong together, central ones first; the largest community first. Loners are in none."""
        ids = [one for one in self.entities if any(True for _ in self.neighbours(one))]
        numbers = {one: number for number, one in enumerate(ids)}
        adjacency = [{numbers[other]: relation.weight for other, relation in self.neighbours(one)} for one in ids]
        found: dict[int, list[str]] = defaultdict(list)
        for one, number in zip(ids, communities(adjacency), strict=True):
            found[number].append(one)
        return [sorted(held, key=lambda one: (-self.centrality[one], one)) for _, held in sorted(found.items())]

    def _named(self, text: str) -> str | None:
        key = fold(text)
        first, blank, last = key.rpartition(" ")
        return self.lookup.get(key) or self.lookup.get(f"{first}{blank}{stem(last)}")

    def _in_chinese(self, run: str) -> Iterator[str]:
        at = 0
        while at < len(run):
            for length in range(min(NAME_CHARACTERS_MAX, len(run) - at), 1, -1):
                entity = self.lookup.get(fold(run[at : at + length]))
                if entity is not None:
                    yield entity
                    at += length - 1
                    break
            at += 1

    def _root(self, key: str) -> str:
        while key in self._main:
            key = self._main[key]
        return key

    def _add_entities(self, mentions: Iterable[MentionRow], hidden: set[str], renamed: Mapping[str, str]) -> None:
        names: dict[str, Counter[str]] = defaultdict(Counter)
        counted: dict[str, Counter[str]] = defaultdict(Counter)
        kinds: dict[str, Counter[str]] = defaultdict(Counter)
        keys: dict[str, set[str]] = defaultdict(set)
        chunks: dict[str, dict[int, None]] = defaultdict(dict)
        held = list(mentions)
        sure = {self._root(key) for _, key, _, kind, _ in held if kind != MAYBE}
        for chunk, key, name, kind, count in held:
            root = self._root(key)
            if key in hidden or root in hidden or root not in sure:
                continue
            names[root][name] += count
            counted[root][name] += count * (2 if key == root else 1)  # the main name is the likelier one to be shown
            kinds[root][kind] += count if kind != MAYBE else 0
            keys[root].add(key)
            chunks[root][chunk] = None
        for root, spelt in names.items():
            best = max(spelt, key=lambda name: (counted[root][name], len(name), name))
            name = renamed.get(root, best)
            others = sorted(one for one in spelt if fold(one) != fold(name))
            kind = kinds[root].most_common(1)[0][0]
            entity = Entity(entity_id(root), root, name, kind, spelt.total(), list(chunks[root]), others)
            self.entities[entity.id] = entity
            self.lookup |= dict.fromkeys((*keys[root], fold(name)), entity.id)
            for chunk in entity.chunks:
                self.entities_of[chunk].append(entity.id)

    def _add_relations(self, links: Iterable[LinkRow]) -> None:
        phrases: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        together: dict[tuple[str, str], set[int]] = defaultdict(set)
        for chunk, source, target, phrase, start, end in links:
            ends = self.lookup.get(self._root(source)), self.lookup.get(self._root(target))
            if ends[0] is None or ends[1] is None or ends[0] == ends[1]:
                continue
            one, other = ends[0], ends[1]
            relation = self.relations[one].get(other)
            if relation is None:
                relation = self.relations[one][other] = self.relations[other][one] = Relation(one, other)
            pair = (relation.source, relation.target)
            relation.count += 1
            together[pair].add(chunk)
            if phrase and phrase != ALSO and relation.source == one:
                phrases[pair][phrase] += 1
            place = Evidence(chunk, start, end)
            if phrase:
                relation.evidence.insert(0, place)
            else:
                relation.evidence.append(place)
            del relation.evidence[EVIDENCE_MAX:]
        total = max(1, len(self.entities_of))
        for (one, other), shared in together.items():
            relation = self.relations[one][other]
            relation.phrases = [phrase for phrase, _ in phrases[one, other].most_common(PHRASES_MAX)]
            counts = len(shared), len(self.entities[one].chunks), len(self.entities[other].chunks)
            often = len(shared) > 1 and likelihood_ratio(*counts, total) >= SURE_RATIO
            relation.sure = bool(relation.phrases) or often


def _mains(links: Iterable[LinkRow], edits: Iterable[EditRow]) -> dict[str, str]:
    """From a key to the one that it is another name of; edits by hand come first."""
    mains: dict[str, str] = {}

    def root(key: str) -> str:
        while key in mains:
            key = mains[key]
        return key

    pairs = [(key, value) for kind, key, value in edits if kind == MERGE]
    pairs += [(target, source) for _, source, target, phrase, _, _ in links if phrase == ALSO]
    for key, value in pairs:
        one, other = root(key), root(value)
        if one != other:
            mains[one] = other
    return mains


def entity_id(key: str) -> str:
    """16 hex digits that stand for a key."""
    return blake2b(key.encode(), digest_size=8).hexdigest()


def likelihood_ratio(both: int, one: int, other: int, total: int) -> float:
    """Dunning's log-likelihood ratio: 0 or less when two things come together no oftener than by chance."""

    def entropy(*counts: float) -> float:
        whole = sum(counts)
        return sum(count * math.log(count / whole) for count in counts if count > 0)

    if both * total <= one * other:
        return 0.0
    table = (both, one - both, other - both, max(0, total - one - other + both))
    rows = entropy(table[0] + table[1], table[2] + table[3])
    columns = entropy(table[0] + table[2], table[1] + table[3])
    return 2 * (entropy(*table) - rows - columns)
