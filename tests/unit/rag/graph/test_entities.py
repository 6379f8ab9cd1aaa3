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
