"""English-Chinese glossaries: words of schemas (glossary.tsv) and of values (values.tsv), one meaning per line."""

from functools import cache
from pathlib import Path

from aistack.ai.schema.region_codes import REGION_CODES
from aistack.ai.text.english_nouns import possible_singulars

SCHEMAS, VALUES = "glossary.tsv", "values.tsv"
CHINESE_MAX = 8


@cache
def _glossary(name: str = SCHEMAS) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    chinese: dict[str, list[str]] = {}
    english: dict[str, list[str]] = {}
    for line in Path(__file__).with_name(name).read_text("utf-8").splitlines():
        left, _, right = line.partition("\t")
        for word in left.split(","):
            for translation in right.split(","):
                chinese.setdefault(word, []).append(translation)
                english.setdefault(translation, []).append(word)
    return chinese, english


@cache
def english_words() -> frozenset[str]:
    """Every English word that occurs in the schema glossary."""
    return frozenset(word for phrase in _glossary()[0] for word in phrase.split())


def translations(phrase: str) -> list[str]:
    """The phrase in the other language, most common first; empty if the glossary does not have it."""
    chinese, english = _glossary()
    found = chinese.get(phrase) or english.get(phrase)
    return found or [word for one in possible_singulars(phrase) for word in chinese.get(one, ())]


def value_translations(value: str) -> list[str]:
    """A value such as a place or a status in the other language, in lower case."""
    found = _glossary(VALUES)[1].get(value) or _values_in_lower_case().get(value.lower()) or ()
    code = REGION_CODES.get(value.lower())
    return [*([code] if code else []), *(one.lower() for one in found)]


@cache
def _values_in_lower_case() -> dict[str, list[str]]:
    return {one.lower(): words for one, words in _glossary(VALUES)[0].items()}


def chinese_words_in(text: str) -> list[str]:
    """The glossary words in a Chinese text, longest match first."""
    english = _glossary()[1]
    found: list[str] = []
    at = 0
    while at < len(text):
        word = next((text[at : at + n] for n in range(CHINESE_MAX, 0, -1) if text[at : at + n] in english), "")
        if word:
            found.append(word)
        at += len(word) or 1
    return found


def synonyms(phrase: str) -> list[str]:
    """Words of the same language that share a translation, so most likely a meaning."""
    chinese, english = _glossary()
    back = chinese if phrase in english and phrase not in chinese else english
    found = dict.fromkeys(word for one in translations(phrase) for word in back.get(one, ()))
    return [word for word in found if word != phrase]
