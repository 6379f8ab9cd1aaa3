"""Checks a model's citations: a sentence is kept only if a passage supports it.

A passage supports a sentence if one sentence or row of it, with its headings, has most of the content words and all
numbers, dates, identifiers and names, and is negated if and only if the sentence is. So the number of another row does
not pass. Code is supported if each of its lines stands in the passage. A wrong citation is replaced by a passage that
supports the sentence; if there is none, or nothing of it concerns the question, the sentence is dropped. No second
model is needed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aistack.language.analysis import index_terms, query_terms
from aistack.rag.answers.candidates import candidates
from aistack.rag.answers.expected import is_negated
from aistack.rag.answers.stated import Stated, numbers_in, same_name, stated_in
from aistack.rag.parsing.sentences import sentences
from aistack.rag.wire import Answer, Citation, Hit, Sentence

SUPPORT_MIN = 0.55
CITATIONS_OF_SENTENCE_MAX = 3
MARK = re.compile(r"[\[【]\s*(\d{1,3}(?:\s*[,，、]\s*\d{1,3})*)\s*[\]】]")
REFERS_BACK = re.compile(
    r"(?:it|its|he|his|she|her|they|their|this|that|these|those|the (?:former|latter|same))\b"
    "|[其它他她该这此]|同[年月日]",
    re.I,
)
ENDS_IN_MARK = re.compile(r"[\[【][\d\s,，、]*\Z")


CitedSentence = tuple[Sentence, list[Citation]]  # the sentence, and the citations that it is the first to use


@dataclass(frozen=True, slots=True)
class Unit:
    """What can support a sentence: a row, or a sentence with the one before it if it refers to that, and headings."""

    text: str
    terms: frozenset[str]
    numbers: frozenset[str]
    is_negated: bool
    is_row: bool

    def supports(self, stated: Stated, terms: frozenset[str], negated: bool) -> float:
        """The share of a sentence's terms that the unit has; 0 if it does not have what the sentence states."""
        share = len(terms & self.terms) / len(terms)
        if share < SUPPORT_MIN or self.is_negated != negated:
            return 0.0
        if not stated.numbers <= self.numbers or not stated.all_literals_in(self.text):
            return 0.0
        names = (*stated.names, *stated.beginning) if self.is_row else stated.names
        return share if all(any(same_name(name, term) for term in self.terms) for name in names) else 0.0


@dataclass(frozen=True, slots=True)
class Passage:
    """A hit under the number that the model cites, and its units."""

    number: int
    hit: Hit
    units: Sequence[Unit]

    def support(self, stated: Stated, terms: frozenset[str], negated: bool) -> tuple[float, Unit | None]:
        """How well the passage supports a sentence, and the unit that does it best."""
        shares = [(one.supports(stated, terms, negated), one) for one in self.units]
        best = max(shares, key=lambda one: one[0], default=(0.0, None))
        return best if best[0] else (0.0, None)

    def has_code(self, code: str) -> bool:
        """Whether all lines of a code block stand in the passage."""
        held = {" ".join(line.split()) for line in self.hit.text.splitlines()}
        lines = [" ".join(line.split()) for line in code.splitlines() if not line.lstrip().startswith(("```", "~~~"))]
        return any(lines) and all(line in held for line in lines if line)


def numbered_passages(hits: Sequence[Hit]) -> list[Passage]:
    """The hits, numbered from 1."""
    return [_passage(number, hit) for number, hit in enumerate(hits, 1)]


def _passage(number: int, hit: Hit) -> Passage:
    headings = " ".join((hit.title, hit.name, *hit.heading))
    units: list[Unit] = []
    before = ""
    for piece in candidates([hit]):
        is_row = piece.kind == "row"
        said = f"{before} {piece.text}" if REFERS_BACK.match(piece.text) and not is_row else piece.text
        text = f"{headings} {said}"
        units.append(Unit(text, frozenset(index_terms(text)), numbers_in(text), is_negated(piece.text), is_row))
        before = "" if is_row else piece.text
    return Passage(number, hit, units)


def citation_of(number: int, hit: Hit, start: int, end: int, text: str) -> Citation:
    """The citation of a span of a hit's document."""
    return Citation(
        number=number,
        collection=hit.collection,
        document=hit.document,
        name=hit.name,
        title=hit.title,
        page=hit.page,
        heading=hit.heading,
        start=start,
        end=end,
        text=text,
    )


