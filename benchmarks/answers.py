"""Extractive answers over published questions, each paragraph a document, asked through the rag service with no model.

`qa/squad2_sample.json` (SQuAD 2: English, with questions that the paragraphs do not answer) and
`qa/cmrc2018_trial.json` (CMRC 2018: Chinese) in the folder of `benchmarks.datasets`; `$BENCH_QA` names another folder
with files of this form. An answer is right if it holds a gold span. The paragraphs are split in two by a hash of their
text: settings are chosen on the seen half, and the unseen half shows how other questions fare. In a second trial, every
other paragraph is left out: its questions are not answered by the documents.
"""

import asyncio
import hashlib
import json
import os
import re
import string
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.datasets import FOLDER
from benchmarks.rag.service import Service, service
from benchmarks.report import Row, skip

SETS = {"SQuAD 2 (English)": "squad2_sample.json", "CMRC 2018 (Chinese)": "cmrc2018_trial.json"}
HOLDS_BARS = {"SQuAD 2 (English)": ">= 0.9", "CMRC 2018 (Chinese)": ">= 0.85"}
LENGTH_BARS = {"SQuAD 2 (English)": "<= 300", "CMRC 2018 (Chinese)": "<= 120"}
WRONG_BAR = "<= 0.1"
ARTICLES = re.compile(r"\b(?:a|an|the)\b")
PUNCTUATION = re.compile(rf"[{re.escape(string.punctuation)}\u2013\u2014\u2018\u2019\u201c\u201d]|[^\w\s]")
SMALL = (
    ("The lamp of Skerry Bell was lit in 1871. Its keeper was John Marsh, who came from Kiel.", (
        ("When was the lamp of Skerry Bell lit?", ("1871",)), ("Who built the bridge of Ulm?", ()),
    )),
    ("The fog horn of Rock Ness sounds twice a minute. It is tested on Mondays.", (
        ("How often does the fog horn of Rock Ness sound?", ("twice a minute",)),
    )),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """A question about a paragraph, with the spans that answer it: none if the paragraph does not."""

    paragraph: str
    text: str
    gold: tuple[str, ...]

    @property
    def half(self) -> str:
        return ("seen", "unseen")[_digest(self.paragraph)[0] % 2]

    @property
    def is_left_out(self) -> bool:
        """Whether the second trial leaves the paragraph out."""
        return bool(_digest(self.paragraph)[1] % 2)


@dataclass(slots=True)
class Score:
    """Counts over questions, and the lengths of the answers in characters."""

    right: int = 0
    answerable: int = 0
    answered: int = 0
    unanswerable: int = 0
    lengths: list[int] = field(default_factory=list[int])

    def add(self, question: Question, is_answerable: bool, answer: str) -> None:
        if answer:
            self.lengths.append(len(answer))
        if is_answerable:
            self.answerable += 1
            self.right += holds(answer, question.gold)
        else:
            self.unanswerable += 1
            self.answered += bool(answer)


def normalized(text: str) -> str:
    """As SQuAD's scorer does: lower case, without articles, punctuation and repeated white space."""
    text = PUNCTUATION.sub(" ", unicodedata.normalize("NFKC", text).casefold())
    text = " ".join(ARTICLES.sub(" ", text).split())
    return re.sub(r"(?<=[\u3400-\u9fff]) | (?=[\u3400-\u9fff])", "", text)


def holds(answer: str, gold: Iterable[str]) -> bool:
    """Whether the answer contains a gold span, both normalized."""
    return any(normalized(one) in normalized(answer) for one in gold if normalized(one))


def questions(path: Path) -> list[Question]:
    """The questions of a file in SQuAD's form."""
    articles = json.loads(path.read_text("utf-8"))["data"]
    return [
        Question(paragraph["context"], one["question"], tuple(answer["text"] for answer in one["answers"]))
        for article in articles
        for paragraph in article["paragraphs"]
        for one in paragraph["qas"]
        if one["question"].strip()
    ]


def run(quick: bool) -> list[Row]:
    if quick:
        small = [Question(text, asked, gold) for text, every in SMALL for asked, gold in every]
        return asyncio.run(_trials("small", small))
    folder = Path(os.environ.get("BENCH_QA", FOLDER / "qa"))
    rows: list[Row] = []
    for name, file in SETS.items():
        if (folder / file).exists():
            rows += asyncio.run(_trials(name, questions(folder / file)))
        else:
            skip(f"{name}: {folder / file} is missing")
    return rows


async def _trials(name: str, asked: Sequence[Question]) -> list[Row]:
    rows: list[Row] = []
    async with service() as rag:
        await _fill(rag, (one.paragraph for one in asked))
        scores = await _scores(rag, asked, left_out=False)
        for half, score in sorted(scores.items()):
            rows += _rows(f"{name}, {half}", score, LENGTH_BARS.get(name, ""), HOLDS_BARS.get(name, ""))
    async with service() as rag:
        await _fill(rag, (one.paragraph for one in asked if not one.is_left_out))
        scores = await _scores(rag, [one for one in asked if one.gold], left_out=True)
        for half, score in sorted(scores.items()):
            rows += _rows(f"{name}, every other paragraph left out, {half}", score)
    return rows


async def _fill(rag: Service, paragraphs: Iterable[str]) -> None:
    await rag.fill({f"{number}.txt": text.encode() for number, text in enumerate(dict.fromkeys(paragraphs))})


async def _scores(rag: Service, asked: Sequence[Question], left_out: bool) -> dict[str, Score]:
    scores: dict[str, Score] = {}
    log = os.environ.get("BENCH_ANSWERS")
    for one in asked:
        is_answerable = bool(one.gold) and not (left_out and one.is_left_out)
        response = await rag.http.post("/v1/rag/answer", json={"question": one.text})
        given = response.raise_for_status().json()
        answer = " ".join(sentence["text"] for sentence in given["sentences"])
        scores.setdefault(one.half, Score()).add(one, is_answerable, answer)
        if log:
            with Path(log).open("a") as out:
                right = holds(answer, one.gold) if is_answerable else not answer
                told = {"half": one.half, "answerable": is_answerable, "right": right, "left_out": left_out}
                told |= {"question": one.text, "gold": one.gold, "answer": answer}
                out.write(json.dumps(told, ensure_ascii=False) + "\n")
    return scores


def _rows(label: str, score: Score, length_bar: str = "", holds_bar: str = "") -> list[Row]:
    rows: list[Row] = []
    if score.answerable:
        share = round(score.right / score.answerable, 3)
        rows.append(Row(f"{label}: answer holds the gold span, of {score.answerable}", share, "", holds_bar))
    if score.unanswerable:
        share = round(score.answered / score.unanswerable, 3)
        rows.append(Row(f"{label}: wrongly answered, of {score.unanswerable}", share, "", WRONG_BAR))
    if score.lengths:
        mean = round(sum(score.lengths) / len(score.lengths))
        rows.append(Row(f"{label}: mean length of an answer", mean, "characters", length_bar))
    return rows


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
