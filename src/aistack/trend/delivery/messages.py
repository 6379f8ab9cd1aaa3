"""Messages: what is told of stories, rendered for a channel and split at its size."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Language = Literal["en", "zh"]
TITLE_CHARACTERS_MAX = 120


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that is told. `data` is what machines get of it."""

    title: str
    url: str = ""
    details: tuple[str, ...] = ()
    data: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Message:
    """One message as the ledger keeps it. `texts` are entries as the channel renders them."""

    title: str
    texts: tuple[str, ...]
    key: str = ""
    part: int = 1
    parts: int = 1

    @property
    def heading(self) -> str:
        return f"{self.title} ({self.part}/{self.parts})" if self.parts > 1 else self.title

    def kept(self) -> dict[str, Any]:
        return asdict(self) | {"texts": list(self.texts)}

    @classmethod
    def of(cls, kept: dict[str, Any], key: str) -> "Message":
        return cls(kept["title"], tuple(kept["texts"]), key, kept["part"], kept["parts"])


@dataclass(frozen=True, slots=True)
class Markup:
    """How a channel writes entries. `size_max` limits what `measure` gives of all texts of a message."""

    entry: Callable[[Entry], str]
    measure: Callable[[str], int]
    size_max: int
    heading_size: int = 2 * TITLE_CHARACTERS_MAX * 3


def messages_of(title: str, entries: Sequence[Entry], markup: Markup) -> list[Message]:
    """As few messages as the size allows, every entry in one of them."""
    title = title[:TITLE_CHARACTERS_MAX]
    room = markup.size_max - markup.heading_size
    parts: list[list[str]] = [[]]
    used = 0
    for entry in entries:
        text = _fitting(entry, markup, room)
        size = markup.measure(text) + 2
        if parts[-1] and used + size > room:
            parts.append([])
            used = 0
        parts[-1].append(text)
        used += size
    return [
        Message(title, tuple(texts), part=number, parts=len(parts)) for number, texts in enumerate(parts, 1) if texts
    ]


def _fitting(entry: Entry, markup: Markup, room: int) -> str:
    """The entry, shortened if alone it is too long: details first, then the title."""
    for details in range(len(entry.details), -1, -1):
        text = markup.entry(Entry(entry.title, entry.url, entry.details[:details], entry.data))
        if markup.measure(text) + 2 <= room:
            return text
    short = Entry(entry.title[:60] + "…", entry.url if len(entry.url) < 500 else "")
    return markup.entry(short)
