"""Sentences of answers, and times and packed points on their way to the worker process."""

import re
import string
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import aistack.trend
from aistack.trend.routes.requests import chosen_language
from aistack.trend.series.findings import Statement
from aistack.trend.series.packed import PackedPoints
from aistack.trend.series.wording import WORDS, length_in_words, worded
from tests.properties import examples

SOURCE = Path(aistack.trend.__file__).parent


def test_every_statement_of_the_service_has_words():
    named = {code for path in SOURCE.rglob("*.py") for code in re.findall(r'Statement\("(\w+)"', path.read_text())}
    assert named <= WORDS.keys()


@pytest.mark.parametrize("code", WORDS)
def test_both_languages_say_the_same_values(code: str):
    english, chinese = ({name for _, name, _, _ in string.Formatter().parse(text) if name} for text in WORDS[code])
    assert english == chinese


def test_a_sentence_in_both_languages():
    said = Statement("gaps_filled", {"count": 3, "longest": 2})
    assert worded(said) == "Steps without a value: 3, at most 2 in a row; they were interpolated."
    assert worded(said, "zh") == "3 个时间步没有数值，已用插值补齐，最长连续 2 步。"
    naive = Statement("no_better_than_naive", {"baseline": "seasonal naive 24"})
    assert "重复 24 步之前的数值" in worded(naive, "zh")


def test_lengths_are_in_whole_units():
    assert [length_in_words(one) for one in (3600, 86_400, 7 * 86_400, 5400, 0.5)] == [
        "1 hour", "1 day", "1 week", "90 minutes", "0.5 s",
    ]  # fmt: skip
    assert length_in_words(172_800, "zh") == "2 天"


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"), ("zh", "zh"), ("zh-CN,en;q=0.8", "zh"), ("de, en;q=0.5, zh;q=0.9", "zh"), ("en-US,zh;q=0.9", "en"),
        ("zh;q=0, en;q=0.1", "en"), ("zh;q=oops", "en"), ("*", "en"), (",,;q=", "en"),
    ],
)  # fmt: skip
def test_the_preferred_language_is_chosen(accepted: str, language: str):
    assert chosen_language(None, accepted) == language
    assert chosen_language("zh", accepted) == "zh"


@examples(50)
@given(st.lists(st.tuples(st.integers(-(2**62), 2**62), st.floats(allow_nan=False)), max_size=50))
def test_packed_points_come_back_as_they_were(rows: list[tuple[int, float]]):
    points = PackedPoints()
    points.add(rows)
    again = PackedPoints.from_wire(points.to_wire())
    assert list(zip(again.times, again.values, strict=True)) == rows


def test_the_service_starts_without_numpy():
    checked = "import sys, aistack.trend.app; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", checked], check=False).returncode == 0
