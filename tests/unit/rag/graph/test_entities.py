"""Entities of texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from aistack.rag.graph.entities import UNCONFIRMED, extract
from aistack.rag.parsing.document import Block, ParsedDocument
from tests.properties import examples

WORDS = (
    "J.", "A.", "B", "van", "der", "of", "the", "Plan", "Alpha", "alpha", "Inc.", "Dr.", "'s", "U.S.", "x", ".", ",",
    "2024", "(", ")", "ACME", "and", "中国", "北京", "\n", "\n\n",
)  # fmt: skip


def names(text: str) -> list[str]:
    document = ParsedDocument(text, "", "text/plain", [Block(0, len(text))])
    (found,) = extract(document, [(0, len(text))])
    return [one[1] for one in found.mentions if UNCONFIRMED not in one]


@pytest.mark.parametrize("text", ["We choose plan B. it", "See annex A. here is more.", "Vitamin C. then"])
def test_what_follows_a_letter_and_a_full_stop_is_a_name_only_with_a_capital(text: str):
    assert all(not name.endswith((" it", " here", " is", " then")) for name in names(text))


@examples(300)
@given(some.lists(some.sampled_from(WORDS), min_size=1, max_size=30))
def test_no_text_is_too_odd(words: list[str]):
    names(" ".join(words))


def phrases(text: str) -> list[tuple[str, str, str]]:
    document = ParsedDocument(text, "", "text/plain", [Block(0, len(text))])
    (found,) = extract(document, [(0, len(text))])
    return [(source, phrase, target) for source, target, phrase, *_ in found.links if phrase]


@pytest.mark.parametrize(
    "text",
    [
        "We know that Ada Lovelace was not born in New York.",
        "It is false that Ada Lovelace founded Acme Corp.",
        "He denied that Ada Lovelace worked for Acme Corp.",
        "The rumour says that Ada Lovelace founded Acme Corp.",
        "We know that Ada Lovelace never worked for Acme Corp.",
        "有谣言称马云创办了腾讯公司。",
        "马云没有创办腾讯公司。",
    ],
)
def test_what_is_negated_or_quoted_as_false_is_no_relation(text: str):
    assert phrases(text) == []


def test_what_is_stated_is_a_relation():
    assert ("ada lovelace", "worked for", "acme corp") in phrases("We know that Ada Lovelace worked for Acme Corp.")


def test_a_last_name_stands_for_the_person_except_where_a_place_would():
    text = "Here George Washington took the oath. Then Washington spoke. He lived near Washington for years."
    document = ParsedDocument(text, "", "text/plain", [Block(0, len(text))])
    (found,) = extract(document, [(0, len(text))])
    assert {key: count for key, _, kind, count in found.mentions if kind != "date"} == {
        "george washington": 2,
        "washington": 1,
    }
