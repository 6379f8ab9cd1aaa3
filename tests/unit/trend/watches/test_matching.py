"""The watch language."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aistack.trend.watches.matching import Matcher, Subject, guessed_language, normalized, test_of
from aistack.trend.watches.wire import Group, WatchQuery

test_of.__test__ = False


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        ("ai", "training", False), ("AI", "AI芯片", True), ("ai", "用AI做", True), ("ai", "an ai-based tool", True),
        ("c++", "the new C++ standard", True), ("chip*", "Chips rise", True), ("chip", "chips", False),
        ("interest rates", "Interest\n rates up", True), ("ＧＰＴ", "gpt", True), ("naïve", "NAÏVE", True),
        ("京东", "北京东路", False), ("京东", "京东方扩产", False), ("京东", "京东发布财报", True),
        ("智能", "人工智能芯片", True), ("上海", "上海市政府", True), ("人民", "人民币升值", False),
        ("英伟达", "昨天英伟达推出人工智能芯片", True), ("华为", "中华为先", False), ("小米", "大小米饭", False),
        ("小米", "小米汽车", True), ("/gpt-?[0-9]/", "GPT5 is out", True), ("/^breaking/", "not breaking", False),
    ],
)  # fmt: skip
def test_a_term_is_whole_words(term: str, text: str, found: bool):
    assert test_of(term)(normalized(text)) is found


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*b", "([a-z]+)*0", "a*a*a*a*a*a*b", "(.*)(.*)(.*)(.*)x"])
def test_no_pattern_is_catastrophic(pattern: str):
    test = test_of(f"/x{pattern}/")
    assert test("xa" * 10_000) in (True, False)


@given(st.text(max_size=60), st.text(max_size=200))
def test_any_text_is_a_term_or_is_refused_with_its_reason(term: str, text: str):
    with contextlib.suppress(ValueError):
        assert test_of(term)(normalized(text)) in (True, False)


def test_groups_say_which_of_them_matches():
    query = WatchQuery(
        groups=[
            Group(name="Chips", all_of=["chip*"], any_of=["export", "出口"], none_of=["potato"]),
            Group(name="Banks", any_of=["bank"]),
        ],
        none_of=["advert"],
    )
    matcher = Matcher(query)

    def group(text: str) -> str | None:
        return matcher.group_of(Subject(normalized(text), "en", "", "", ""))

    assert group("Chip export falls") == "Chips"
    assert group("Chip makers") is None
    assert group("Potato chip export") is None
    assert group("Bank on chips") == "Banks"
    assert group("Advert: bank") is None


def test_the_language_is_guessed_from_the_script():
    texts = {"en": "Rates rise", "zh": "央行降息", "ja": "日本のニュース", "ko": "한국 소식", "ru": "Новости дня"}
    assert {text: guessed_language(text) for text in texts.values()} == {text: one for one, text in texts.items()}
