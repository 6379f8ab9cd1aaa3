"""Conversions of units in words."""

import re
from collections.abc import Mapping

from aistack.agent.computation.arithmetic import evaluate
from aistack.agent.computation.numbers import ArithmeticProblem
from aistack.agent.computation.units import convert
from aistack.agent.intents.numerals import to_digits

_NUMBER = r"(-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[+-]?\d+)?(?:/\d+)?|half an?(?= )|an(?= )|a(?= )|one(?= ))"
_UNIT = r"([^\d\s?？,，][^?？,，]*?)"
_FORMS = [
    rf"(?:please )?(?:convert|change|express|turn) {_NUMBER} ?{_UNIT} (?:to|in|into|as) {_UNIT}",
    rf"(?:what(?:'s| is)|how (?:much|fast|far|long|heavy|tall|high|hot|cold|big) is|how many) {_NUMBER} ?{_UNIT} (?:in|to|as|into) {_UNIT}",
    rf"{_NUMBER} ?{_UNIT} (?:in|to|into|as) {_UNIT}",
]
_REVERSED = [
    rf"how (?:many|much) {_UNIT} (?:are|is|make|are there|is there|do you get|equals?|go) (?:in|from|into)? ?{_NUMBER} ?{_UNIT}",
    rf"how (?:many|much) {_UNIT} (?:in|per|equals?) {_NUMBER} ?{_UNIT}",
]
_CHINESE = [
    r"(?:请)?(?:把|将)?(-?\d+(?:\.\d+)?) ?([^\d\s]+?)(?:地|的水|的距离)?(?:换算成|换成|转换成|转换为|转成|换算为|折合成?|折算成|等于|相当于|合|是|有|为)"
    r"(?:多少|几)?(?:个)?([^\d\s多少几]+)",
]


def conversion_of(message: str) -> Mapping[str, str] | None:
    """The arguments of the unit converter, if a message asks for a conversion between known units."""
    text = " ".join(message.strip().rstrip("?？.。!！=").split())
    if len(text) > 200:
        return None
    for pattern in _FORMS:
        if found := re.fullmatch(pattern, text, re.I):
            return _checked(found[1], found[2], found[3])
    for pattern in _REVERSED:
        if found := re.fullmatch(pattern, text, re.I):
            return _checked(found[2], found[3], found[1])
    for pattern in _CHINESE:
        if found := re.fullmatch(pattern, to_digits(text.replace(" ", ""))):
            return _checked(found[1], found[2], found[3])
    return None


def _checked(number: str, source: str, target: str) -> Mapping[str, str] | None:
    value = {"a": "1", "an": "1", "one": "1", "half a": "0.5", "half an": "0.5"}.get(number.lower(), number)
    names = [
        re.sub(r"^(?:degrees? )(?=[cf]\b|celsius|fahrenheit)", "", one.strip(), flags=re.I) for one in (source, target)
    ]
    try:
        convert(evaluate(value), *names)
    except ArithmeticProblem:
        return None
    return {"value": value, "source": names[0], "target": names[1]}
