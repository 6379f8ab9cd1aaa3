"""Tokens and numbers of a question."""

import pytest

from aistack.ai.text.numbers import number_at
from aistack.ai.text.tokens import normalized, tokenize


def forms(text: str) -> list[str]:
    return [unit.form for unit in tokenize(normalized(text))]


def test_words_are_compared_by_their_stems_and_chinese_by_characters():
    assert forms("Orders paid") == forms("order PAID")
    assert forms("订单Kiel的") == ["订", "单", "kiel", "的"]


def test_quotes_are_one_token_and_possessives_are_split():
    assert forms('city "New York" of the customer\'s') == ["citi", "New York", "of", "the", "custom", "'s"]
    assert forms("城市“纽约”") == ["城", "市", "纽约"]


@pytest.mark.parametrize(("text", "number"), [
    ("1,000", 1000), ("2.5 million", 2_500_000), ("three", 3), ("两百", 200), ("3.5万", 35_000), ("十二", 12),
    ("一千零五", 1005), ("二十", 20), ("1.2亿", 120_000_000), ("10k", 10_000),
])  # fmt: skip
def test_numbers(text: str, number: float):
    found = number_at([token.text for token in tokenize(normalized(text))], 0)
    assert found is not None
    assert found[0] == pytest.approx(number)
