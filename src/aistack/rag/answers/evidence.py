"""How strongly a candidate is indicated as the answer to a question, by few features of about equal weight.

Coverage is the share of the question's terms, weighted by how rare they are in the collection. A term that most
sentences of a passage have tells little about which of them answers, so coverage is also taken with weights by how rare
the terms are within the passage; in Chinese by single characters, since a question rarely repeats a whole word.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from aistack.language.analysis import IS_CJK, index_terms
from aistack.rag.answers.candidates import Candidate
from aistack.rag.answers.expected import expected_kind, has_expected, is_negated
from aistack.rag.answers.stated import Stated, same_name, stated_in
from aistack.rag.wire import Hit

FOCUS = re.compile(r"\b(?:what|which)\s+(\w+)(?=\s+(?:is|are|was|were|do|does|did|has|have|had|can|will)\b)", re.I)
FOCUS_WEIGHT = 0.4
KIND_WEIGHT = 0.4
SUPPORT_OF_KIND = 0.1  # less, of a candidate without a time or a number where one is expected
RANK_WEIGHT = 0.4
CONTEXT_WEIGHT = 0.8
NEGATION_WEIGHT = 0.1
CAPTION_SENTENCES_MAX = 2
CODE_DISCOUNT = 0.8  # of code, if the question does not ask how something is done
FORM_WEIGHT = 0.6  # of a term that occurs in another form only


@dataclass(frozen=True)
class Question:
    """A question with the weights of its terms."""

    text: str
    weights: Mapping[str, float]

    @cached_property
    def stated(self) -> Stated:
        return stated_in(self.text)

    @cached_property
    def kind(self) -> str:
        return expected_kind(self.text)

    @cached_property
    def is_negated(self) -> bool:
        return is_negated(self.text)

    @cached_property
    def characters(self) -> frozenset[str]:
        return frozenset(one for term in self.weights for one in term if IS_CJK.match(one))

    @cached_property
    def total(self) -> float:
        return sum(self.weights.values()) or 1.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a candidate. `score` adds it up; `support` is the coverage by its passage and its neighbours."""

    candidate: Candidate
    score: float
    support: float
    has_kind: bool


class Passage:
    """The candidates of a hit, in order."""

    def __init__(self, hit: Hit, pieces: Sequence[Candidate], strength: float) -> None:
        self.hit = hit
        self.pieces = pieces
        self.strength = strength
        self.heading_terms = frozenset(index_terms(" ".join((hit.title, hit.name, *hit.heading))))
        self.terms = self.heading_terms.union(*(one.terms for one in pieces))

    def evidence(self, question: Question) -> list[Evidence]:
        """The evidence for each piece, in order."""
        weights = question.weights
        local = _local_weights(weights, [one.terms for one in self.pieces])
        characters = _local_weights(dict.fromkeys(question.characters, 1.0), [one.text for one in self.pieces])
        found: list[Evidence] = []
        shares = forms(weights, self.terms)
        for at, piece in enumerate(self.pieces):
            own = {term: shares[term] and form(term, piece.terms) for term in weights}
            is_apart = piece.kind == "row"  # the other rows of a table say nothing about this one
            before = self.pieces[at - 1].terms if at and not is_apart else frozenset[str]()
            heading = self.heading_terms.union(*(one.terms for one in self.captions(piece)))
            context = before | heading
            coverage = _share(weights, own)
            carried = _share(weights, {term: float(term in context and not own[term]) for term in weights})
            within = (
                _share(characters, {one: float(one in piece.text) for one in characters})
                if characters
                else _share(local, {term: own[term] for term in local})
            )
            near = [piece] if is_apart else self.pieces[max(0, at - 1) : at + 2]
            around = heading.union(*(one.terms for one in near))
            support = _share(weights, forms(weights, around))
            if not is_apart:
                support = (support + _share(weights, shares)) / 2
            has_kind = not question.kind or has_expected(question.kind, piece.text, question.text)
            support -= SUPPORT_OF_KIND * (not has_kind and question.kind in ("time", "number"))
            score = coverage + within + CONTEXT_WEIGHT * carried + self.strength + RANK_WEIGHT / (1 + piece.rank)
            score -= CODE_DISCOUNT * (piece.kind == "code" and question.kind != "way")
            score += KIND_WEIGHT * has_kind + NEGATION_WEIGHT * (question.is_negated == is_negated(piece.text))
            found.append(Evidence(piece, score, support, has_kind))
        return found

    def captions(self, piece: Candidate) -> list[Candidate]:
        """What stands above the table or list of a row: captions and up to two sentences."""
        if piece.kind != "row":
            return []
        above = [one for one in self.pieces if one.position < piece.position and one.kind != "row"]
        return [one for one in above if one.kind == "caption" or one in above[-CAPTION_SENTENCES_MAX:]]

    def missing_names(self, piece: Candidate, names: Iterable[str]) -> list[str]:
        """The names that neither the piece's passage nor its headings have; of a row, neither the row nor those."""
        terms = self.terms
        if piece.kind == "row":
            terms = piece.terms.union(self.heading_terms, *(one.terms for one in self.captions(piece)))
        return [name for name in names if not any(same_name(name, term) for term in terms)]


