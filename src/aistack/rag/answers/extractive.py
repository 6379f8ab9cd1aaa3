"""Extractive answers: the piece of the documents that answers the question, with its citation.

What the question states (numbers, dates, versions, identifiers, names) must stand in what is cited, in its headings or
in its document's title. The piece with the strongest evidence is given. A further one is added only if it brings terms
of the question or the kind of answer that the first lacks, or if it is nearly as likely. If the passage covers too
little of the question, or none of the pieces has the number asked for, the answer says that the documents do not answer
it.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aistack.language.analysis import query_terms
from aistack.rag.answers.candidates import Candidate, candidates, shortened_row
from aistack.rag.answers.citations import citation_of, joined
from aistack.rag.answers.evidence import Evidence, Passage, Question, form, passages, term_weights, without_focus
from aistack.rag.answers.stated import stated_in
from aistack.rag.retrieval.retriever import Retriever
from aistack.rag.wire import Answer, Hit, Sentence

SUPPORT_MIN = 0.5
SUPPORT_MIN_OF_CHINESE = 0.42  # whose terms are words and pairs of characters, which passages rarely repeat
SHORT = 2  # a question with so few terms needs SUPPORT_MIN in Chinese too: one of them alone says little
PIECES_MAX = 3
NUMBERS_BEFORE_MAX = 2  # sentences before a sentence that may state the numbers of the question
GAIN_WEIGHT, ADJACENT_WEIGHT, NEW_KIND_WEIGHT = 2.5, 0.6, 0.9
FURTHER_MIN = -0.5
FOREIGN_RIVAL_DISTANCE = 0.35  # the same in another passage
RIVAL_DISTANCE = 0.7  # of a piece that adds no terms, and is given because it is nearly as likely as the first
NOT_FOUND = {
    "en": "The documents do not answer this question.",
    "zh": "文档中没有相关内容。",
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """A piece of the answer, and the start of what is cited: the piece, or a sentence before it that it needs."""

    evidence: Evidence
    start: int

    @property
    def piece(self) -> Candidate:
        return self.evidence.candidate


async def extract_answer(
    question: str,
    collection_ids: Sequence[int],
    hits: Sequence[Hit],
    retriever: Retriever,
    columns: Mapping[str, Sequence[str]],
) -> Answer:
    """An extractive answer from the hits in some collections, or one of mode `none`.

    `columns` names the columns of tables that hits begin within, by the hits' chunks.
    """
    terms = query_terms(question)
    count, frequencies = await retriever.lexical.document_frequencies(collection_ids, terms)
    chosen = choose(
        candidates(hits, columns), Question(question, without_focus(question, term_weights(terms, count, frequencies)))
    )
    if not chosen:
        return no_answer(question)
    texts = [shortened_row(one.piece.text, terms) if one.piece.kind == "row" else one.piece.text for one in chosen]
    citations = [
        citation_of(number, one.piece.hit, one.start, one.piece.end, _cited(one, text))
        for number, (one, text) in enumerate(zip(chosen, texts, strict=True), 1)
    ]
    given = [Sentence(text=text, citations=[number]) for number, text in enumerate(texts, 1)]
    return Answer(mode="extractive", answer=joined(given), sentences=given, citations=citations)


def lack_what_is_stated(question: str, hits: Sequence[Hit]) -> bool:
    """Whether the hits together lack a number, date, identifier or quotation of the question."""
    stated = stated_in(question)
    text = "\n".join(" ".join((hit.title, hit.name, *hit.heading, hit.text)) for hit in hits)
    return not (stated.all_numbers_in(text) and stated.all_literals_in(text))


def choose(found: Sequence[Candidate], question: Question) -> list[Chosen]:
    """The pieces of the answer, in reading order within a passage. Empty if the documents do not answer."""
    usable: list[Chosen] = []
    for passage in passages(found):
        for evidence in passage.evidence(question):
            start = _stated_from(passage, evidence.candidate, question)
            if start is not None and evidence.candidate.kind != "caption":
                usable.append(Chosen(evidence, start))
    usable.sort(key=lambda one: -one.evidence.score)
    is_long_chinese = bool(question.characters) and len(question.weights) > SHORT
    support_min = SUPPORT_MIN_OF_CHINESE if is_long_chinese else SUPPORT_MIN
    usable = [one for one in usable if one.evidence.support >= support_min]
    best = next(iter(usable), None)
    if best is None:
        return []
    chosen = [best]
    while len(chosen) < PIECES_MAX:
        further = [(value, one) for one in usable if (value := _further(one, chosen, question)) >= FURTHER_MIN]
        if not further:
            break
        chosen.append(max(further, key=lambda one: one[0])[1])
    if question.kind == "number" and not any(one.evidence.has_kind for one in chosen):
        return []
    order = {one.piece.rank: at for at, one in reversed(list(enumerate(chosen)))}
    return sorted(chosen, key=lambda one: (order[one.piece.rank], one.piece.position))


def _further(one: Chosen, chosen: Sequence[Chosen], question: Question) -> float:
    """How much a further piece helps."""
    if one in chosen or (one.piece.kind == "code" and question.kind != "way"):
        return -math.inf
    best = chosen[0]
    covered = frozenset[str]().union(*(other.piece.terms for other in chosen))
    gained = [term for term in question.weights if form(term, one.piece.terms) and not form(term, covered)]
    gain = sum(question.weights[term] for term in gained) / question.total
    is_adjacent = any(
        one.piece.hit is other.piece.hit and abs(one.piece.position - other.piece.position) == 1 for other in chosen
    )
    shared, of_best = _coverage(one.piece, question), _coverage(best.piece, question)
    new_kind = not any(other.evidence.has_kind for other in chosen) and one.evidence.has_kind and 2 * shared >= of_best
    value = one.evidence.score - best.evidence.score + GAIN_WEIGHT * gain
    distance = RIVAL_DISTANCE if one.piece.hit is best.piece.hit else FOREIGN_RIVAL_DISTANCE
    if not gained and not new_kind and (value < -distance or one.piece.kind == "row" or not shared):
        return -math.inf  # it neither adds anything nor is as likely
    return value + ADJACENT_WEIGHT * is_adjacent + NEW_KIND_WEIGHT * new_kind


def _coverage(piece: Candidate, question: Question) -> float:
    return sum(weight for term, weight in question.weights.items() if form(term, piece.terms))


def _stated_from(passage: Passage, piece: Candidate, question: Question) -> int | None:
    """Where what is cited has to start, so that it has all that the question states. None if it has not."""
    stated = question.stated
    if passage.missing_names(piece, stated.names):
        return None
    captions = [one.text for one in passage.captions(piece)]
    headings = " ".join((passage.hit.title, passage.hit.name, *passage.hit.heading, *captions))
    text = f"{headings} {piece.text}"
    has_numbers, has_literals = stated.all_numbers_in(text), stated.all_literals_in(text)
    at = passage.pieces.index(piece)
    before = passage.pieces[:at] if piece.kind != "row" else ()
    for distance, other in enumerate(reversed(before)):
        if (has_numbers and has_literals) or (not has_numbers and distance == NUMBERS_BEFORE_MAX):
            break
        text = f"{other.text} {text}"
        has_numbers, has_literals = stated.all_numbers_in(text), stated.all_literals_in(text)
        at -= 1
    return passage.pieces[at].start if has_numbers and has_literals else None


def _cited(one: Chosen, text: str) -> str:
    hit = one.piece.hit
    return text if one.start == one.piece.start else hit.text[one.start - hit.start : one.piece.end - hit.start]


def no_answer(question: str) -> Answer:
    """The answer when the documents do not contain one, in the language of the question."""
    language = "zh" if re.search("[\u4e00-\u9fff]", question) else "en"
    return Answer(mode="none", answer=NOT_FOUND[language], sentences=[], citations=[])
