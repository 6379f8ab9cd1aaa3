"""The numbers of list items and headings in Word files, which the file only describes (ECMA-376 part 1, 17.9)."""

import re
from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
LEVEL_REFERENCE = re.compile(r"%(\d)")
ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
         (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
CHINESE_FORMATS = ("chineseCounting", "chineseCountingThousand", "taiwaneseCounting", "japaneseCounting")
CHINESE = "零一二三四五六七八九"


class Numbering:
    """Counts list items from the top of the document."""

    def __init__(self, root: Any, styles: dict[str, Any]) -> None:
        self._styles = styles
        self._levels: dict[str, dict[int, Any]] = {}
        self._counters: dict[str, dict[int, int]] = {}
        self._lists: dict[str, str] = {}  # list id to the id of the definition, which lists may share
        if root is None:
            return
        abstract = {str(node.get(W + "abstractNumId")): node for node in root.iter(W + "abstractNum")}
        for number in root.iter(W + "num"):
            key = _value(number.find(W + "abstractNumId"))
            definition = abstract.get(key)
            if definition is None:
                continue
            name = str(number.get(W + "numId"))
            overrides = number.findall(f"{W}lvlOverride")
            self._lists[name] = f"{key} {name}" if overrides else key
            levels = {int(node.get(W + "ilvl", "0")): node for node in definition.iter(W + "lvl")}
            levels |= {int(node.get(W + "ilvl", "0")): node for one in overrides for node in one.iter(W + "lvl")}
            self._levels[name] = levels

    def mark(self, paragraph: Any, style: str) -> str:
        """What stands before the paragraph's text: `2.1 `, `c) `, `• ` or nothing."""
        properties = paragraph.find(f"{W}pPr/{W}numPr")
        inherited = self._styles.get(style)
        if properties is None and inherited is None:
            return ""
        name = _value(_first(properties, inherited, "numId"))
        level = int(_value(_first(properties, inherited, "ilvl")) or 0)
        levels = self._levels.get(name, {})
        if level not in levels:
            return ""
        counters = self._counters.setdefault(self._lists[name], {})
        for deeper in [one for one in counters if one > level]:
            del counters[deeper]
        for above in range(level):
            counters.setdefault(above, _start(levels.get(above)))
        counters[level] = counters[level] + 1 if level in counters else _start(levels[level])
        if _value(levels[level].find(W + "numFmt")) == "bullet":
            return "• "
        pattern = _value(levels[level].find(W + "lvlText"))
        text = LEVEL_REFERENCE.sub(lambda found: _shown(int(found[1]) - 1, levels, counters), pattern)
        return f"{text} " if text.strip() else ""


def _first(properties: Any, inherited: Any, name: str) -> Any:
    for one in (properties, inherited):
        found = one.find(W + name) if one is not None else None
        if found is not None:
            return found
    return None


def _shown(level: int, levels: dict[int, Any], counters: dict[int, int]) -> str:
    form = _value(levels[level].find(W + "numFmt")) if level in levels else "decimal"
    return number_in(form, counters.get(level, 1))


def number_in(form: str, value: int) -> str:
    """A list item's number in a form that WordprocessingML names: `decimal`, `lowerRoman`, `chineseCounting` ..."""
    if form in ("lowerLetter", "upperLetter"):
        letter = chr(ord("a") + (value - 1) % 26) * ((value - 1) // 26 + 1)
        return letter.upper() if form == "upperLetter" else letter
    if form in ("lowerRoman", "upperRoman"):
        return _roman(value).upper() if form == "upperRoman" else _roman(value)
    if form in CHINESE_FORMATS and value < 100:
        return _chinese(value)
    return "" if form == "none" else f"{value:02}" if form == "decimalZero" else str(value)


def _roman(value: int) -> str:
    text = ""
    for size, letters in ROMAN:
        text += letters * (value // size)
        value %= size
    return text


def _chinese(value: int) -> str:
    tens, ones = divmod(value, 10)
    if not tens:
        return CHINESE[ones]
    return ("" if tens == 1 else CHINESE[tens]) + "十" + (CHINESE[ones] if ones else "")


def _start(level: Any) -> int:
    return int(_value(level.find(W + "start")) or 1) if level is not None else 1


def _value(node: Any) -> str:
    return str(node.get(W + "val", "")) if node is not None else ""