def passages(found: Sequence[Candidate]) -> list[Passage]:
    """The candidates by hit. A passage is as strong as its scores are, compared with the best of each ranking."""
    by_rank: dict[int, list[Candidate]] = {}
    for one in found:
        by_rank.setdefault(one.rank, []).append(one)
    best: dict[str, float] = {}
    for pieces in by_rank.values():
        for name, score in pieces[0].hit.scores.items():
            best[name] = max(best.get(name, 0.0), score)
    return [Passage(pieces[0].hit, pieces, _strength(pieces[0].hit, best)) for pieces in by_rank.values()]


def term_weights(terms: Sequence[str], count: int, frequencies: Mapping[str, int]) -> dict[str, float]:
    """Terms of a question by how rare they are among `count` chunks.

    Left out are pairs of Chinese characters that no chunk has and that lie across two words that chunks have.
    """
    known = {term for term in terms if frequencies.get(term, 0)}
    before = {term[0]: term for term in terms if _is_pair(term)}
    after = {term[1]: term for term in terms if _is_pair(term)}

    def is_across_words(term: str) -> bool:
        left, right = after.get(term[0]), before.get(term[1])
        ends = [one for one in (left, right) if one is not None]
        return bool(ends) and all(one in known for one in ends)

    kept = [term for term in terms if term in known or not _is_pair(term) or not is_across_words(term)]
    return {term: math.log(1 + (count + 1) / (frequencies.get(term, 0) + 0.5)) for term in kept}


def without_focus(question: str, weights: Mapping[str, float]) -> dict[str, float]:
    """The weights, less for the word that the answer stands for, as in "What colour is the lamp?"."""
    focus = {term for match in FOCUS.finditer(question) for term in index_terms(match[1])}
    others = [weight for term, weight in weights.items() if term not in focus]
    if not others:
        return dict(weights)
    most = sum(others) / len(others)
    return {term: FOCUS_WEIGHT * min(weight, most) if term in focus else weight for term, weight in weights.items()}


def form(term: str, terms: frozenset[str]) -> float:
    """1 if a term is among others, FORM_WEIGHT if only another form of it is: origin and originate."""
    if term in terms:
        return 1.0
    if len(term) < 5 or not term.isascii():
        return 0.0
    begin = term[:4]
    return FORM_WEIGHT if any(one.startswith(begin) and same_name(term, one) for one in terms) else 0.0


def forms(terms: Iterable[str], among: frozenset[str]) -> dict[str, float]:
    return {term: form(term, among) for term in terms}


def _is_pair(term: str) -> bool:
    return len(term) == 2 and IS_CJK.match(term) is not None


def _local_weights(weights: Mapping[str, float], texts: Sequence[frozenset[str] | str]) -> dict[str, float]:
    counts = {term: sum(term in text for text in texts) for term in weights}
    return {term: weights[term] * math.log(1 + len(texts) / count) for term, count in counts.items() if count}


def _share(weights: Mapping[str, float], shares: Mapping[str, float]) -> float:
    total = sum(weights.values())
    return sum(weights[term] * shares[term] for term in weights) / total if total else 0.0


def _strength(hit: Hit, best: Mapping[str, float]) -> float:
    ratios = [hit.scores.get(name, 0.0) / score for name, score in best.items() if score > 0]
    return sum(ratios) / len(ratios) if ratios else 1.0
