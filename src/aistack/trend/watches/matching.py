"""The watch language: whole words in any script, segmented Chinese, and regular expressions in linear time.

Regular expressions run in Rust's `regex` (through pydantic-core), an automaton without backtracking: no pattern is
catastrophic. It has no lookaround and no backreferences.
"""

import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic_core import SchemaError, SchemaValidator, core_schema

from aistack.trend.watches.wire import Group, WatchQuery

TEXT_CHARACTERS_MAX = 20_000
REPEATS_MAX = 1_000  # counted repetitions of a pattern, multiplied
REPEAT = re.compile(r"\{(\d*)(?:,(\d*))?\}")
HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
HAN_RUN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]+")
NAME_SUFFIXES = frozenset("市省县区州国人们者家队军党")  # what may follow a name inside one dictionary word
CONTEXT = 30  # characters around an occurrence that decide how its words are cut

Test = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Subject:
    """What a watch sees of a document. `text` is normalised, title and body."""

    text: str
    language: str
    source_id: str
    source: str
    category: str


@dataclass(frozen=True, slots=True)
class _Group:
    name: str
    all_of: Sequence[Test]
    any_of: Sequence[Test]
    none_of: Sequence[Test]

    def matches(self, text: str) -> bool:
        if not all(test(text) for test in self.all_of) or any(test(text) for test in self.none_of):
            return False
        return not self.any_of or any(test(text) for test in self.any_of)


class Matcher:
    """A watch, compiled. Raises ValueError for a term that cannot be: the message names it."""

    def __init__(self, query: WatchQuery) -> None:
        self._groups = [_compiled(group) for group in query.groups]
        self._none_of = [test_of(term) for term in query.none_of]
        self._languages = {one.lower() for one in query.languages}
        self._sources = {normalized(one) for one in query.sources}
        self._categories = set(query.categories)

    def group_of(self, subject: Subject) -> str | None:
        """The name of the first group that matches; empty for a watch without groups; None if nothing matches."""
        if self._languages and subject.language.lower().split("-")[0] not in self._languages:
            return None
        if self._categories and subject.category not in self._categories:
            return None
        if self._sources and not self._sources & {subject.source_id, normalized(subject.source)}:
            return None
        if any(test(subject.text) for test in self._none_of):
            return None
        if not self._groups:
            return ""
        return next((group.name for group in self._groups if group.matches(subject.text)), None)


def subject_of(row: Any) -> Subject:
    """A row of the documents as a watch sees it. Its language is that of its script if the source states none."""
    text = normalized(f"{row.title}\n{row.text[:TEXT_CHARACTERS_MAX]}")
    return Subject(text, row.language or guessed_language(text), row.source_id or "", row.source_name, row.category)


def guessed_language(text: str) -> str:
    """By script: ja, ko, zh, ru, ar; en for Latin letters. Languages in Latin letters are not told apart."""
    head = text[:500]
    letters = sum(one.isalpha() for one in head) or 1
    for language, low, high in (("ja", "\u3040", "\u30ff"), ("ko", "\uac00", "\ud7af"), ("zh", "\u3400", "\u9fff")):
        if sum(low <= one <= high for one in head) > letters * (0.05 if language == "ja" else 0.2):
            return language
    for language, low, high in (("ru", "\u0400", "\u04ff"), ("ar", "\u0600", "\u06ff")):
        if sum(low <= one <= high for one in head) > letters * 0.3:
            return language
    return "en"


def normalized(text: str) -> str:
    """Width, case and white space folded."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def test_of(term: str) -> Test:
    """Whether a normalised text has a term. Raises ValueError."""
    if len(term) > 2 and term.startswith("/") and term.endswith("/"):
        return _pattern(term[1:-1])
    is_prefix = term.endswith("*")
    wanted = normalized(term.removesuffix("*"))
    if not any(one.isalnum() for one in wanted):
        raise ValueError(f"{term!r} has no letters or digits; use a word, a phrase, word* or /pattern/")
    if "*" in wanted:
        raise ValueError(f"{term!r}: * may only stand at the end of a word; for more use /pattern/")
    return lambda text: _has_words(text, wanted, is_prefix=is_prefix)


def _has_words(text: str, wanted: str, *, is_prefix: bool) -> bool:
    start = text.find(wanted)
    while start >= 0:
        end = start + len(wanted)
        if _begins(text, start, wanted) and (is_prefix or _ends_there(text, start, end, wanted)):
            return True
        start = text.find(wanted, start + 1)
    return False


def _begins(text: str, start: int, wanted: str) -> bool:
    return start == 0 or not _joins(text[start - 1], wanted[0])


def _ends_there(text: str, start: int, end: int, wanted: str) -> bool:
    if end < len(text) and _joins(wanted[-1], text[end]):
        return False
    return not HAN.search(wanted) or _is_cut_there(text, start, end, wanted)


def _joins(first: str, second: str) -> bool:
    """Whether two characters are of one word. Scripts without spaces are cut elsewhere."""
    if not _is_word_character(first) or not _is_word_character(second):
        return False
    return not (_is_unspaced(first) or _is_unspaced(second))


def _is_word_character(one: str) -> bool:
    return one.isalnum() or one == "_" or unicodedata.combining(one) > 0


def _is_unspaced(one: str) -> bool:
    """Chinese, Japanese, Thai, Lao, Khmer, Burmese."""
    return "\u3040" <= one <= "\u9fff" or "\u0e00" <= one <= "\u0eff" or "\u1000" <= one <= "\u109f"


def _is_cut_there(text: str, start: int, end: int, wanted: str) -> bool:
    """Whether Chinese words begin and end where the term does: 京东 is not in 北京东路, nor in 京东方.

    It may end a longer word (智能 in 人工智能), begin a compound (北京 in 北京大学) or carry a suffix (上海 in 上海市).
    A term that no dictionary has is found wherever it stands.
    """
    if len(wanted) > 2 and len(_cut(wanted, with_new_words=False)) > 1:
        return True
    low, high = max(0, start - CONTEXT), end + CONTEXT
    at = low
    for word in _cut(text[low:high], with_new_words=True):
        until = at + len(word)
        if at < start < until and until != end:
            return False
        rest = text[end:until]
        if at < end < until and not (at == start and (len(rest) > 1 or rest in NAME_SUFFIXES)):
            return False
        at = until
    return True


def _cut(text: str, *, with_new_words: bool) -> list[str]:
    return _segmenter().cut(text, with_new_words)


@cache
def _segmenter() -> Any:
    import rjieba  # pyright: ignore[reportMissingTypeStubs] -- it has none

    return rjieba


def _pattern(pattern: str) -> Test:
    counts = [[int(one) for one in match.groups() if one] for match in REPEAT.finditer(pattern)]
    repeats = math.prod(max(1, *found) for found in counts if found)
    if repeats > REPEATS_MAX:
        raise ValueError(f"/{pattern}/ repeats too often; keep counted repetitions below {REPEATS_MAX} in all")
    try:
        validator = SchemaValidator(core_schema.str_schema(pattern=f"(?i){pattern}", regex_engine="rust-regex"))
    except SchemaError as error:
        reason = " ".join(str(error).split())[-300:]
        raise ValueError(f"/{pattern}/ is not a regular expression that can be used here: {reason}") from None
    if validator.isinstance_python(""):
        raise ValueError(f"/{pattern}/ matches everything")
    return validator.isinstance_python


def _compiled(group: Group) -> _Group:
    lists = ([test_of(term) for term in terms] for terms in (group.all_of, group.any_of, group.none_of))
    return _Group(group.name, *lists)
