"""The numbers of list items in doc files, which the file only describes ([MS-DOC] 2.4.6.3, lists)."""

import re
from dataclasses import dataclass
from struct import unpack_from

from aistack.rag.parsing.formats.office.numbering import number_in

LIST_BYTES, REFERENCE_BYTES, LEVEL_BYTES = 28, 16, 28
LEVELS = 9
FORMS = {1: "upperRoman", 2: "lowerRoman", 3: "upperLetter", 4: "lowerLetter", 22: "decimalZero", 23: "bullet",
         33: "taiwaneseCounting", 37: "chineseCounting", 38: "chineseCounting", 39: "chineseCounting",
         255: "none"}  # fmt: skip
PLACEHOLDER = re.compile("[\x00-\x08]")


@dataclass(slots=True)
class Level:
    """Where a level of a list begins to count, the form of its numbers, and the text around them."""

    start: int
    form: str
    pattern: str


class Lists:
    """Counts list items from the top of the document. `place` is where the lists lie in the table stream."""

    def __init__(self, table: bytes, place: tuple[int, int], references: bytes) -> None:
        self._levels: dict[int, list[Level]] = {}
        self._lists: list[int] = []
        self._counters: dict[int, dict[int, int]] = {}
        offset, length = place
        if length < 2:
            return
        count, at = unpack_from("<H", table, offset)[0], offset + length
        for number in range(count):
            start = offset + 2 + LIST_BYTES * number
            identifier, is_simple = unpack_from("<I", table, start)[0], table[start + 26] & 1
            levels: list[Level] = []
            for _ in range(1 if is_simple else LEVELS):
                level, at = _level(table, at)
                levels.append(level)
            self._levels[identifier] = levels
        if len(references) >= 4:
            count = min(unpack_from("<I", references, 0)[0], (len(references) - 4) // REFERENCE_BYTES)
            self._lists = [unpack_from("<I", references, 4 + REFERENCE_BYTES * one)[0] for one in range(count)]

    def mark(self, number: int, level: int) -> str:
        """What stands before a paragraph of the list: `2.1 `, `c) `, `• ` or nothing. Lists count from 1."""
        if not 1 <= number <= len(self._lists):
            return ""
        identifier = self._lists[number - 1]
        levels = self._levels.get(identifier, [])
        if level >= len(levels):
            return ""
        counters = self._counters.setdefault(identifier, {})
        for deeper in [one for one in counters if one > level]:
            del counters[deeper]
        for above in range(level):
            counters.setdefault(above, levels[above].start)
        counters[level] = counters[level] + 1 if level in counters else levels[level].start
        if levels[level].form == "bullet":
            return "• "
        text = PLACEHOLDER.sub(
            lambda found: number_in(levels[ord(found[0])].form, counters.get(ord(found[0]), 1))
            if ord(found[0]) < len(levels) else "",
            levels[level].pattern,
        )  # fmt: skip
        return f"{text.strip()} " if text.strip() else ""


def _level(table: bytes, at: int) -> tuple[Level, int]:
    """The level that is described at `at`, and where the description ends."""
    start, form = unpack_from("<iB", table, at)
    end = at + LEVEL_BYTES + table[at + 24] + table[at + 25]
    letters = unpack_from("<H", table, end)[0]
    pattern = table[end + 2 : end + 2 + 2 * letters].decode("utf-16-le", "replace")
    return Level(start, FORMS.get(form, "decimal"), pattern), end + 2 + 2 * letters
