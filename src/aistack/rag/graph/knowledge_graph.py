"""The knowledge graph of a collection: entities with the chunks that mention them, relations with their evidence.

It is built from the mentions and links of the live chunks, so a deleted document leaves nothing behind. Different names
of the same thing are one entity. A relation is strong if the text states it, or if the two entities share more chunks
than expected by chance (Dunning's log-likelihood ratio, 1993, at p < 0.001). All other relations are weak.
"""

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b

from aistack.language.analysis import IS_CJK, TOKEN, stem
from aistack.rag.graph.entities import UNCONFIRMED, fold
from aistack.rag.graph.leiden import communities
from aistack.rag.graph.namesakes import LinkRow, MentionRow, alias_targets, told_apart
from aistack.rag.graph.relations import ALIAS_PHRASE
from aistack.rag.graph.subjects import QUALIFIER, OpeningRow, Subjects

STRONG_RATIO_MIN = 10.83  # chi-squared with one degree of freedom at p = 0.001
WEAK_FACTOR = 0.25  # of the weight of a weak relation
EVIDENCE_MAX = 8
PHRASES_MAX = 3
NAME_WORDS_MAX = 8
NAME_CHARACTERS_MAX = 12  # longest Chinese name that is looked up in a question
MERGE, RENAME, HIDE = "merge", "rename", "hide"

EditRow = tuple[str, str, str]  # kind, key, value


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence that supports a relation: a span of the text of the chunk's document."""

    chunk: int
    start: int
    end: int


@dataclass(slots=True)
class Relation:
    """A relation from the entity that the text mentions first. `phrases` state it, the most frequent one first."""

    source: str
    target: str
    count: int = 0
    phrases: list[str] = field(default_factory=list[str])
    evidence: list[Evidence] = field(default_factory=list[Evidence])
    is_strong: bool = False

    @property
    def weight(self) -> float:
        """Grows with the logarithm of `count`, the number of sentences that mention both entities."""
        return (1 + math.log(self.count)) * (1.0 if self.is_strong else WEAK_FACTOR)


@dataclass(slots=True)
class Entity:
    """`id` is stable, because it is a hash of the key. `chunks` mention the entity, `count` times in total."""

    id: str
    key: str
    name: str
    kind: str
    count: int
    chunks: list[int]
    aliases: list[str]


