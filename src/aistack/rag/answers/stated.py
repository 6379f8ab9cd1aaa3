"""What a question states, and whether a text states it too: numbers, dates, versions, identifiers, quotations, names.

A question about tram line 5 is not answered by a text about line 4, however many words they share.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from aistack.language.analysis import STOP_WORDS, index_terms

DIGITS = {one: number for number, one in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
NUMERAL = "[零〇一二两三四五六七八九十百千万亿]"
NUMERALS_MAX = 24  # of a number in Chinese; longer ones are no numbers
COUNTED = "年月日号届期版章条款项级代楼层线路世"
LABELLED = "号届期版章条款项级代楼层线路"  # what these count is named by its number
_LABELS = """
line version release chapter section article page figure table step part phase level pier gate room port route
platform unit type class rule issue number no model grade stage season episode volume appendix annex form
"""
LABELS = frozenset(_LABELS.split())
_NUMBERS = "zero one two three four five six seven eight nine ten eleven twelve"
_ORDINALS = "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
_MONTHS = "january february march april may june july august september october november december"
MONTHS = _MONTHS.split()
MONTH = "|".join(f"{one[:3]}(?:{one[3:]})?" for one in MONTHS) + "|sept"
WORD_NUMBERS = {word: str(number) for words in (_NUMBERS, _ORDINALS) for number, word in enumerate(words.split())}

NUMBER = re.compile(r"(?<![\w.])\d+(?:[.,:]\d+)*|(?<=[^\W\d_])\d+(?:\.\d+)*")
IDENTIFIER = re.compile(
    r"(?<![A-Za-z0-9_-])(?:[A-Za-z]+[-_.]?\d[A-Za-z0-9_]*(?:[-_.][A-Za-z0-9_]+)*|[A-Za-z][A-Za-z0-9_]*"
    r"(?:[_./][A-Za-z0-9_]+)+|\d+(?!(?:st|nd|rd|th|[kmgtp]i?b|[kcm]?m|[kmg]?hz|k?g|ms|am|pm|px|pt)\b)[A-Za-z]{2,}\d*|v?\d+(?:\.\d+){2,}[A-Za-z0-9_-]*)(?![A-Za-z0-9_-])"
)
QUOTED = re.compile(r"《([^《》]{1,30})》|[“\"「]([^“”\"「」，。,.]{2,30})[”\"」]|`([^`]{1,60})`")
CHINESE_NUMBER = re.compile(f"(?<![哪同每])(?:第({NUMERAL}+)(?![个次])|({NUMERAL}+)(?=[{COUNTED}]))")
ANY_CHINESE_NUMBER = re.compile(f"{NUMERAL}+")
LABELLED_NUMBER = re.compile(f"(\\d+|{NUMERAL}+)([{LABELLED}])")
NUMBER_AFTER_WORDS = re.compile(r"((?:[^\W\d_][\w'’-]*[\s:#.]{1,3}){1,3})(\d+(?:\.\d+)*)")
ISO_DATE = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
CHINESE_DATE = re.compile(r"(?:(\d{2,4})年)?(\d{1,2})月(\d{1,2})[日号]")
DAY_FIRST = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({MONTH})\b\.?,?(?: (\d{{4}}))?", re.I)
MONTH_FIRST = re.compile(rf"\b({MONTH})\b\.? (\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? (\d{{4}}))?", re.I)
WORD = re.compile(r"[A-Za-z\u00c0-\u024f][\w\u00c0-\u024f'’]*")
PEOPLES = {
    "french": "franc", "dutch": "netherland", "spanish": "spain", "danish": "denmark", "swiss": "switzerland",
    "welsh": "wale", "polish": "poland", "swedish": "sweden", "turkish": "turkey",
}  # fmt: skip
_ENDINGS = "a al an di e ean en er ern es ese i ia ian ic ish ism ist n o s y"
ENDINGS = frozenset(("", *_ENDINGS.split()))


@dataclass(frozen=True, slots=True)
class Stated:
    """What a question states. `numbers` holds numbers without separators, and dates as `month-day`."""

    numbers: frozenset[str]
    literals: tuple[str, ...]  # identifiers and quotations, case folded
    names: tuple[str, ...]  # index terms of words with a capital letter
    beginning: tuple[str, ...] = ()  # the term of the first word, which may be a name

    def all_numbers_in(self, text: str) -> bool:
        """Whether a text has all numbers and dates of the question."""
        return not self.numbers or self.numbers <= numbers_in(text)

    def all_literals_in(self, text: str) -> bool:
        """Whether a text has all identifiers and quotations of the question."""
        return not self.literals or all(_has_literal(_folded(text), one) for one in self.literals)


def stated_in(question: str) -> Stated:
    """What the question states."""
    text = unicodedata.normalize("NFKC", question)
    literals = [next(filter(None, one.groups())) for one in QUOTED.finditer(text)]
    dates = {date for date, _ in _dates(text)}
    plain = text
    for _, span in _dates(text):
        plain = plain.replace(span, " ")
    identifiers = [one.group() for one in IDENTIFIER.finditer(plain) if not _is_domain_word(one.group())]
    for one in identifiers:
        plain = plain.replace(one, " ")
    numbers = {_number(one.group()) for one in NUMBER.finditer(plain)}
    numbers |= {_chinese_number(one.group(1) or one.group(2)) for one in CHINESE_NUMBER.finditer(plain)}
    numbers |= {one for one in _labelled_numbers(plain) if one.partition(" ")[0] in _labels(plain)}
    folded = tuple(dict.fromkeys(" ".join(one.casefold().split()) for one in (*literals, *identifiers) if one.strip()))
    return Stated(frozenset(dates | numbers), folded, tuple(_names(plain)), tuple(_beginning(text)))


def numbers_in(text: str) -> frozenset[str]:
    """The numbers and dates of a text in the form of `Stated.numbers`, written in digits or in words."""
    text = unicodedata.normalize("NFKC", text)
    found = {date for date, _ in _dates(text)}
    found |= {_number(one.group()) for one in re.finditer(r"\d+(?:[.,:]\d+)*", text)}
    found |= {part for one in re.findall(r"\d+(?:[-/.,:]\d+)+", text) for part in re.split(r"\D", one)}
    found |= {part.lstrip("0") for part in found if part.startswith("0")}
    found |= {_chinese_number(one) for one in ANY_CHINESE_NUMBER.findall(text)}
    found.update(_labelled_numbers(text))
    return frozenset(found | {WORD_NUMBERS[one] for one in re.findall(r"[a-z]+", text.lower()) if one in WORD_NUMBERS})


def _labelled_numbers(text: str) -> Iterator[str]:
    """Numbers with what they name, such as `5号`, or each of up to three words before them, such as `debian 13`."""
    for number, counter in LABELLED_NUMBER.findall(text):
        yield f"{_number(number) if number.isdigit() else _chinese_number(number)}{counter}"
    for words, number in NUMBER_AFTER_WORDS.findall(text):
        yield from (f"{word} {_number(number)}" for word in re.findall(r"[\w'’-]+", words.lower()))


def _labels(question: str) -> set[str]:
    """The words right before numbers that name something with them, and all numbers with a Chinese counter."""
    found = {one for one in _labelled_numbers(question) if " " not in one}
    for words, number in NUMBER_AFTER_WORDS.findall(question):
        word = re.findall(r"[\w'’-]+", words)[-1]
        is_year = re.fullmatch(r"1\d{3}|20\d\d", number)
        if not is_year and word.lower() not in STOP_WORDS and (word[0].isupper() or word.lower() in LABELS):
            found.add(word.lower())
    return found


def same_name(name: str, term: str) -> bool:
    """Whether two index terms may be forms of one name: Norman and Normandy, France and French."""
    if name == term or PEOPLES.get(name) == term or PEOPLES.get(term) == name:
        return True
    shared = next((at for at, (one, other) in enumerate(zip(name, term, strict=False)) if one != other), None)
    shared = min(len(name), len(term)) if shared is None else shared
    return shared >= 4 and name[shared:] in ENDINGS and term[shared:] in ENDINGS


def _names(question: str) -> Iterator[str]:
    words = list(WORD.finditer(question))
    capital = [word for word in words if word.group()[0].isupper()]
    is_title_case = len(words) > 3 and len(capital) == len(words)
    for word in capital:
        text = re.sub(r"['’]s$", "", word.group())
        is_acronym = len(text) > 1 and text.isupper()
        begins = not re.search(r"[\w,;:]\s*$", question[: word.start()])
        if len(text) < 2 or re.search(r"\d\s*$", question[: word.start()]):
            continue  # a letter, or a unit
        if is_acronym or not (begins or is_title_case):
            yield from index_terms(text)[:1]


def _beginning(text: str) -> list[str]:
    word = WORD.match(text.strip())
    is_capital = word is not None and word.group()[0].isupper() and word.group().lower() not in STOP_WORDS
    return index_terms(word.group())[:1] if word is not None and is_capital else []


def _dates(text: str) -> Iterator[tuple[str, str]]:
    """Dates as `month-day`, with the characters that say them; the year remains a number of its own."""
    for one in ISO_DATE.finditer(text):
        yield f"{int(one[2])}-{int(one[3])}", one.group()[4:]
    for one in CHINESE_DATE.finditer(text):
        yield f"{int(one[2])}-{int(one[3])}", one.group()[len(one[1]) + 1 if one[1] else 0 :]
    for one, (day, month) in ((one, (1, 2)) for one in DAY_FIRST.finditer(text)):
        yield f"{_month(one[month])}-{int(one[day])}", f"{one[1]}" if not one[3] else one.group()[: -len(one[3])]
    for one in MONTH_FIRST.finditer(text):
        yield f"{_month(one[1])}-{int(one[2])}", one.group() if not one[3] else one.group()[: -len(one[3])]


def _month(name: str) -> int:
    return next(number for number, one in enumerate(MONTHS, 1) if one.startswith(name.lower()[:3]))


def _number(text: str) -> str:
    plain = re.sub(r",(?=\d{3}(?:\D|$))", "", text)
    return plain.lstrip("0") or "0" if plain.isdigit() else plain


def _chinese_number(text: str) -> str:
    text = text[:NUMERALS_MAX]
    if not any(one in UNITS for one in text):
        return str(int("".join(str(DIGITS[one]) for one in text)))
    total = section = digit = 0
    for one in text:
        if one in DIGITS:
            digit = DIGITS[one]
        elif UNITS[one] >= 10_000:
            total, section, digit = (total + section + digit) * UNITS[one], 0, 0
        else:
            section, digit = section + (digit or 1) * UNITS[one], 0
    return str(total + section + digit)


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _has_literal(folded: str, literal: str) -> bool:
    begin = r"(?<![a-z0-9_])" if literal[0].isascii() and literal[0].isalnum() else ""
    end = r"(?![a-z0-9_])" if literal[-1].isascii() and literal[-1].isalnum() else ""
    return re.search(begin + re.escape(literal) + end, folded) is not None


def _is_domain_word(text: str) -> bool:
    """Whether a match of IDENTIFIER is an abbreviation or two words with a slash: U.S, e.g, and/or."""
    return ("/" in text and not any(one.isdigit() or one in "_." for one in text)) or re.fullmatch(
        r"(?:\w\.)+\w?", text
    ) is not None
