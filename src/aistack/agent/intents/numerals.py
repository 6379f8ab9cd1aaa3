"""Chinese numerals as digits."""

import re

_NUMERAL = re.compile("(?:(?!百分之)[零〇一二三四五六七八九十百千万亿两])+")
_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}


def to_digits(text: str) -> str:
    """The text with its numerals in digits: 三百五十 is 350, 十二 is 12, and 八五 is 85."""
    return _NUMERAL.sub(_from_numerals, text)


def _from_numerals(found: re.Match[str]) -> str:
    text = found[0]
    if not any(one in text for one in "十百千万亿"):
        return "".join(str(_DIGITS[one]) for one in text)
    total, section, digit = 0, 0, 0
    for character in text:
        scale = {"十": 10, "百": 100, "千": 1000}.get(character)
        if character in "万亿":
            total = (total + section + digit) * (10_000 if character == "万" else 100_000_000)
            section = digit = 0
        elif scale is not None:
            section, digit = section + (digit or 1) * scale, 0
        else:
            digit = _DIGITS[character]
    return str(total + section + digit)
