"""Snowball stemmers, chosen by the script of a word: English for Latin letters, Russian, Arabic, Greek and Hindi."""

from functools import cache, lru_cache
from typing import Any

import snowballstemmer  # pyright: ignore[reportMissingTypeStubs] -- it has none

SCRIPTS = (("\u0400", "\u04ff", "russian"), ("\u0600", "\u06ff", "arabic"), ("\u0370", "\u03ff", "greek"),
           ("\u0900", "\u097f", "hindi"))  # fmt: skip


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The stem of a lower-case word."""
    if not word.isascii():
        language = next((name for first, last, name in SCRIPTS if first <= word[0] <= last), "english")
        return str(_stemmer(language).stemWord(word))
    return str(_stemmer("english").stemWord(word))


@cache
def _stemmer(language: str) -> Any:
    return snowballstemmer.stemmer(language)  # pyright: ignore[reportUnknownMemberType] -- no stubs
