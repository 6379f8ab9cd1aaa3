"""Checking what a model says against what it cites: a sentence stays only when a passage supports it.

A passage supports a sentence when it holds most of its content words and all of its numbers. A citation that does not
hold is replaced by a passage that does, if there is one; else the sentence goes. No second model is asked.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aistack.language.analysis import index_terms
from aistack.rag.answers.extractive import citation_of
from aistack.rag.parsing.sentences import sentences
from aistack.rag.wire import Answer, Citation, Hit, Sentence

SUPPORT_MIN = 0.55
CITATIONS_OF_SENTENCE_MAX = 3
MARK = re.compile(r"[\[【]\s*(\d{1,3}(?:\s*[,，、]\s*\d{1,3})*)\s*[\]】]")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
ENDS_IN_MARK = re.compile(r"[\[【][\d\s,，、]*\Z")


@dataclass(frozen=True, slots=True)
class Passage:
    """A hit as the model sees it, with what support is judged by."""

    number: int
    hit: Hit
    terms: frozenset[str]
    numbers: frozenset[str]


def passages_of(hits: Sequence[Hit]) -> list[Passage]:
    """Numbered from 1."""
    return [_passage(number, hit) for number, hit in enumerate(hits, 1)]


def _passage(number: int, hit: Hit) -> Passage:
    said = " ".join((hit.title, *hit.heading, hit.text))
    return Passage(number, hit, frozenset(index_terms(said)), _numbers(said))


class CheckedAnswer:
    """Takes the model's words as they come; gives each sentence once it is whole and was found to be supported."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self.sentences: list[Sentence] = []
        self.dropped = 0
        self._passages = passages
        self._text = ""
        self._citations: dict[int, Citation] = {}  # by passage number

    def take(self, piece: str) -> Iterator[tuple[Sentence, list[Citation]]]:
        """Sentences that are whole now, each with the citations that it is the first to use."""
        self._text += piece
        spans = list(sentences(self._text))
        if len(spans) < 2:
            return
        cut = spans[-1][0]
        said = _with_marks(self._text[:cut])
        if ENDS_IN_MARK.search(said[-1] if said else ""):
            return
        rest = self._text[cut:]
        leading = MARK.match(rest)  # marks after the full stop belong to the sentence before
        if leading is not None:
            said[-1] += leading.group()
            rest = rest[leading.end() :]
        elif rest.lstrip().startswith(("[", "【")):
            return  # a mark may be on its way
        self._text = rest
        yield from self._checked(said)

    def end(self) -> Iterator[tuple[Sentence, list[Citation]]]:
        """What is left at the end."""
        said, self._text = _with_marks(self._text), ""
        yield from self._checked(said)

    def answer(self) -> Answer:
        return Answer(
            mode="generated",
            answer=" ".join(
                f"{one.text} {''.join(f'[{number}]' for number in one.citations)}" for one in self.sentences
            ),
            sentences=self.sentences,
            citations=sorted(self._citations.values(), key=lambda one: one.number),
        )

    def _checked(self, said: list[str]) -> Iterator[tuple[Sentence, list[Citation]]]:
        for text in said:
            marks = [int(one) for mark in MARK.findall(text) for one in re.split(r"\D+", mark) if one]
            plain = re.sub(r"\s+([.。,，!！?？])", r"\1", MARK.sub("", text)).strip(" \n*-")
            if not index_terms(plain):
                continue
            found = self._support(plain, marks)
            if not found:
                self.dropped += 1
                continue
            new = [self._cite(one) for one in found if one.number not in self._citations]
            sentence = Sentence(text=plain, citations=[self._citations[one.number].number for one in found])
            self.sentences.append(sentence)
            yield sentence, new

    def _support(self, text: str, marks: Sequence[int]) -> list[Passage]:
        """The cited passages that support a sentence; where none does, the best other one that does."""
        terms = frozenset(index_terms(text))
        numbers = _numbers(text)
        shares = {
            one.number: len(terms & one.terms) / len(terms) if numbers <= one.numbers else 0.0 for one in self._passages
        }
        holding = [one for one in self._passages if shares[one.number] >= SUPPORT_MIN]
        cited = [one for one in holding if one.number in marks]
        return cited[:CITATIONS_OF_SENTENCE_MAX] or sorted(holding, key=lambda one: -shares[one.number])[:1]

    def _cite(self, passage: Passage) -> Citation:
        hit = passage.hit
        made = citation_of(len(self._citations) + 1, hit, hit.start, hit.end, hit.text)
        self._citations[passage.number] = made
        return made


def _with_marks(text: str) -> list[str]:
    """Sentences, each with the marks that stand right behind it."""
    said: list[str] = []
    for start, end in sentences(text):
        piece = text[start:end]
        leading = MARK.match(piece)
        if leading is not None and said:
            said[-1] += leading.group()
            piece = piece[leading.end() :].strip()
        if piece:
            said.append(piece)
    return said


def _numbers(text: str) -> frozenset[str]:
    return frozenset(one.replace(",", "").rstrip(".") for one in NUMBER.findall(text))
