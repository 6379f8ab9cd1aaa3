"""A question in units: words in English, characters in Chinese, each with its form for comparison."""

import re
import unicodedata
from dataclasses import dataclass

from aistack.language.analysis import CJK, stem

UNITS_MAX = 120
UNIT = re.compile(
    rf"\"(?P<double>[^\"]+)\"|“(?P<curly>[^”]+)”|「(?P<corner>[^」]+)」|(?<![^\W{CJK}])'(?P<single>[^']+)'(?!\w)"
    rf"|(?P<cjk>[{CJK}])|(?P<own>['’]s\b)|(?P<number>\d+(?:,\d{{3}})*(?:\.\d+)?%?)"
    rf"|(?P<word>(?![{CJK}])[^\W\d_](?:(?![{CJK}])[^\W_]|[-_.&](?![{CJK}])(?=[^\W_]))*)|(?P<sign>[<>=≥≤]+|[,，、;；/])",
)


@dataclass(frozen=True, slots=True)
class Unit:
    """`form` is what is compared, `text` what was written, `quoted` that it stood in quotation marks."""

    form: str
    text: str
    start: int = 0
    end: int = 0
    quoted: bool = False


def normal(question: str) -> str:
    """Full-width forms as plain ones, one kind of apostrophe."""
    return unicodedata.normalize("NFKC", question).replace("’", "'")


def units_of(question: str) -> list[Unit]:
    """The units of a question that is `normal`; punctuation that says nothing is left out."""
    found: list[Unit] = []
    for match in UNIT.finditer(question):
        kind, written = match.lastgroup, match.group()
        if kind in ("double", "curly", "corner", "single"):
            found.append(Unit(match.group(kind), match.group(kind), match.start(), match.end(), quoted=True))
            continue
        form = form_of(written) if kind == "word" else written.lower().replace("，", ",").replace("、", ",")
        found.append(Unit(form, written, match.start(), match.end()))
    return found


def forms_of(phrase: str) -> tuple[str, ...]:
    """The forms that a phrase of the lexicon has in a question."""
    return tuple(unit.form for unit in units_of(normal(phrase).replace('"', " ")))


def form_of(word: str) -> str:
    lowered = word.lower()
    return stem(lowered) if lowered.isascii() else lowered


def is_chinese(question: str) -> bool:
    return re.search(f"[{CJK}]", question) is not None
