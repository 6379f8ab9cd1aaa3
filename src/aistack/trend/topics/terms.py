"""The terms that say what a document is about: Chinese words, stems of Latin ones, and phrases of two."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from aistack.language.analysis import CJK, STOP_WORDS, stem

TITLE_WEIGHT = 2.0
TEXT_CHARACTERS = 4_000  # news tells what it is about at the beginning
TERMS_MAX = 80
TERM_CHARACTERS_MAX = 48
WORD = re.compile(f"[{CJK}]+|[^\\W_{CJK}]+(?:[-'’.&][^\\W_{CJK}]+)*")
HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
NUMBER = re.compile(r"[\d.,]+(?:st|nd|rd|th|s)?")
_CHINESE_STOP_WORDS = """
我们 你们 他们 它们 自己 这个 那个 这些 那些 什么 怎么 如何 为何 以及 或者 因为 所以 如果 但是 可以 没有 不是 就是
已经 正在 进行 通过 根据 对于 关于 其中 同时 此外 目前 今天 昨天 日前 近日 今年 去年 表示 认为 指出 介绍 相关 有关
方面 问题 情况 工作 时候 可能 需要 成为 一个 一些 一种 记者 报道 消息 来源 编辑 责任编辑 图片 点击 查看 更多 全文
原标题 公司 市场 万元 亿元 百分点 不能 不会 还是 只是 由于 其他 之后 之前 以来 以上 以下 左右 其实 非常 十分 特别
现在 当时 开始 继续 出现 发现 发生 进入 达到 超过 获得 取得 提出 提供 实现 推出 发布 宣布
"""
_NEWS_STOP_WORDS = """
said says say year years day days week month today yesterday new one two three first last also may might make makes
made get gets take takes many much still even back since per via amid however while read story news report reports
reported reporter mr mrs ms dr monday tuesday wednesday thursday friday saturday sunday january february march april
june july august september october november december reuters ap afp photo image click http https www com
"""
CHINESE_STOP_WORDS = frozenset(_CHINESE_STOP_WORDS.split())
ENGLISH_STOP_WORDS = STOP_WORDS | frozenset(_NEWS_STOP_WORDS.split())
FUNCTION_CHARACTERS = frozenset(
    "的了是在和与及或也都而就不有无为以于从到对将被把让向比等着过吗呢吧啊这那其之所每各年月日时分万亿个名次第一二三四五六七八九十"
)


class Word(NamedTuple):
    """`term` is empty for stop words, numbers, and the end of a sentence."""

    term: str
    written: str


GAP = Word("", "")


def document_terms(title: str, text: str) -> dict[str, float]:
    """Terms with their weights in the document, the heaviest first: 1 + log of the count, and more for the title's."""
    head, body = list(_words(title)), list(_words(text[:TEXT_CHARACTERS]))
    counts = Counter(word.term for word in body if word.term)
    weights = {term: 1 + math.log(count) for term, count in counts.items()}
    for phrase, count in Counter(phrase.term for phrase in _phrases(body)).items():
        if count > 1:
            weights[phrase] = 1 + math.log(count)
    for term in dict.fromkeys(word.term for word in (*head, *_phrases(head)) if word.term):
        weights[term] = weights.get(term, 0.0) + TITLE_WEIGHT
    heaviest = sorted(weights.items(), key=lambda one: (-one[1], one[0]))[:TERMS_MAX]
    return {term: round(weight, 3) for term, weight in heaviest}


def written_forms(texts: Iterable[str]) -> dict[str, str]:
    """How the terms of some texts are written most often."""
    forms: dict[str, Counter[str]] = {}
    for text in texts:
        words = list(_words(text))
        for word in (*words, *_phrases(words)):
            if word.term:
                forms.setdefault(word.term, Counter())[word.written] += 1
    return {term: max(counts.items(), key=lambda one: (one[1], one[0]))[0] for term, counts in forms.items()}


def term_of(written: str) -> str:
    """The term that a word, or a phrase of two words, stands for; empty if it says nothing about a document."""
    words = list(_words(written))
    found = [word for word in words if word.term]
    if len(found) == 2 == len(words):
        return next(_phrases(words)).term
    return found[0].term if len(found) == 1 else ""


def _words(text: str) -> Iterator[Word]:
    """The words of a text in order, with GAP for stop words and between sentences."""
    end = 0
    normalized = unicodedata.normalize("NFKC", text)
    for match in WORD.finditer(normalized):
        if re.search(r"[^\s\-/]", normalized[end : match.start()]):
            yield GAP
        end = match.end()
        if HAN.match(match.group()):
            yield from _chinese(match.group())
        else:
            yield _latin(match.group())


@lru_cache(maxsize=20_000)
def _latin(written: str) -> Word:
    written = re.sub("['’]s$", "", written.strip(".-'’&"))
    lowered = written.lower()
    is_code = written.isupper() and len(written) > 1
    if (lowered in ENGLISH_STOP_WORDS and not is_code) or NUMBER.fullmatch(lowered) or len(lowered) < 2:
        return GAP
    plain = "".join(one for one in unicodedata.normalize("NFD", lowered) if not unicodedata.combining(one))
    return Word((plain if is_code else stem(plain))[:TERM_CHARACTERS_MAX], written)


def _chinese(run: str) -> Iterator[Word]:
    """Words of at least two characters. A single one and the word after it are one: a name the dictionary lacks."""
    pieces = iter(_segmenter().cut(run))
    for piece in pieces:
        word = piece
        if len(piece) == 1 and piece not in FUNCTION_CHARACTERS:
            word += next(pieces, "")
        is_word = 1 < len(word) <= TERM_CHARACTERS_MAX and word not in CHINESE_STOP_WORDS
        yield Word(word, word) if is_word and word[-1] not in FUNCTION_CHARACTERS else GAP


def _phrases(words: list[Word]) -> Iterator[Word]:
    for first, second in pairwise(words):
        if first.term and second.term and first.term != second.term:
            space = "" if HAN.match(second.written) and HAN.match(first.written[-1]) else " "
            yield Word(f"{first.term} {second.term}", f"{first.written}{space}{second.written}")


@cache
def _segmenter() -> Any:
    import rjieba  # pyright: ignore[reportMissingTypeStubs] -- it has none

    return rjieba
