"""Numbers as people write them: `1,000`, `1.5 million`, `three`, `五`, `十二`, `3.5万`, `1.2亿`."""

from collections.abc import Sequence

WORDS = {
    word: number
    for number, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty",
        ]
    )
} | {"thirty": 30, "forty": 40, "fifty": 50, "hundred": 100, "dozen": 12}
TIMES = {"hundred": 100, "thousand": 1_000, "k": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
DIGITS = {digit: number for number, digit in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
TENS = {"十": 10, "百": 100, "千": 1_000}
MYRIADS = {"万": 10_000, "亿": 100_000_000}


def number_at(texts: Sequence[str], start: int) -> tuple[float, int] | None:
    """The number that begins at token `start`, and the index after its last token; None if there is none."""
    first = texts[start].lower()
    if first[0].isdigit():
        try:
            value, end = float(first.rstrip("%").replace(",", "")), start + 1
        except ValueError:
            return None
        while end < len(texts) and texts[end].lower() in TIMES | MYRIADS | TENS:
            value *= (TIMES | MYRIADS | TENS)[texts[end].lower()]
            end += 1
        return value, end
    if first in WORDS:
        value, end = float(WORDS[first]), start + 1
        while end < len(texts) and texts[end].lower() in TIMES:
            value *= TIMES[texts[end].lower()]
            end += 1
        return value, end
    return _chinese(texts, start) if first in DIGITS or first == "十" else None


def _chinese(texts: Sequence[str], start: int) -> tuple[float, int]:
    total, section, digit, end = 0, 0, 0, start
    while end < len(texts):
        one = texts[end]
        if one in DIGITS:
            digit = digit * 10 + DIGITS[one] if end > start and texts[end - 1] in DIGITS else DIGITS[one]
        elif one in TENS:
            section += (digit or 1) * TENS[one]
            digit = 0
        elif one in MYRIADS:
            total = (total + section + digit) * MYRIADS[one]
            section = digit = 0
        else:
            break
        end += 1
    return float(total + section + digit), end
