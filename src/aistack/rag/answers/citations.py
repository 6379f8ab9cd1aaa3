"""Checks a model's citations: a sentence is kept only if a passage supports it.

A passage supports a sentence if it has most of its content words and all of its numbers, dates, identifiers and names,
and does not say the opposite: the sentence of the passage that is closest to it is negated if and only if it is. Code is
supported if each of its lines stands in the passage. A wrong citation is replaced by a passage that supports the
sentence; if there is none, the sentence is dropped. No second model is needed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aistack.language.analysis import index_terms
from aistack.rag.answers.expected import is_negated
from aistack.rag.answers.stated import Stated, numbers_in, same_name, stated_in
from aistack.rag.parsing.sentences import sentences
from aistack.rag.wire import Answer, Citation, Hit, Sentence

SUPPORT_MIN = 0.55
CITATIONS_OF_SENTENCE_MAX = 3
MARK = re.compile(r"[\[【]\s*(\d{1,3}(?:\s*[,，、]\s*\d{1,3})*)\s*[\]】]")
ENDS_IN_MARK = re.compile(r"[\[【][\d\s,，、]*\Z")


CitedSentence = tuple[Sentence, list[Citation]]  # the sentence, and the citations that it is the first to use


@dataclass(frozen=True, slots=True)
class Passage:
    """A hit under the number that the model cites, with its text and headings, and their terms and numbers."""

    number: int
    hit: Hit
    text: str
    terms: frozenset[str]
    numbers: frozenset[str]
    sentences: Sequence[tuple[frozenset[str], bool]]  # the terms of each sentence, and whether it is negated

    def supports(self, stated: Stated, terms: frozenset[str], negated: bool) -> float:
        """The share of a sentence's terms that the passage has; 0 if it does not have what the sentence states."""
        if not stated.numbers <= self.numbers or not stated.all_literals_in(self.text):
            return 0.0
        if any(not any(same_name(name, term) for term in self.terms) for name in stated.names):
            return 0.0
        closest = max(self.sentences, key=lambda one: len(one[0] & terms), default=(frozenset(), negated))
        equal = [one for one in self.sentences if len(one[0] & terms) == len(closest[0] & terms)]
        if all(one[1] != negated for one in equal or (closest,)) and len(closest[0] & terms) > len(terms) / 2:
            return 0.0
        return len(terms & self.terms) / len(terms)

    def has_code(self, code: str) -> bool:
        """Whether all lines of a code block stand in the passage."""
        held = {" ".join(line.split()) for line in self.text.splitlines()}
        lines = [" ".join(line.split()) for line in code.splitlines() if not line.lstrip().startswith(("```", "~~~"))]
        return any(lines) and all(line in held for line in lines if line)


def numbered_passages(hits: Sequence[Hit]) -> list[Passage]:
    """The hits, numbered from 1."""
    return [_passage(number, hit) for number, hit in enumerate(hits, 1)]


def _passage(number: int, hit: Hit) -> Passage:
    text = "\n".join((hit.title, hit.name, *hit.heading, hit.text))
    found = [hit.text[start:end] for start, end in sentences(hit.text)]
    polarity = [(frozenset(index_terms(one)), is_negated(one)) for one in found]
    return Passage(number, hit, text, frozenset(index_terms(text)), numbers_in(text), polarity)


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

    def __init__(self, passages: Sequence[Passage]) -> None:
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
        shares = {one.number: one.supports(stated, terms, negated) for one in self._passages}
        supporting = [one for one in self._passages if shares[one.number] >= SUPPORT_MIN]
        cited = [one for one in supporting if one.number in marks]
        return cited[:CITATIONS_OF_SENTENCE_MAX] or sorted(supporting, key=lambda one: -shares[one.number])[:1]

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