class KnowledgeGraph:
    """An immutable graph. `entities` are by id, `relations` by the ids of both ends, in both directions."""

    def __init__(
        self,
        mentions: Iterable[MentionRow],
        links: Iterable[LinkRow],
        edits: Sequence[EditRow] = (),
        openings: Iterable[OpeningRow] = (),
    ) -> None:
        """`edits` are the manual corrections: merged, renamed and hidden entities.

        `openings` tell what chunks are about.
        """
        openings = list(openings)
        mentions, links = told_apart(list(mentions), list(links), openings)
        self._canonical = _canonical_keys(links, edits)
        hidden = {key for kind, key, _ in edits if kind == HIDE}
        renamed = {self._root(key): value for kind, key, value in edits if kind == RENAME}
        self.entities: dict[str, Entity] = {}
        self.lookup: dict[str, str] = {}  # entity id by key
        self.entities_of: dict[int, list[str]] = defaultdict(list)  # entity ids by chunk id
        self._add_entities(mentions, hidden, renamed)
        self.relations: dict[str, dict[str, Relation]] = defaultdict(dict)
        self._add_relations(links)
        names = {key: one for key, one in self.lookup.items() if self.entities[one].kind not in ("term", "date")}
        self.subjects = Subjects(names, openings)

    def find(self, text: str, limit: int) -> list[Entity]:
        """Entities with a name or alias that contains the text: an exact match first, then by number of chunks."""
        folded = fold(text)
        exact = self.lookup.get(folded)
        found = {one for key, one in self.lookup.items() if folded in key}
        return sorted(
            (self.entities[one] for one in found), key=lambda one: (one.id != exact, -len(one.chunks), one.name)
        )[:limit]

    def mentioned_in(self, text: str) -> list[str]:
        """The ids of the entities mentioned in a text. The longest match wins."""
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

    def neighbours(self, entity: str, *, weak: bool = False) -> Iterator[tuple[str, Relation]]:
        """The ids of related entities with the relation, by descending weight. `weak` includes weak relations."""
        related = self.relations.get(entity, {})
        for other, relation in sorted(related.items(), key=lambda one: (-one[1].weight, one[0])):
            if relation.is_strong or weak:
                yield other, relation

    def neighbourhood(self, starts: Iterable[str], depth: int, limit: int) -> dict[str, int]:
        """The distance by id of entities within `depth` steps, at most `limit`, nearest and strongest first."""
        distance = dict.fromkeys(starts, 0)
        frontier = list(distance)
        for step in range(1, depth + 1):
            found: dict[str, float] = defaultdict(float)
            for one in frontier:
                for other, relation in self.neighbours(one):
                    if other not in distance:
                        found[other] += relation.weight
            frontier = sorted(found, key=lambda one: (-found[one], one))[: max(0, limit - len(distance))]
            distance |= dict.fromkeys(frontier, step)
        return distance

    def path(self, source: str, target: str) -> list[str]:
        """The ids on the shortest path by strong relations (Dijkstra), both ends included. Empty if there is none."""
        best: dict[str, float] = {source: 0.0}
        previous: dict[str, str] = {}
        queue = [(0.0, source)]
        while queue:
            cost, one = heapq.heappop(queue)
            if one == target:
                path = [target]
                while path[-1] != source:
                    path.append(previous[path[-1]])
                return path[::-1]
            if cost > best[one]:
                continue
            for other, relation in self.neighbours(one):
                other_cost = cost + 1 + 1 / relation.weight
                if other_cost < best.get(other, math.inf):
                    best[other], previous[other] = other_cost, one
                    heapq.heappush(queue, (other_cost, other))
        return []

    def relations_among(self, entities: Iterable[str]) -> list[Relation]:
        """The strong relations among some entities, each once."""
        ids = set(entities)
        return [
            relation
            for one in ids
            for other, relation in self.relations.get(one, {}).items()
            if relation.is_strong and other in ids and relation.source == one
        ]

    @cached_property
    def centrality(self) -> dict[str, float]:
        """Weighted degree by entity id, over the strong relations."""
        return {one: sum(relation.weight for _, relation in self.neighbours(one)) for one in self.entities}

    @cached_property
    def communities(self) -> list[list[str]]:
        """Communities of entity ids, largest first, each by descending centrality, without isolated entities."""
        ids = [one for one in self.entities if any(True for _ in self.neighbours(one))]
        numbers = {one: number for number, one in enumerate(ids)}
        adjacency = [{numbers[other]: relation.weight for other, relation in self.neighbours(one)} for one in ids]
        found: dict[int, list[str]] = defaultdict(list)
        for one, number in zip(ids, communities(adjacency), strict=True):
            found[number].append(one)
        return [sorted(members, key=lambda one: (-self.centrality[one], one)) for _, members in sorted(found.items())]

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
        while key in self._canonical:
            key = self._canonical[key]
        return key

    def _add_entities(self, mentions: Iterable[MentionRow], hidden: set[str], renamed: Mapping[str, str]) -> None:
        names: dict[str, Counter[str]] = defaultdict(Counter)
        scores: dict[str, Counter[str]] = defaultdict(Counter)
        kinds: dict[str, Counter[str]] = defaultdict(Counter)
        keys: dict[str, set[str]] = defaultdict(set)
        chunks: dict[str, dict[int, None]] = defaultdict(dict)
        rows = list(mentions)
        confirmed = {self._root(key) for _, key, _, kind, _ in rows if kind != UNCONFIRMED}
        for chunk, key, name, kind, count in rows:
            root = self._root(key)
            if key in hidden or root in hidden or root not in confirmed:
                continue
            names[root][name] += count
            scores[root][name] += count * (2 if key == root else 1)  # prefers the canonical name to its aliases
            kinds[root][kind] += count if kind != UNCONFIRMED else 0
            keys[root].add(key)
            chunks[root][chunk] = None
        for root, spellings in names.items():
            best = max(spellings, key=lambda name: (scores[root][name], len(name), name))
            name = renamed.get(root, best)
            aliases = sorted(one for one in spellings if fold(one) != fold(name))
            kind = kinds[root].most_common(1)[0][0]
            entity = Entity(entity_id(root), root, name, kind, spellings.total(), list(chunks[root]), aliases)
            self.entities[entity.id] = entity
            self.lookup |= dict.fromkeys((*keys[root], fold(name)), entity.id)
            for chunk in entity.chunks:
                self.entities_of[chunk].append(entity.id)
        for entity in sorted(self.entities.values(), key=lambda one: -len(one.chunks)):
            self.lookup.setdefault(fold(QUALIFIER.sub("", entity.name)), entity.id)  # of namesakes, the best known

    def _add_relations(self, links: Iterable[LinkRow]) -> None:
        phrases: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        shared_chunks: dict[tuple[str, str], set[int]] = defaultdict(set)
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
            shared_chunks[pair].add(chunk)
            if phrase and phrase != ALIAS_PHRASE and relation.source == one:
                phrases[pair][phrase] += 1
            evidence = Evidence(chunk, start, end)
            if phrase:
                relation.evidence.insert(0, evidence)
            else:
                relation.evidence.append(evidence)
            del relation.evidence[EVIDENCE_MAX:]
        total = max(1, len(self.entities_of))
        for (one, other), shared in shared_chunks.items():
            relation = self.relations[one][other]
            relation.phrases = [phrase for phrase, _ in phrases[one, other].most_common(PHRASES_MAX)]
            counts = len(shared), len(self.entities[one].chunks), len(self.entities[other].chunks)
            is_significant = len(shared) > 1 and likelihood_ratio(*counts, total) >= STRONG_RATIO_MIN
            relation.is_strong = bool(relation.phrases) or is_significant


def _canonical_keys(links: Iterable[LinkRow], edits: Iterable[EditRow]) -> dict[str, str]:
    """From the key of an alias to the key that it stands for. Manual merges take precedence."""
    canonical: dict[str, str] = {}

    def root(key: str) -> str:
        while key in canonical:
            key = canonical[key]
        return key

    pairs = [(key, value) for kind, key, value in edits if kind == MERGE]
    pairs += alias_targets(links)
    for key, value in pairs:
        one, other = root(key), root(value)
        if one != other:
            canonical[one] = other
    return canonical


def entity_id(key: str) -> str:
    """The entity id of a key: a hash of 16 hex digits."""
    return blake2b(key.encode(), digest_size=8).hexdigest()


def likelihood_ratio(both: int, one: int, other: int, total: int) -> float:
    """Dunning's log-likelihood ratio of the co-occurrence of two entities; 0 if they share no more than by chance.

    `both` chunks mention both, `one` and `other` mention each, out of `total`.
    """

    def entropy(*counts: float) -> float:
        count_sum = sum(counts)
        return sum(count * math.log(count / count_sum) for count in counts if count > 0)

    if both * total <= one * other:
        return 0.0
    table = (both, one - both, other - both, max(0, total - one - other + both))
    rows = entropy(table[0] + table[1], table[2] + table[3])
    columns = entropy(table[0] + table[2], table[1] + table[3])
    return 2 * (entropy(*table) - rows - columns)
