"""From text to index terms, for any language; Chinese and English above all.

Words are folded (`characters`), stemmed by script (`stemming`) and rid of English stop words, unless these are written
in capitals: WHO and US are names. Compounds give their parts and the whole, so that `email` finds `e-mail`. Numbers,
quantities and dates have one form (`numbers`). Text without spaces becomes characters and pairs of them (`chinese`).
`TERM_FORM` must be raised whenever the terms of a text change: indexes are then rebuilt.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from aistack.language import chinese
from aistack.language.characters import CJK, HAN, HANGUL, KANA, MARKS, SOUTHEAST_ASIAN, folded, normalized
from aistack.language.numbers import (
    TERM_CHARACTERS_MAX,
    UNITS,
    chinese_number_terms,
    date_terms,
    english_date_terms,
    number_terms,
    quantity_terms,
    without_chinese_dates,
)
from aistack.language.stemming import stem

__all__ = ["CJK", "IS_CJK", "STOP_WORDS", "TERM_FORM", "TOKEN", "index_terms", "query_terms", "stem"]

TERM_FORM = 2
QUERY_TERMS_MAX = 128
COMPOUND_PARTS_MAX = 8
PATH_CHARACTERS_MAX = 10

_STOP_WORDS = """
a about above after again all am an and any are as at be because been before being below between both but by can
could did do does doing down during each few for from further had has have having he her here hers him his how i if
in into is it its itself just me more most my no nor not of off on once only or other our out over own please same
she should so some such tell than that the their them then there these they this those through to too under until
up us very was we were what when where which while who whom why will with would you your
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())
OPERATORS = frozenset(("and", "or", "not"))  # in capitals they are emphasis or a query language, not names
TOKEN = re.compile(f"[{CJK}]+|[^\\W_{CJK}]+")
IS_CJK = re.compile(f"[{CJK}]")

_RUNS = HAN + KANA + HANGUL + SOUTHEAST_ASIAN
_LETTER = rf"(?:[^\W_{_RUNS}]|[{MARKS}])"
_WORD = re.compile(
    rf"(?P<run>[{_RUNS}]+)"
    rf"|(?P<word>(?:(?<![\w.])\.(?=[A-Za-z]))?{_LETTER}+"
    rf"(?:(?:[-_.'/&@]|-\r?\n[ \t]*|(?<=\d)[,:](?=\d)){_LETTER}+)*(?:(?:\+\+|\#)(?![\w+\#]))?)"
)
_SEGMENT = re.compile(rf"(?:{_LETTER}|(?<=\d)[.,](?=\d))+")
_INITIALS = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]\.?")
_CONTRACTION = re.compile(r"([a-z]+?)(?:n't|'(?:s|ll|re|ve|d|m))", re.I)
_TIME = re.compile(r"(\d{1,2}:\d\d)(?::\d\d(?:\.\d+)?)?")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d(?::\d\d)?)")
_MONTH = re.compile(r"\d{4}-\d\d")
_NUMBER = re.compile(r"\d[\d.,]*")
_VERSION = re.compile(r"[vV](\d+(?:\.\d+)+)")
_MIXED = re.compile(r"([^\W\d_]+)(\d[\d.,]*)|(\d[\d.,]*)([^\W\d_]+)")
_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_SHOUTED_WORDS = 4


def index_terms(text: str) -> list[str]:
    """The terms to index of a text, in order of their kinds, without stop words."""
    terms: list[str] = []
    text = normalized(text)
    if not text.isascii():
        text = without_chinese_dates(chinese.joined_lines(text, spaces=True), terms)
    terms.extend(_terms(text, is_query=False))
    return terms


def query_terms(text: str) -> list[str]:
    """The distinct terms of a query, at most QUERY_TERMS_MAX, without Chinese question and function words.

    If that leaves nothing, these are kept.
    """
    terms: list[str] = []
    text = normalized(text)
    if not text.isascii():
        text = without_chinese_dates(chinese.joined_lines(text, spaces=False), terms)
        content = chinese.content_runs(text)
        terms.extend(_terms(content, is_query=True))
    if not terms:
        terms.extend(_terms(text, is_query=True))
    terms = [one for one in dict.fromkeys(terms) if not (_MONTH.fullmatch(one) and _has_day(one, terms))]
    return terms[:QUERY_TERMS_MAX]


def _has_day(month: str, terms: list[str]) -> bool:
    return any(one.startswith(f"{month}-") for one in terms)


