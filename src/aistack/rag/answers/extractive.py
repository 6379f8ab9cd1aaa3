"""Extractive answers: the sentences of the documents that cover most of the question, with citations.

A sentence's score is the share of the question's terms that it contains, weighted by how rare the terms are, plus a
small bonus for the rank of its chunk. Each further sentence is scored by the terms that it adds. If even the best
sentence covers too little of the question, the answer says that the documents do not answer it.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from aistack.language.analysis import index_terms, query_terms
from aistack.rag.answers.citations import citation_of
from aistack.rag.parsing.sentences import sentences
from aistack.rag.retrieval.retriever import Retriever
from aistack.rag.wire import Answer, Hit, Sentence

SENTENCES_MAX = 4
COVERAGE_MIN = 0.34
GAIN_MIN = 0.08
RANK_WEIGHT = 0.25
HEADING_SHARE = 0.5
SENTENCE_CHARACTERS_MAX = 600
CODE = re.compile(r"^(```|~~~).*?(?:^\1|\Z)", re.M | re.S)  # code blocks are not sentences
NOT_FOUND = {
    "en": "The documents do not answer this question.",
    "zh": "文档中没有相关内容。",
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence of a hit, as a span of its document. `rank` is the hit's rank, from 0."""

    hit: Hit
    rank: int
    start: int
    end: int
    text: str
    terms: frozenset[str]
    heading_terms: frozenset[str]


async def extract_answer(question: str, collection_ids: Sequence[int], hits: list[Hit], retriever: Retriever) -> Answer:
    """An extractive answer from the hits in some collections, or one of mode `none`."""
    terms = query_terms(question)
    count, frequencies = await retriever.lexical.document_frequencies(collection_ids, terms)
    weights = {term: 1 + math.log(1 + count / (df + 1)) for term, df in frequencies.items()}
    chosen = choose(candidates(hits), weights)
    if not chosen:
        return no_answer(question)
    citations = [citation_of(number, one.hit, one.start, one.end, one.text) for number, one in enumerate(chosen, 1)]
    cited = [Sentence(text=one.text, citations=[number]) for number, one in enumerate(chosen, 1)]
    return Answer(
        mode="extractive",
        answer=" ".join(f"{one.text} [{number}]" for number, one in enumerate(chosen, 1)),
        sentences=cited,
        citations=citations,
    )


def candidates(hits: list[Hit]) -> list[Candidate]:
    """All distinct sentences of the hits, without code blocks."""
    found: list[Candidate] = []
    seen: set[str] = set()
    for rank, hit in enumerate(hits):
        heading_terms = frozenset(index_terms(" ".join((hit.title, *hit.heading))))
        code = [match.span() for match in CODE.finditer(hit.text)]
        for start, end in sentences(hit.text):
            if any(start < stop and begin < end for begin, stop in code):
                continue
            text = _readable(hit.text[start:end])
            if text in seen or len(text) < 2 or text.startswith("#"):
                continue
            seen.add(text)
            terms = frozenset(index_terms(text))
            found.append(Candidate(hit, rank, hit.start + start, hit.start + end, text, terms, heading_terms))
    return found


def choose(found: list[Candidate], weights: dict[str, float]) -> list[Candidate]:
    """The sentences of the answer, best first. Empty if they do not answer the question.

    `weights` holds the weight of each term of the question.
    """
    total = sum(weights.values())
    if not total or not found:
        return []

    def coverage(one: Candidate, covered: frozenset[str]) -> float:
        """The weighted share of the question's terms that the candidate has and `covered` has not."""
        in_text = sum(weights[term] for term in weights if term in one.terms and term not in covered)
        known = one.terms | covered
        in_heading = sum(weights[term] for term in weights if term in one.heading_terms and term not in known)
        return (in_text + HEADING_SHARE * in_heading) / total

    best = max(found, key=lambda one: coverage(one, frozenset()) + RANK_WEIGHT / (1 + one.rank))
    if coverage(best, frozenset()) < COVERAGE_MIN:
        return []
    chosen, covered = [best], best.terms
    while len(chosen) < SENTENCES_MAX:
        rest = [one for one in found if one not in chosen]
        if not rest:
            break
        further = max(
            rest, key=lambda one: coverage(one, covered) + RANK_WEIGHT / (1 + one.rank) * _proximity(one, best)
        )
        gain = coverage(further, covered)
        confirms = len(chosen) < 2 and coverage(further, frozenset()) > GAIN_MIN
        if gain < GAIN_MIN and not confirms:
            break
        chosen.append(further)
        covered |= further.terms
    return chosen


def _proximity(one: Candidate, other: Candidate) -> float:
    return 1.0 if one.hit is other.hit else 0.5


def _readable(text: str) -> str:
    """The text without line breaks and list markers, truncated if it is long."""
    text = re.sub(r"\s*\n\s*", " ", re.sub(r"^\s*(?:[-*+>]|\d+[.)])\s+", "", text)).strip()
    return text if len(text) <= SENTENCE_CHARACTERS_MAX else text[: SENTENCE_CHARACTERS_MAX - 1].rstrip() + "…"


def no_answer(question: str) -> Answer:
    """The answer when the documents do not contain one, in the language of the question."""
    language = "zh" if re.search("[\u4e00-\u9fff]", question) else "en"
    return Answer(mode="none", answer=NOT_FOUND[language], sentences=[], citations=[])