def joined(found: Sequence[Sentence]) -> str:
    """The sentences with their citations as one text. Code blocks stand on lines of their own."""
    text = ""
    for one in found:
        is_code = one.text.endswith(("```", "~~~"))
        marks = "".join(f"[{number}]" for number in one.citations)
        text += ("\n\n" if text and is_code else " " if text else "") + one.text + ("\n\n" if is_code else " ") + marks
    return text


class CitationChecker:
    """Takes the model's answer piece by piece, and gives each sentence when it is complete and supported."""

    def __init__(self, question: str, passages: Sequence[Passage]) -> None:
        held = frozenset[str]().union(*(unit.terms for one in passages for unit in one.units))
        self._question_terms = held.intersection(query_terms(question))
        self.sentences: list[Sentence] = []
        self.dropped = 0
        self._passages = passages
        self._text = ""
        self._citations: dict[int, Citation] = {}  # by passage number

    def feed(self, piece: str) -> Iterator[CitedSentence]:
        """Adds text; gives the supported sentences that are complete now."""
        self._text += piece
        spans = list(sentences(self._text))
        if len(spans) < 2:
            return
        cut = spans[-1][0]
        complete = _sentences_with_marks(self._text[:cut])
        if ENDS_IN_MARK.search(complete[-1] if complete else ""):
            return
        rest = self._text[cut:]
        leading = MARK.match(rest)  # marks after the full stop belong to the sentence before it
        if leading is not None:
            complete[-1] += leading.group()
            rest = rest[leading.end() :]
        elif rest.lstrip().startswith(("[", "【")):
            return  # a mark may follow
        self._text = rest
        yield from self._supported(complete)

    def finish(self) -> Iterator[CitedSentence]:
        """The supported sentences in the remaining text, at the end of the answer."""
        remaining, self._text = _sentences_with_marks(self._text), ""
        yield from self._supported(remaining)

    def answer(self) -> Answer:
        """The answer made of the supported sentences."""
        return Answer(
            mode="generated",
            answer=joined(self.sentences),
            sentences=self.sentences,
            citations=sorted(self._citations.values(), key=lambda one: one.number),
        )

    def _supported(self, texts: list[str]) -> Iterator[CitedSentence]:
        for text in texts:
            marks = [int(one) for mark in MARK.findall(text) for one in re.split(r"\D+", mark) if one]
            if text.startswith(("```", "~~~")):
                plain = text[: text.rfind(text[:3]) + 3]
                passages = [one for one in self._passages if one.has_code(plain)][:1]
            else:
                plain = re.sub(r"\s+([.。,，!！?？])", r"\1", MARK.sub("", text)).strip(" \n*-")
                if not index_terms(plain):
                    continue
                passages = self._support(plain, marks)
            if not passages:
                self.dropped += 1
                continue
            new = [self._cite(one) for one in passages if one.number not in self._citations]
            sentence = Sentence(text=plain, citations=[self._citations[one.number].number for one in passages])
            self.sentences.append(sentence)
            yield sentence, new

    def _support(self, text: str, marks: Sequence[int]) -> list[Passage]:
        """The cited passages that support a sentence, or if none does, the passage that supports it best."""
        stated, terms, negated = stated_in(text), frozenset(index_terms(text)), is_negated(text)
        found = {one.number: one.support(stated, terms, negated) for one in self._passages}
        supporting = [
            one
            for one in self._passages
            if (unit := found[one.number][1]) is not None and self._is_relevant(terms | unit.terms)
        ]
        cited = [one for one in supporting if one.number in marks]
        return cited[:CITATIONS_OF_SENTENCE_MAX] or sorted(supporting, key=lambda one: -found[one.number][0])[:1]

    def _is_relevant(self, terms: frozenset[str]) -> bool:
        """Whether a sentence, its source or its headings have a term of the question, if the passages have any."""
        return not self._question_terms or bool(self._question_terms & terms)

    def _cite(self, passage: Passage) -> Citation:
        hit = passage.hit
        citation = citation_of(len(self._citations) + 1, hit, hit.start, hit.end, hit.text)
        self._citations[passage.number] = citation
        return citation


def _sentences_with_marks(text: str) -> list[str]:
    """Sentences, each with the citation marks right after it."""
    found: list[str] = []
    for start, end in sentences(text):
        piece = text[start:end]
        leading = MARK.match(piece)
        if leading is not None and found:
            found[-1] += leading.group()
            piece = piece[leading.end() :].strip()
        if piece:
            found.append(piece)
    return found
