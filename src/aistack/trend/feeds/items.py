"""What a source contains, as read."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime

ITEMS_MAX = 5_000
TITLE_CHARACTERS_MAX = 500
TEXT_CHARACTERS_MAX = 200_000
URL_CHARACTERS_MAX = 2_000
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class UnreadableSource(Exception):
    """The content cannot be read. The message says why."""


@dataclass(frozen=True, slots=True)
class Item:
    """`guid` is the source's own name for it, unique in the source. `published` is what the source states, in UTC."""

    guid: str
    url: str
    title: str
    text: str
    author: str = ""
    language: str = ""
    published: datetime | None = None
    is_date_guess: bool = False
    tags: tuple[str, ...] = ()

    @property
    def content_digest(self) -> str:
        """The same for items with the same words, whatever their guid, URL and spacing."""
        words = " ".join(f"{self.title} {self.text}".casefold().split())
        return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Contents:
    """`refresh_seconds` is the interval that the source asks for. `pages` are the sitemaps that an index lists."""

    title: str = ""
    language: str = ""
    refresh_seconds: int = 0
    items: tuple[Item, ...] = ()
    pages: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list[str])


def clean_line(text: object, characters_max: int = TITLE_CHARACTERS_MAX) -> str:
    """One line without markup of spacing, invisible characters, or more than `characters_max` characters."""
    visible = INVISIBLE.sub("", unicodedata.normalize("NFC", str(text or "")))
    return " ".join(visible.split())[:characters_max]


def clean_text(text: str) -> str:
    """Paragraphs without invisible characters and repeated blanks."""
    visible = INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    lines = (" ".join(line.split()) for line in visible.splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()[:TEXT_CHARACTERS_MAX]
