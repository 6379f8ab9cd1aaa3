"""How a passage of a document is shown in a line."""

import unicodedata

from aistack.cli.output import plain
from aistack.rag.wire import Place

SNIPPET_COLUMNS = 300


def place_line(place: Place) -> str:
    """Where a passage stands: the document, and its page and heading if it has them."""
    parts = [place.name]
    if place.page is not None:
        parts.append(f"page {place.page}")
    if place.heading:
        parts.append(" > ".join(place.heading))
    return " ".join(plain(", ".join(parts)).split())


def snippet(place: Place) -> str:
    """The first words of a passage on one line; a Chinese character takes two columns."""
    text = " ".join(plain(place.text).split())
    columns = 0
    for at, character in enumerate(text):
        columns += 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if columns > SNIPPET_COLUMNS:
            return f"{text[:at]} ..."
    return text
