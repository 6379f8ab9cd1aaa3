"""Answers without a model: the sentences of the documents that say most of what was asked, each cited.

A sentence is worth the part of the question's terms it holds, weighted by how rare they are, and a little
for the rank of its chunk. Each further sentence counts for what it adds. When even the best hold too little
of the question, the documents do not answer it, and that is said.
"""

import math
import re
from dataclasses import dataclass

from aistack.language.analysis import index_terms, query_terms
from aistack.rag.parsing.sentences import sentences
from aistack.rag.retrieval.retriever import Retrieval
from aistack.rag.wire import Answer, Citation, Hit, Sentence

SENTENCES_MAX = 4
COVERAGE_MIN = 0.34
GAIN_MIN = 0.08
RANK_WEIGHT = 0.25
HEADING_SHARE = 0.5
SENTENCE_CHARACTERS_MAX = 600
CODE = re.compile(r"^(```|~~~).*?(?:^\1|\Z)", re.M | re.S)  # shown where it stands, no sentence of an answer
NOT_FOUND = {
    "en": "The documents do not say.",
    "zh": "文档中没有相关内容。",
}


@dataclass(frozen=True, slots=True)
class Candidate:
    hit: Hit
    rank: int
    start: int
    end: int
    text: str
    terms: frozenset[str]
    heading_terms: frozenset[str]


async def extract_answer(question: str, collection: str, hits: list[Hit], retrieval: Retrieval) -> Answer:
    """An extractive answer from these hits, or one of mode `none`. Raises NotFound when there is no such collection."""
    collection_id, terms = await retrieval.collection_id(collection), query_terms(question)
    count, frequencies = await retrieval.lexical.document_frequencies(collection_id, terms)
    weights = {term: 1 + math.log(1 + count / (df + 1)) for term, df in frequencies.items()}
    chosen = choose(candidates(hits), weights)
    if not chosen:
        return nothing_found(question)
    citations = [citation_of(number, one.hit, one.start, one.end, one.text) for number, one in enumerate(chosen, 1)]
    said = [Sentence(text=one.text, citations=[number]) for number, one in enumerate(chosen, 1)]
    return Answer(
        mode="extractive",
        answer=" ".join(f"{one.text} [{number}]" for number, one in enumerate(chosen, 1)),
        sentences=said,
        citations=citations,
    )


def candidates(hits: list[Hit]) -> list[Candidate]:
    """Every sentence of the hits, once; code is none."""
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
    """The sentences of the answer, best first; none when the question is not answered."""
    total = sum(weights.values())
    if not total or not found:
        return []

    def worth(one: Candidate, covered: frozenset[str]) -> float:
        said = sum(weights[term] for term in weights if term in one.terms and term not in covered)
        above = sum(weights[term] for term in weights if term in one.heading_terms and term not in one.terms | covered)
        return (said + HEADING_SHARE * above) / total

    best = max(found, key=lambda one: worth(one, frozenset()) + RANK_WEIGHT / (1 + one.rank))
    if worth(best, frozenset()) < COVERAGE_MIN:
        return []
    chosen, covered = [best], best.terms
    while len(chosen) < SENTENCES_MAX:
        rest = [one for one in found if one not in chosen]
        if not rest:
            break
        following = max(rest, key=lambda one: worth(one, covered) + RANK_WEIGHT / (1 + one.rank) * _near(one, best))
        gain = worth(following, covered)
        says_it_again = len(chosen) < 2 and worth(following, frozenset()) > GAIN_MIN
        if gain < GAIN_MIN and not says_it_again:
            break
        chosen.append(following)
        covered |= following.terms
    return chosen


def _near(one: Candidate, other: Candidate) -> float:
    return 1.0 if one.hit is other.hit else 0.5


def _readable(text: str) -> str:
    """Without line breaks and list marks, cut at a sensible length."""
    text = re.sub(r"\s*\n\s*", " ", re.sub(r"^\s*(?:[-*+>]|\d+[.)])\s+", "", text)).strip()
    return text if len(text) <= SENTENCE_CHARACTERS_MAX else text[: SENTENCE_CHARACTERS_MAX - 1].rstrip() + "…"


def nothing_found(question: str) -> Answer:
    """What is said when the documents do not say, in the question's language."""
    language = "zh" if re.search("[\u4e00-\u9fff]", question) else "en"
    return Answer(mode="none", answer=NOT_FOUND[language], sentences=[], citations=[])


def citation_of(number: int, hit: Hit, start: int, end: int, text: str) -> Citation:
    return Citation(
        number=number,
        document=hit.document,
        name=hit.name,
        title=hit.title,
        page=hit.page,
        heading=hit.heading,
        start=start,
        end=end,
        text=text,
    )
