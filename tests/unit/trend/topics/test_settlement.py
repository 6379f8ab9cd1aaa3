"""Topics are the same in whatever order documents arrive, and keep their ids."""

import base64
import json
import random
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aistack.trend.topics.document_window import DocumentWindow, WindowDocument
from aistack.trend.topics.near_duplicates import PERMUTATIONS, copies, signature
from aistack.trend.topics.settlement import matched, settle_file, settlement_of
from aistack.trend.topics.terms import document_terms, term_of, written_forms

STORIES = ("earthquake coast rescue", "interest rates inflation", "football final penalty", "strike airport pilots")


def window(seed: int, count: int = 40) -> list[WindowDocument]:
    chance = random.Random(seed)
    made: list[WindowDocument] = []
    for key in range(count):
        story = STORIES[key % len(STORIES)]
        text = f"{story} {' '.join(f'w{chance.randrange(500)}' for _ in range(15))}"
        at, terms = chance.random() * 86_400, document_terms(story, text)
        made.append(WindowDocument(key, at, f"{key:04}", story, signature(story, text), terms))
    return made


def groups(documents: list[WindowDocument]) -> set[frozenset[int]]:
    packed = DocumentWindow()
    for one in documents:
        packed.add(one)
    return {frozenset(topic.keys) for topic in settlement_of(packed).topics}


def test_the_order_of_arrival_does_not_matter():
    documents = window(7)
    expected = groups(documents)
    for seed in range(5):
        shuffled = documents.copy()
        random.Random(seed).shuffle(shuffled)
        assert groups(shuffled) == expected


def test_stories_are_told_apart():
    assert groups(window(3)) == {frozenset(range(first, 40, 4)) for first in range(4)}


def test_no_document_is_left_over():
    documents = [WindowDocument(1, 0.0, "a", "", signature("", ""), {}), *window(5)[2:]]
    assert {key for group in groups(documents) for key in group} == {one.key for one in documents}
    assert groups([]) == set()


def test_a_topic_keeps_the_id_of_the_one_with_most_of_its_documents():
    assert matched([[0, 1, 2], [3, 4], [5]], ["a", "a", "b", "b", "b", None]) == ["a", "b", None]
    assert matched([[0], [1, 2]], ["a", "a", "a"]) == [None, "a"]


def test_only_what_changed_is_written_again(tmp_path: Path):
    given, answer = tmp_path / "given", tmp_path / "answer"
    documents = window(3)
    topics: dict[int, str | None] = {}
    for expected in (40, 0):
        lines = [
            [
                one.key, one.at, one.digest, one.title, base64.b64encode(one.signature).decode(), "wire",
                topics.get(one.key), None, json.dumps(one.terms),
            ]
            for one in documents
        ]  # fmt: skip
        given.write_text("".join(json.dumps(line) + "\n" for line in lines))
        assert settle_file(given, answer) == {"documents": 40, "topics": 4, "ended": []}
        settled = [json.loads(line) for line in answer.read_text().splitlines()]
        assert sum(len(one["changed"]) for one in settled) == expected
        topics |= {key: f"topic-{number}" for number, one in enumerate(settled) for key, _ in one["changed"]}


def test_nearly_equal_texts_are_copies_of_the_first():
    text = " ".join(f"word{number}" for number in range(100))
    documents = [
        signature("Title", text),
        signature("Title", f"{text} (agency)"),
        signature("Other", text[:300]),
        signature("Something", "else entirely, with words of its own"),
    ]
    assert copies(np.frombuffer(b"".join(documents), "<u4").reshape(-1, PERMUTATIONS)) == {1: 0}


def test_terms_in_both_languages():
    terms = document_terms("英伟达股价大涨", "The Federal Reserve's rate cuts of 2024 in the U.S. and C3PO")
    assert {"英伟达", "股价", "feder", "reserv", "rate", "cut"} <= terms.keys()
    assert not {"the", "2024", "大"} & terms.keys()
    assert term_of("rate cuts") == "rate cut"
    assert (term_of("the"), term_of("")) == ("", "")
    assert written_forms(["Rate cuts", "rate cuts", "rate cut"])["rate cut"] == "rate cuts"


@given(st.text(max_size=200), st.text(max_size=400))
def test_no_text_is_an_error(title: str, text: str):
    assert all(weight > 0 for weight in document_terms(title, text).values())
    assert len(signature(title, text)) == 256
