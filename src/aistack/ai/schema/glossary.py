"""Words of schemas and of values in Chinese and English: two glossaries beside this file, a line a meaning."""

from functools import cache
from pathlib import Path

SCHEMAS, VALUES = "glossary.tsv", "values.tsv"
CHINESE_MAX = 8


@cache
def _both(name: str = SCHEMAS) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    chinese: dict[str, list[str]] = {}
    english: dict[str, list[str]] = {}
    for line in Path(__file__).with_name(name).read_text("utf-8").splitlines():
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
    found = chinese.get(phrase) or english.get(phrase)
    return found or [said for one in singulars(phrase) for said in chinese.get(one, ())]


def value_translations(value: str) -> list[str]:
    """A place, a state of things, ... in the other language, in lower case."""
    found = _both(VALUES)[1].get(value) or _values_in_lower_case().get(value.lower()) or ()
    return [one.lower() for one in found]


@cache
def _values_in_lower_case() -> dict[str, list[str]]:
    return {one.lower(): said for one, said in _both(VALUES)[0].items()}


def singulars(word: str) -> list[str]:
    """What the word may be the plural of."""
    if word.endswith("ies"):
        return [word[:-3] + "y", word[:-1]]
    if word.endswith("es"):
        return [word[:-1], word[:-2]]
    return [word[:-1]] if word.endswith("s") else []


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
