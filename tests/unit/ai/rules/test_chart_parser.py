"""The chart parser with a small grammar."""

import pytest

from aistack.ai.rules.grammar.chart_parser import SKIP, Entry, Rule, expand_optional, parse

RULES = (
    *expand_optional("S", "NOUN WORD? S", lambda a, _, b: ((f"({a} {b})", 0.0),)),
    Rule("S", ("NOUN",), lambda a: ((a, 0.0),)),
)


def test_finds_the_cheapest_meaning():
    entries = [Entry(0, 1, "NOUN", "a"), Entry(1, 2, "NOUN", "b", 3.0), Entry(0, 2, "NOUN", "ab", 1.5)]
    assert parse(2, entries, RULES)["S"] == {"(a b)": 4.0, "ab": 1.5}


def test_skips_optional_parts_and_words_without_meaning():
    entries = [
        Entry(0, 1, SKIP, None, 0.1), Entry(1, 2, "NOUN", "a"), Entry(2, 3, "WORD", "w"), Entry(3, 4, "NOUN", "b"),
        Entry(4, 5, SKIP, None, 0.1),
    ]  # fmt: skip
    assert parse(5, entries, RULES)["S"] == {"(a b)": pytest.approx(3.2)}


def test_accounts_for_every_token():
    assert "S" not in parse(3, [Entry(0, 1, "NOUN", "a"), Entry(2, 3, "NOUN", "b")], RULES)
