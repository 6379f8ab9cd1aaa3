"""From text to index terms, Chinese and English.

Latin words are lower-cased, stripped of accents and stemmed (Snowball's English stemmer). Runs of Han, Kana or Hangul
become overlapping pairs of characters, as in Lucene's CJKAnalyzer. This needs no dictionary and misses no unknown word.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import snowballstemmer  # pyright: ignore[reportMissingTypeStubs] -- it has none

CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af\U00020000-\U0003134f"
TOKEN = re.compile(f"[{CJK}]+|[^\\W_{CJK}]+")
IS_CJK = re.compile(f"[{CJK}]")
TERM_CHARACTERS_MAX = 64
QUERY_TERMS_MAX = 128

_STOP_WORDS = """
a about above after again all am an and any are as at be because been before being below between both but by can
could did do does doing down during each few for from further had has have having he her here hers him his how i if
in into is it its itself just me more most my no nor not of off on once only or other our out over own please same
she should so some such tell than that the their them then there these they this those through to too under until
up very was we were what when where which while who whom why will with would you your
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())
CHINESE_QUESTION_WORDS = re.compile(
    "什么时候|什么样|为什么|是什么|什么|怎么样|怎么办|怎么|怎样|如何|为何|哪里|哪些|哪个|哪种|多少|是否|可不可以|可以|能否|请问|介绍一下"
    "|请介绍|解释一下|告诉我|一下|有没有|有哪些|是谁|我们|你们|他们|这个|那个|以及|或者|因为|所以|如果|但是|应该|[的了是吗呢吧啊谁几]"
)

_stemmer: Any = snowballstemmer.stemmer("english")  # pyright: ignore[reportUnknownMemberType] -- no stubs


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The English stem of a lower-case word."""
    return str(_stemmer.stemWord(word))


def tokens(text: str) -> Iterator[tuple[str, int, int]]:
    """All terms, including stop words, with the start and end of the characters that they come from."""
    for match in TOKEN.finditer(text):
        run, start = match.group(), match.start()
        if IS_CJK.match(run):
            if len(run) == 1:
                yield run, start, start + 1
            for offset in range(len(run) - 1):
                yield run[offset : offset + 2], start + offset, start + offset + 2
        else:
            yield _latin(run), start, match.end()


def index_terms(text: str) -> list[str]:
    """The terms to index of a text, in order, without stop words. Compatibility forms (full width) are normalized."""
    return [term for term, _, _ in tokens(unicodedata.normalize("NFKC", text)) if term not in STOP_WORDS]


def query_terms(text: str) -> list[str]:
    """The distinct terms of a query, at most QUERY_TERMS_MAX, without Chinese question and function words.

    These are removed before pairs are formed. If that leaves nothing, they are kept.
    """
    content = dict.fromkeys(index_terms(CHINESE_QUESTION_WORDS.sub(" ", text)))
    return list(content or dict.fromkeys(index_terms(text)))[:QUERY_TERMS_MAX]


def _latin(word: str) -> str:
    word = word.lower()
    if not word.isascii():
        decomposed = unicodedata.normalize("NFD", word)
        word = "".join(character for character in decomposed if not unicodedata.combining(character))
    if word in STOP_WORDS:
        return word
    return stem(word)[:TERM_CHARACTERS_MAX]
