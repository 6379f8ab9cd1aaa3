"""Words of schemas in Chinese and English: a glossary of its own beside this file, a line a meaning."""

from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("glossary.tsv")
CHINESE_MAX = 8


@cache
def _both() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    chinese: dict[str, list[str]] = {}
    english: dict[str, list[str]] = {}
    for line in FILE.read_text("utf-8").splitlines():
        left, _, right = line.partition("\t")
        for word in left.split(","):
            for said in right.split(","):
                chinese.setdefault(word, []).append(said)
                english.setdefault(said, []).append(word)
    return chinese, english


@cache
def english_words() -> frozenset[str]:
    """The single words of the glossary."""
    return frozenset(word for phrase in _both()[0] for word in phrase.split())


def translations(phrase: str) -> list[str]:
    """The phrase in the other language, the most usual first; none when the glossary lacks it."""
    chinese, english = _both()
    return chinese.get(phrase) or chinese.get(phrase.removesuffix("s")) or english.get(phrase) or []


def chinese_words_in(text: str) -> list[str]:
    """The words of the glossary in a Chinese text, the longest from each place on."""
    english = _both()[1]
    found: list[str] = []
    at = 0
    while at < len(text):
        word = next((text[at : at + n] for n in range(CHINESE_MAX, 0, -1) if text[at : at + n] in english), "")
        if word:
            found.append(word)
        at += len(word) or 1
    return found


def alike(phrase: str) -> list[str]:
    """Words of the same language with a translation in common, so most likely of like meaning."""
    chinese, english = _both()
    back = chinese if phrase in english and phrase not in chinese else english
    found = dict.fromkeys(word for said in translations(phrase) for word in back.get(said, ()))
    return [word for word in found if word != phrase]
