"""Regular expressions as JSON Schema has them (ECMA 262), as far as a grammar can say them.

Literals, classes, groups, alternatives and repetition; anchors only where an alternative begins or ends. Inside the
text, characters that JSON would escape are left out of `.` and of negated classes.
"""

import re
from dataclasses import dataclass

from aistack.inference.backends.grammars.strings import in_class, literal

REPEATS_MAX = 1000
CHARACTERS_MAX = 4000
DEPTH_MAX = 50
ENDLESS = 1 << 40
SETS = {"d": "0-9", "w": "A-Za-z0-9_", "s": " "}
NEGATED_SETS = {"D": "0-9", "W": "A-Za-z0-9_", "S": " "}
CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v"}
JSON_ESCAPED = '"\\\n\r\t\f\b'
EXCLUDED = '"\\\\\\x7F\\x00-\\x1F'
QUANTIFIER = re.compile(r"\*|\+|\?|\{(\d+)(,?)(\d*)\}")
GROUP = re.compile(r"\(\?(?::|P?<[A-Za-z_]\w*>)")


class BadPattern(Exception):
    """The pattern cannot be said in a grammar."""


@dataclass(frozen=True, slots=True)
class Part:
    """An expression, and how many characters it can take."""

    text: str
    shortest: int
    longest: int


def pattern_part(pattern: str) -> Part:
    """The content of a string, without its quotes, that the pattern finds. Raises BadPattern."""
    if len(pattern) > CHARACTERS_MAX:
        raise BadPattern(f"it has more than {CHARACTERS_MAX} characters")
    try:
        re.compile(re.sub(r"\(\?<(?=[A-Za-z_])", "(?P<", pattern))
    except (re.error, OverflowError, RecursionError) as error:
        raise BadPattern(f"it is not a regular expression: {error}") from None
    reader = _Reader(pattern)
    part = reader.alternatives(0)
    if reader.at < len(pattern):
        raise reader.failed()
    return part


