"""Prefixes that all names of a schema or a table share: `sb` of `sbcustomer`, `sbtx` of `sbtxamount`."""

from collections.abc import Sequence

from aistack.ai.schema.identifiers import identifier_words, is_word

NAMES_MIN = 3
PREFIX_MIN = 2
FIRST_MIN = 3
LAST_WORDS = ("date", "time", "name", "code", "type", "price", "number", "count", "id")
KNOWN_MIN = 0.25  # share of the names that are words without the prefix


def shared_prefix(names: Sequence[str]) -> str:
    """The prefix that says nothing, as more names are words without it than with it; empty if there is none."""
    if len(names) < NAMES_MIN:
        return ""
    lowered = [name.lower() for name in names]
    longest = min(lowered)
    while not max(lowered).startswith(longest):  # what the first and the last in order share, all do
        longest = longest[:-1]
    best, found = "", _known(lowered)
    for end in range(PREFIX_MIN, len(longest) + 1):
        rest = [name[end:] for name in lowered]
        known = _known(rest)
        if all(rest) and known > found and known >= KNOWN_MIN * len(names):
            best, found = longest[:end], known
    return best


def _known(names: Sequence[str]) -> int:
    return sum(all(is_word(word) for word in identifier_words(name) or ("?",)) for name in names)


def bare_words(name: str, prefix: str) -> str:
    """The name without the prefix, its last word apart: `join date` of `sbcustjoindate`."""
    rest = name[len(prefix) :]
    if not prefix or len(identifier_words(rest)) > 1:
        return rest
    lowered = rest.lower()
    if lowered.startswith("is") and is_word(lowered[2:]):
        return f"is_{lowered[2:]}"
    for last in LAST_WORDS:
        if lowered.endswith(last) and len(lowered) >= len(last) + FIRST_MIN:
            return f"{lowered[: -len(last)]}_{last}"
    return rest
