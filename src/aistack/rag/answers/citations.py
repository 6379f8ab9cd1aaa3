"""Checks a model's citations: a sentence is kept only if a passage supports it.

A passage supports a sentence if it contains most of its content words and all of its numbers. A wrong citation is
replaced by a passage that supports the sentence; if there is none, the sentence is dropped. No second model is needed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aistack.language.analysis import index_terms
from aistack.rag.parsing.sentences import sentences
from aistack.rag.wire import Answer, Citation, Hit, Sentence

SUPPORT_MIN = 0.55
CITATIONS_OF_SENTENCE_MAX = 3
MARK = re.compile(r"[\[【]\s*(\d{1,3}(?:\s*[,，、]\s*\d{1,3})*)\s*[\]】]")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
ENDS_IN_MARK = re.compile(r"[\[【][\d\s,，、]*\Z")


CitedSentence = tuple[Sentence, list[Citation]]  # the sentence, and the citations that it is the first to use


@dataclass(frozen=True, slots=True)
class Passage:
    """A hit under the number that the model cites, with the terms and numbers of its text."""

    number: int
    hit: Hit
    terms: frozenset[str]
    numbers: frozenset[str]


def numbered_passages(hits: Sequence[Hit]) -> list[Passage]:
    """The hits, numbered from 1."""
    return [_passage(number, hit) for number, hit in enumerate(hits, 1)]


def _passage(number: int, hit: Hit) -> Passage:
    text = " ".join((hit.title, *hit.heading, hit.text))
    return Passage(number, hit, frozenset(index_terms(text)), _numbers(text))


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
            answer=" ".join(
                f"{one.text} {''.join(f'[{number}]' for number in one.citations)}" for one in self.sentences
            ),
            sentences=self.sentences,
            citations=sorted(self._citations.values(), key=lambda one: one.number),
        )

    def _supported(self, texts: list[str]) -> Iterator[CitedSentence]:
        for text in texts:
            marks = [int(one) for mark in MARK.findall(text) for one in re.split(r"\D+", mark) if one]
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
        terms = frozenset(index_terms(text))
        numbers = _numbers(text)
        shares = {
            one.number: len(terms & one.terms) / len(terms) if numbers <= one.numbers else 0.0 for one in self._passages
        }
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


def _numbers(text: str) -> frozenset[str]:
    return frozenset(one.replace(",", "").rstrip(".") for one in NUMBER.findall(text))
