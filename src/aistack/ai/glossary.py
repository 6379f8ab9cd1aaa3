"""Words of schemas in Chinese and English: a glossary of its own beside this file, a line a meaning."""

from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("glossary.tsv")


@cache
def _both() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    chinese: dict[str, list[str]] = {}
    english: dict[str, list[str]] = {}
    for line in FILE.read_text("utf-8").splitlines():
        left, _, right = line.partition("\t")
        for word in left.split(","):
            for said in right.split(","):
                if word and said:
                    chinese.setdefault(word, []).append(said)
                    english.setdefault(said, []).append(word)
    return chinese, english


def translations(phrase: str) -> list[str]:
    """The phrase in the other language, the most usual first; none when the glossary lacks it."""
    chinese, english = _both()
    return chinese.get(phrase) or chinese.get(phrase.removesuffix("s")) or english.get(phrase) or []
