"""Identifiers as words: `OrderDetails`, `order_details` and `orderdetails` alike."""

import re
from functools import lru_cache

from aistack.ai.schema.glossary import english_words
from aistack.ai.text.english_nouns import possible_singulars

WORD = re.compile(r"[A-Za-z]+|\d+|[\u3040-\u30ff\u3400-\u9fff]+")
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
PART_LETTERS_MIN = 3
COMMON = frozenset(["id", "at", "on", "of", "to", "is", "no", "by", "key"])


@lru_cache(maxsize=50_000)
def _words(identifier: str) -> tuple[str, ...]:
    words = [word.lower() for word in WORD.findall(CAMEL.sub(" ", identifier))]
    return tuple(part for word in words for part in _split_joined(word))


def identifier_words(identifier: str) -> list[str]:
    """Its words in lower case; a run of Chinese is one word. Joined words are split if the glossary has every part."""
    return list(_words(identifier))


def _split_joined(word: str) -> list[str]:
    known = english_words()
    if len(word) < 2 * PART_LETTERS_MIN or not word.isascii() or _is_known(word):
        return [word]
    if word.endswith("id") and word[:-2] in known:
        return [word[:-2], "id"]
    for end in range(len(word) - PART_LETTERS_MIN, PART_LETTERS_MIN - 1, -1):
        if word[:end] in known:
            rest = _split_joined(word[end:])
            if all(_is_known(one) for one in rest):
                return [word[:end], *rest]
    return [word]


def is_word(word: str) -> bool:
    """Whether it means something by itself: a word of the glossary, a number, or one that is not English."""
    return word in COMMON or not word.isascii() or word.isdigit() or _is_known(word)


def _is_known(word: str) -> bool:
    return not english_words().isdisjoint((word, *possible_singulars(word)))
