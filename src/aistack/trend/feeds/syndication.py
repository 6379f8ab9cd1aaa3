"""Reads RSS, Atom and JSON Feed, also when they are broken: feedparser does, and this keeps what a reader needs."""

import io
import json
from datetime import UTC, datetime, tzinfo
from typing import Any, cast
from urllib.parse import urljoin

from aistack.trend.feeds.dates import StatedDate, parse_date, zone_of
from aistack.trend.feeds.html_text import text_of
from aistack.trend.feeds.items import (
    ITEMS_MAX,
    URL_CHARACTERS_MAX,
    Contents,
    Item,
    UnreadableSource,
    clean_line,
)

DATES = ("published", "created", "updated", "issued", "modified")
TAGS_MAX = 20


def read_feed(content: bytes, content_type: str, url: str, now: datetime, zone: tzinfo | None = None) -> Contents:
    """The items of a feed, in its order. Raises UnreadableSource."""
    head = content[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not head:
        raise UnreadableSource("the feed is empty")
    if head.startswith(b"{"):
        return _json_feed(content, url, now, zone)
    return _xml_feed(content, content_type, url, now, zone)


def _xml_feed(content: bytes, content_type: str, url: str, now: datetime, zone: tzinfo | None) -> Contents:
    import feedparser  # pyright: ignore -- no stubs

    headers = {"content-type": content_type or "application/xml", "content-location": url}
    found = cast(Any, feedparser.parse(io.BytesIO(content), response_headers=headers))  # pyright: ignore -- no stubs
    if not found.version and not found.entries:
        looks_html = b"<html" in content[:2048].lower() or b"<!doctype html" in content[:2048].lower()
        raise UnreadableSource(
            "this is a web page, not a feed; give the feed's address, or a CSS selector for its headlines"
            if looks_html
            else "this is not an RSS, Atom or JSON feed"
        )
    language = clean_line(found.feed.get("language"), 16)
    home = zone or zone_of(language)
    items = tuple(_item(entry, language, now, home) for entry in found.entries[:ITEMS_MAX])
    notes = _notes(found, len(found.entries))
    refresh = str(found.feed.get("ttl", "")).strip()
    return Contents(
        title=clean_line(text_of(str(found.feed.get("title", "")))),
        language=language,
        refresh_seconds=min(int(refresh), 10_080) * 60 if refresh.isdecimal() else 0,
        items=tuple(item for item in items if item.title or item.text),
        notes=notes,
    )


def _notes(found: Any, count: int) -> list[str]:
    notes: list[str] = []
    if found.bozo:
        reason = clean_line(found.get("bozo_exception"), 200)
        if "document declared as" not in reason and "media type" not in reason:
            notes.append(f"the feed is not well-formed: {reason}")
    if count > ITEMS_MAX:
        notes.append(f"only the first {ITEMS_MAX} of {count} items are read")
    return notes


def _item(entry: Any, language: str, now: datetime, zone: tzinfo | None) -> Item:
    stated = _stated_date(entry, now, zone)
    bodies = [str(one.get("value", "")) for one in entry.get("content", ())] + [str(entry.get("summary", ""))]
    text = max((text_of(body) for body in bodies), key=len)
    title = clean_line(text_of(str(entry.get("title", ""))))
    link = clean_line(entry.get("link"), URL_CHARACTERS_MAX)
    return Item(
        guid=clean_line(entry.get("id") or link or f"{title}\n{text}", URL_CHARACTERS_MAX),
        url=link if link.startswith(("http://", "https://")) else "",
        title=title or clean_line(text, 120),
        text=text,
        author=clean_line(entry.get("author"), 200),
        language=clean_line(entry.get("title_detail", {}).get("language") or language, 16),  # pyright: ignore
        published=stated.at if stated else None,
        is_date_guess=stated.is_guess if stated else False,
        tags=tuple(clean_line(tag.get("term"), 64) for tag in entry.get("tags", ())[:TAGS_MAX] if tag.get("term")),
    )


def _stated_date(entry: Any, now: datetime, zone: tzinfo | None) -> StatedDate | None:
    for name in DATES:
        written = str(entry.get(name) or "")
        if not written:
            continue
        if stated := parse_date(written, now, zone):
            return stated
        if parsed := entry.get(f"{name}_parsed"):
            return StatedDate(datetime(*parsed[:6], tzinfo=UTC), True)
    return None


def _json_feed(content: bytes, url: str, now: datetime, zone: tzinfo | None) -> Contents:
    """https://www.jsonfeed.org/version/1.1/"""
    try:
        feed: Any = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise UnreadableSource(f"the JSON feed is broken: {error}") from None
    if not isinstance(feed.get("items"), list):
        raise UnreadableSource("this JSON is not a JSON Feed: it has no list of items")
    language = clean_line(feed.get("language"), 16)
    home = zone or zone_of(language)
    items = [_json_item(one, url, language, now, home) for one in _objects(feed["items"])[:ITEMS_MAX]]
    return Contents(
        title=clean_line(feed.get("title")),
        language=language,
        items=tuple(item for item in items if item.title or item.text),
    )


def _json_item(given: dict[str, Any], base: str, language: str, now: datetime, zone: tzinfo | None) -> Item:
    text = text_of(str(given.get("content_html") or given.get("content_text") or given.get("summary") or ""))
    link = str(given.get("url") or given.get("external_url") or "")
    link = clean_line(urljoin(base, link) if link else "", URL_CHARACTERS_MAX)
    title = clean_line(given.get("title"))
    stated = parse_date(str(given.get("date_published") or given.get("date_modified") or ""), now, zone)
    authors = [str(one.get("name") or "") for one in _objects(given.get("authors") or [given.get("author")])]
    tags = given.get("tags")
    return Item(
        guid=clean_line(given.get("id") or link or f"{title}\n{text}", URL_CHARACTERS_MAX),
        url=link,
        title=title or clean_line(text, 120),
        text=text,
        author=clean_line(", ".join(filter(None, authors)), 200),
        language=clean_line(given.get("language") or language, 16),
        published=stated.at if stated else None,
        is_date_guess=stated.is_guess if stated else False,
        tags=tuple(clean_line(tag, 64) for tag in cast(list[Any], tags)[:TAGS_MAX]) if isinstance(tags, list) else (),
    )


def _objects(value: Any) -> list[dict[str, Any]]:
    """The objects in a JSON list, or nothing."""
    listed = cast(list[Any], value) if isinstance(value, list) else []
    return [cast(dict[str, Any], one) for one in listed if isinstance(one, dict)]
