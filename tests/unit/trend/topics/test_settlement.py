"""Topics are the same in whatever order documents arrive, and keep their ids."""

import random

from hypothesis import given
from hypothesis import strategies as st

from aistack.trend.topics.clustering import StreamDocument
from aistack.trend.topics.near_duplicates import copies, signature
from aistack.trend.topics.settlement import SettledTopic, WindowDocument, matched, settlement_of
from aistack.trend.topics.terms import document_terms, term_of, written_forms

STORIES = ("earthquake coast rescue", "interest rates inflation", "football final penalty", "strike airport pilots")


def window(seed: int, count: int = 40) -> list[WindowDocument]:
    chance = random.Random(seed)
    made: list[WindowDocument] = []
    for key in range(count):
        story = STORIES[key % len(STORIES)]
        text = f"{story} {' '.join(f'w{chance.randrange(500)}' for _ in range(15))}"
        stream = StreamDocument(key, chance.random() * 86_400, f"{key:04}", document_terms(story, text))
        made.append(WindowDocument(stream, story, signature(story, text)))
    return made


def groups(documents: list[WindowDocument]) -> set[frozenset[int]]:
    return {frozenset(topic.keys) for topic in settlement_of(documents).topics}


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
    documents = [WindowDocument(StreamDocument(1, 0.0, "a", {}), "", signature("", "")), *window(5)[2:]]
    assert {key for group in groups(documents) for key in group} == {one.stream.key for one in documents}


def test_a_topic_keeps_the_id_of_the_one_with_most_of_its_documents():
    topics = [SettledTopic([1, 2, 3], "", []), SettledTopic([4, 5], "", []), SettledTopic([6], "", [])]
    before = {1: "a", 2: "a", 3: "b", 4: "b", 5: "b", 9: "c"}
    assert matched(topics, before) == ["a", "b", None]
    assert matched([SettledTopic([1], "", []), SettledTopic([2, 3], "", [])], {1: "a", 2: "a", 3: "a"}) == [None, "a"]


def test_nearly_equal_texts_are_copies_of_the_first():
    text = " ".join(f"word{number}" for number in range(100))
    documents = [
        (1, signature("Title", text)),
        (2, signature("Title", f"{text} (agency)")),
        (3, signature("Other", text[:300])),
        (4, signature("Something", "else entirely, with words of its own")),
    ]
    assert copies(documents) == {2: 1}


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
