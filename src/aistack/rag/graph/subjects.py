"""What each chunk is about: the names in its title and heading, and the name that its text begins with.

A chunk that is about a name says more on it than one that only mentions it. Retrieval follows a name to these chunks.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from aistack.language.analysis import IS_CJK, STOP_WORDS, TOKEN
from aistack.rag.graph.entities import fold

NAME_WORDS_MAX = 12
NAME_CHARACTERS_MAX = 16  # of a Chinese name
OPENING_CHARACTERS = 160
SUBJECT_OFFSET_MAX = 4  # for an article before the name
CHUNKS_MAX = 50  # headings of more chunks, like Overview, are not names
QUALIFIER = re.compile(r"\s*[(（][^()（）]*[)）]\s*\Z")

OpeningRow = tuple[int, str, Sequence[str], str]  # chunk, title, heading path, first characters of the text


@dataclass(frozen=True, slots=True)
class Name:
    """A name in a text. `key` is an entity id if the graph has the name, otherwise the folded name."""

    key: str
    text: str
    start: int
    end: int


class Subjects:
    """`chunks` are those about a name, by the name's key."""

    def __init__(self, names: Mapping[str, str], rows: Iterable[OpeningRow]) -> None:
        """`names` are entity ids by folded name."""
        rows = list(rows)
        self._names = names
        self._titles: set[str] = set()
        self._chunks: dict[str, dict[int, None]] = defaultdict(dict)
        self._first_words = {"the"}
        self._add_first_words(names)
        for chunk, title, heading, _ in rows:
            for text in dict.fromkeys((title, *heading[-1:])):
                for name in _names_of(text):
                    self._titles.add(name)
                    self._chunks[names.get(name, name)][chunk] = None
        self._add_first_words(self._titles)
        for chunk, title, _, opening in rows:
            text = opening.removeprefix(title).lstrip("# \r\n") or opening
            first = next(iter(self.names_in(text)), None)
            if first is not None and first.start <= SUBJECT_OFFSET_MAX:
                self._chunks[first.key][chunk] = None
        self.chunks = {key: list(found) for key, found in self._chunks.items() if len(found) <= CHUNKS_MAX}

    def keys_of(self, title: str) -> set[str]:
        """The keys under which a title is known."""
        return {self._names.get(name, name) for name in _names_of(title)}

    def names_in(self, text: str) -> Iterator[Name]:
        """The known names in a text, the longest where several begin. A single word counts only with a capital."""
        words = [match.span() for match in TOKEN.finditer(text)]
        at = 0
        while at < len(words):
            start, end = words[at]
            if IS_CJK.match(text, start):
                yield from self._in_run(text[start:end], start)
            elif text[start:end].casefold() in self._first_words:
                for last in range(min(len(words), at + NAME_WORDS_MAX) - 1, at - 1, -1):
                    name = text[start : words[last][1]]
                    folded = fold(name)
                    is_name = last > at or (text[start].isupper() and folded not in STOP_WORDS)
                    if is_name and self._is_known(folded):
                        yield Name(self._names.get(folded, folded), name, start, words[last][1])
                        at = last
                        break
            at += 1

    def _in_run(self, run: str, offset: int) -> Iterator[Name]:
        at = 0
        while at < len(run):
            for length in range(min(NAME_CHARACTERS_MAX, len(run) - at), 1, -1):
                name = run[at : at + length]
                if self._is_known(name):
                    yield Name(self._names.get(name, name), name, offset + at, offset + at + length)
                    at += length - 1
                    break
            at += 1

    def _is_known(self, folded: str) -> bool:
        return folded in self._names or folded in self._titles

    def _add_first_words(self, names: Iterable[str]) -> None:
        self._first_words |= {match.group() for name in names if (match := TOKEN.search(name))}


def _names_of(title: str) -> set[str]:
    """A title and the title without a qualifier in parentheses, folded."""
    return {name for name in (fold(title), fold(QUALIFIER.sub("", title))) if len(name) > 1}
