"""Chinese terms: single characters and pairs for the index; for a query its words without question and function words.

A segmenter (rjieba, 30 MB) tells the question word 几 from the one in 几何. It is loaded for the first Chinese query.
Kana and Hangul become pairs too, as in Lucene's CJKAnalyzer, and so do the scripts of Southeast Asia.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from aistack.language.characters import HAN, HANGUL, KANA, SOUTHEAST_ASIAN

_QUESTION_WORDS = """
什么 什么样 什么时候 时候 为什么 怎么 怎么样 怎么办 怎样 如何 为何 何时 何处 何地 何人 哪里 哪儿 哪些 哪个
哪种 哪 哪位 哪一个 哪年 哪一年 几 几个 几种 几次 几岁 多少 多少个 多大 多长 多久 多高 多远 是否 可不可以 可以
能否 能不能 请问 请 介绍 介绍一下 解释 告诉 告诉我 一下 有没有 有 是谁 谁 是什么 吗 呢 吧 啊 的 了 是 在 和 与
及 我 你 您 他 她 它 我们 你们 他们 她们 它们 这个 那个 这 那 这些 那些 以及 或者 或 因为 所以 如果 但是 应该
就 都 也 被 把 对 对于 关于 从 到 于 之 其 其中 叫 叫做 要 会 能 不 中
"""
QUESTION_WORDS = frozenset(_QUESTION_WORDS.split())
RUN = re.compile(f"[{HAN}]+|[{KANA}]+|[{HANGUL}]+|[{SOUTHEAST_ASIAN}]+")
_HAN_ONLY = re.compile(f"[{HAN}]+")
_SINGLE = re.compile(f"[{HAN}{HANGUL}]")
_LINE_END = re.compile(rf"(?<=[{HAN}{KANA}])[ \t]*\r?\n[ \t]*(?=[{HAN}{KANA}])")
_SPACE = re.compile(rf"(?<=[{HAN}{KANA}])[ \t]*(?:\r?\n)?[ \t]*(?=[{HAN}{KANA}])(?![零〇一二三四五六七八九十])")


def joined_lines(text: str, *, spaces: bool) -> str:
    """The text with words joined over the end of a line and, if `spaces`, over spaces between characters."""
    return (_SPACE if spaces else _LINE_END).sub("", text)


def index_terms(run: str) -> Iterator[str]:
    """The terms of a run of characters without spaces or punctuation, for the index."""
    if _SINGLE.match(run) or len(run) == 1:
        yield from run
    for at in range(len(run) - 1):
        yield run[at : at + 2]


def query_terms(run: str) -> Iterator[str]:
    """The pairs of a run, or the character if it is only one."""
    if len(run) == 1:
        yield run
    for at in range(len(run) - 1):
        yield run[at : at + 2]


def content_runs(text: str) -> str:
    """A query without its Chinese question and function words: what they separated stays apart."""
    return _HAN_ONLY.sub(lambda match: _content(match.group()), text)


def _content(run: str) -> str:
    words = _segmenter().cut(run)
    return "".join(" " if word in QUESTION_WORDS else word for word in words)


@cache
def _segmenter() -> Any:
    import rjieba

    return rjieba
