"""The tokens of a question: words in English, characters in Chinese, each with a normalized form for comparison."""

import re
import unicodedata
from dataclasses import dataclass

from aistack.language.analysis import CJK, stem

TOKEN = re.compile(
    rf"\"(?P<double>[^\"]+)\"|“(?P<curly>[^”]+)”|「(?P<corner>[^」]+)」|(?<![^\W{CJK}])'(?P<single>[^']+)'(?!\w)"
    rf"|(?P<cjk>[{CJK}])|(?P<own>['’]s\b)|(?P<number>\d+(?:,\d{{3}})*(?:\.\d+)?%?)"
    rf"|(?P<word>(?![{CJK}])[^\W\d_](?:(?![{CJK}])[^\W_]|[-_.&](?![{CJK}])(?=[^\W_]))*)|(?P<sign>[<>=≥≤]+|[,，、;；/])",
)


@dataclass(frozen=True, slots=True)
class Token:
    """`form` is compared, `text` is what was typed; `quoted` if it was in quotation marks."""

    form: str
    text: str
    start: int = 0
    end: int = 0
    quoted: bool = False


def normalized(question: str) -> str:
    """Full-width characters as plain ones (NFKC), one kind of apostrophe."""
    return unicodedata.normalize("NFKC", question).replace("’", "'")


def tokenize(question: str) -> list[Token]:
    """The tokens of a `normalized` question, without punctuation that carries no meaning."""
    found: list[Token] = []
    for match in TOKEN.finditer(question):
        kind, text = match.lastgroup, match.group()
        if kind in ("double", "curly", "corner", "single"):
            found.append(Token(match.group(kind), match.group(kind), match.start(), match.end(), quoted=True))
            continue
        form = word_form(text) if kind == "word" else text.lower().replace("，", ",").replace("、", ",")
        found.append(Token(form, text, match.start(), match.end()))
    return found


def phrase_forms(phrase: str) -> tuple[str, ...]:
    """The forms of a phrase's tokens, as they are compared with a question's."""
    return tuple(token.form for token in tokenize(normalized(phrase).replace('"', " ")))


def word_form(word: str) -> str:
    """The stem of an English word; other words in lower case."""
    lowered = word.lower()
    return stem(lowered) if lowered.isascii() else lowered


def is_chinese(question: str) -> bool:
    """Whether it has Chinese characters."""
    return re.search(f"[{CJK}]", question) is not None