def _terms(text: str, *, is_query: bool) -> Iterator[str]:
    runs_terms = chinese.query_terms if is_query else chinese.index_terms
    for match in _WORD.finditer(text):
        word = match["word"]
        if word is None:
            for run in chinese.RUN.findall(match["run"]):
                yield from runs_terms(run)
                yield from chinese_number_terms(run)
        else:
            terms = _word_terms(word, is_query)
            if not terms and len(word) > 1 and word.isupper() and _is_name(text, match, is_query):
                yield word.lower()
            yield from terms
    if any(one.isdigit() for one in text):
        yield from quantity_terms(text)
        yield from english_date_terms(text)


def _is_name(text: str, match: re.Match[str], is_query: bool) -> bool:
    """Whether a stop word in capitals is a name: not if all words of its line are in capitals."""
    if is_query and match.group().lower() in OPERATORS:
        return False
    start, end = text.rfind("\n", 0, match.start()) + 1, text.find("\n", match.end())
    line = text[start : end if end >= 0 else len(text)]
    return not (line.isupper() and len(line.split()) >= _SHOUTED_WORDS)


@lru_cache(maxsize=100_000)
def _word_terms(word: str, is_query: bool) -> tuple[str, ...]:
    """The terms of a word or compound, without those that are stop words."""
    if word.isalpha() and word.isascii():
        return _simple(word, is_query)
    if word[-1] in "+#":
        name = re.sub(r".*[^\w+#]", "", word).lower()
        return (*_word_terms(word[: -len(name) - 1], is_query), name) if len(name) + 1 < len(word) else (name,)
    if word[0] == ".":
        name = word.lower()[:TERM_CHARACTERS_MAX]
        return (name,) if is_query else (name, *_word_terms(word[1:], is_query))
    if _INITIALS.fullmatch(word):
        return (folded(word.replace(".", "")),)
    contraction = _CONTRACTION.fullmatch(word)
    if contraction is not None:
        return () if "n't" in word.lower() else _simple(contraction[1], is_query)
    if word[0].isdigit():
        dates = date_terms(word)
        if dates:
            return (*dates, word) if word.isdigit() else tuple(dates)
        time = _TIME.fullmatch(word)
        if time is not None:
            return tuple(dict.fromkeys((time[1], word)))
        moment = _MOMENT.match(word)
        if moment is not None:
            return (*date_terms(moment[1]), *_word_terms(moment[2], is_query))
    segments = _SEGMENT.findall(word)
    if len(segments) == 1:
        return _simple(segments[0], is_query)
    terms = tuple(term for one in segments for term in _simple(one, is_query))
    whole = _whole(word, segments)
    return (*terms, whole) if whole and terms else terms


def _whole(word: str, segments: list[str]) -> str:
    """The term of a compound as one word: without hyphens, underscores, full stops and apostrophes."""
    if len(segments) > COMPOUND_PARTS_MAX or ("/" in word and len(word) > PATH_CHARACTERS_MAX):
        return ""
    whole = folded("".join(segments) if "&" not in word else "&".join(segments))
    if whole.isdecimal() and len(segments) < 3:
        return ""  # a range or a score
    return stem(whole)[:TERM_CHARACTERS_MAX] if whole.isalpha() else whole[:TERM_CHARACTERS_MAX]


def _simple(word: str, is_query: bool) -> tuple[str, ...]:
    """The terms of letters and digits without signs between them."""
    if word.isdecimal() or _NUMBER.fullmatch(word):
        return tuple(number_terms(word))
    version = _VERSION.fullmatch(word)
    if version is not None:
        return (version[1],)
    lowered = folded(word)
    mixed = _MIXED.fullmatch(lowered)
    if mixed is not None:
        letters, number = mixed[1] or mixed[4], mixed[2] or mixed[3]
        parts = *number_terms(number), *(() if letters in STOP_WORDS else (stem(letters),))
        return parts if mixed[4] in UNITS else (*parts, lowered[:TERM_CHARACTERS_MAX])
    if lowered in STOP_WORDS or not lowered:
        return ()
    term = stem(lowered)[:TERM_CHARACTERS_MAX] if not any(one.isdigit() for one in lowered) else lowered
    if is_query or word.islower() or word.isupper() or word.istitle():
        return (term[:TERM_CHARACTERS_MAX],)
    parts = [stem(one.lower()) for one in _CAMEL.findall(word) if len(one) > 1 and one.lower() not in STOP_WORDS]
    return (term[:TERM_CHARACTERS_MAX], *(one for one in parts if one != term))