class _Reader:
    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self.at = 0

    def failed(self, at: int | None = None) -> BadPattern:
        at = self.at if at is None else at
        return BadPattern(f"what begins at its character {at + 1} ({self._pattern[at : at + 8]!r}) cannot be enforced")

    def alternatives(self, depth: int) -> Part:
        if depth > DEPTH_MAX:
            raise BadPattern(f"its groups are deeper than {DEPTH_MAX}")
        found = [self._sequence(depth)]
        while self._take("|"):
            found.append(self._sequence(depth))
        text = found[0].text if len(found) == 1 else f"({' | '.join(one.text for one in found)})"
        return Part(text, min(one.shortest for one in found), max(one.longest for one in found))

    def _sequence(self, depth: int) -> Part:
        begins = depth == 0 and self._take("^")
        parts = [] if begins or depth else [Part("plain*", 0, ENDLESS)]
        while self.at < len(self._pattern) and self._pattern[self.at] not in "|)":
            if self._pattern[self.at] == "$" and depth == 0 and self._ends(self.at + 1):
                break
            parts.append(self._repeated(self._atom(depth)))
        if depth == 0 and not self._take("$"):
            parts.append(Part("plain*", 0, ENDLESS))
        text = " ".join(one.text for one in parts) or '""'
        return Part(text, sum(one.shortest for one in parts), min(ENDLESS, sum(one.longest for one in parts)))

    def _ends(self, at: int) -> bool:
        return at == len(self._pattern) or self._pattern[at] == "|"

    def _repeated(self, part: Part) -> Part:
        found = QUANTIFIER.match(self._pattern, self.at)
        if found is None:
            return part
        begun = self.at
        self.at = found.end()
        low, high = {"*": (0, ENDLESS), "+": (1, ENDLESS), "?": (0, 1)}.get(found[0], (-1, -1))
        if low < 0:
            low = int(found[1])
            high = low if not found[2] else int(found[3]) if found[3] else ENDLESS
            if max(low, high % ENDLESS) > REPEATS_MAX:
                raise BadPattern(f"it repeats more than {REPEATS_MAX} times")
        if self._take("+"):
            raise self.failed(begun)
        self._take("?")
        shown = found[0]
        return Part(f"({part.text}){shown}", part.shortest * low, min(ENDLESS, part.longest * high))

    def _atom(self, depth: int) -> Part:
        character = self._pattern[self.at]
        if character == "(":
            return self._group(depth)
        if character == "[":
            return self._class()
        if character == "\\":
            return self._escape()
        if character in "^$*+?{":
            raise self.failed()
        self.at += 1
        if character == ".":
            return Part("plain", 1, 1)
        return Part(_character(character), 1, 1)

    def _group(self, depth: int) -> Part:
        begun = self.at
        found = GROUP.match(self._pattern, self.at)
        if found is None and self._pattern.startswith("(?", self.at):
            raise self.failed()
        self.at = found.end() if found is not None else self.at + 1
        part = self.alternatives(depth + 1)
        if not self._take(")"):
            raise self.failed(begun)
        return Part(f"({part.text})", part.shortest, part.longest)

    def _escape(self) -> Part:
        begun = self.at
        name = self._pattern[self.at + 1 : self.at + 2]
        if name in SETS:
            self.at += 2
            return Part(f"[{SETS[name]}]", 1, 1)
        if name in NEGATED_SETS:
            self.at += 2
            return Part(f"[^{EXCLUDED}{NEGATED_SETS[name]}]", 1, 1)
        character = self._escaped_character()
        if character is None:
            raise self.failed(begun)
        return Part(_character(character), 1, 1)

    def _escaped_character(self) -> str | None:
        """The character that an escape stands for; None for one that is no character."""
        name = self._pattern[self.at + 1 : self.at + 2]
        for letter, digits in (("x", 2), ("u", 4)):
            code = self._pattern[self.at + 2 : self.at + 2 + digits]
            if name == letter and re.fullmatch(f"[0-9A-Fa-f]{{{digits}}}", code):
                self.at += 2 + digits
                found = chr(int(code, 16))
                return None if "\ud800" <= found <= "\udfff" else found
        self.at += 2
        if name in CONTROLS:
            return CONTROLS[name]
        return None if not name or name.isalnum() else name

    def _class(self) -> Part:
        begun = self.at
        self.at += 1
        negated = self._take("^")
        members: list[str] = []
        beside: list[str] = []
        while not self._take("]"):
            if self.at >= len(self._pattern):
                raise self.failed(begun)
            low = self._member(begun)
            if len(low) > 1:
                members.append(low)
            elif self._pattern[self.at : self.at + 1] == "-" and self._pattern[self.at + 1 : self.at + 2] not in (
                "]",
                "",
            ):
                self.at += 1
                high = self._member(begun)
                if len(high) > 1 or high < low:
                    raise self.failed(begun)
                members.append(f"{in_class(low)}-{in_class(high)}")
                if not negated and any(low <= one <= high for one in JSON_ESCAPED):
                    raise self.failed(begun)
            elif low in JSON_ESCAPED:
                beside.append(_character(low))
            else:
                members.append(in_class(low))
        if not members and not beside:
            raise self.failed(begun)
        if negated:
            return Part(f"[^{EXCLUDED}{''.join(members)}]", 1, 1)
        found = [f"[{''.join(members)}]"] * bool(members) + beside
        return Part(found[0] if len(found) == 1 else f"({' | '.join(found)})", 1, 1)

    def _member(self, begun: int) -> str:
        """A character of a class, or the ranges of a set in it."""
        character = self._pattern[self.at]
        if character != "\\":
            if character == "[" and self._pattern[self.at + 1 : self.at + 2] == ":":
                raise self.failed(begun)
            self.at += 1
            return character
        name = self._pattern[self.at + 1 : self.at + 2]
        if name in SETS:
            self.at += 2
            return SETS[name] if name != "s" else " "
        found = "\b" if name == "b" else self._escaped_character()
        if found is None or name == "b":
            raise self.failed(begun)
        return found

    def _take(self, text: str) -> bool:
        if self._pattern.startswith(text, self.at):
            self.at += len(text)
            return True
        return False


def _character(character: str) -> str:
    """A character of a string's content, as JSON writes it."""
    if character in JSON_ESCAPED:
        return literal(
            {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\f": "\\f", "\b": "\\b"}.get(character, "\\" + character)
        )
    if ord(character) < 32 or ord(character) == 127:
        raise BadPattern("it has a control character")
    return literal(character)
