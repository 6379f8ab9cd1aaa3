"""Items of web pages that have no feed: what a CSS selector marks, and the pages that a sitemap lists."""

import re
import zlib
from datetime import datetime, tzinfo
from typing import Any
from urllib.parse import urljoin

from aistack.trend.feeds.dates import parse_date, zone_of
from aistack.trend.feeds.html_text import node_text
from aistack.trend.feeds.items import ITEMS_MAX, URL_CHARACTERS_MAX, Contents, Item, UnreadableSource, clean_line

GZIP = b"\x1f\x8b"
SITEMAP_BYTES_MAX = 50 * 1024 * 1024  # of the protocol, https://www.sitemaps.org/protocol.html
PAGES_MAX = 1_000
GUESSED_BYTES = 1 << 20
DECLARED = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
CHINESE = {"gb2312": "gb18030", "gbk": "gb18030"}  # what such pages are really in


def read_page(
    content: bytes, content_type: str, url: str, selector: str, now: datetime, zone: tzinfo | None = None
) -> Contents:
    """An item for each element that `selector` marks. Raises UnreadableSource."""
    from selectolax.lexbor import LexborHTMLParser, SelectolaxError

    tree = LexborHTMLParser(_decoded(content, content_type))
    base = tree.css_first("base[href]")
    here = urljoin(url, str(base.attributes.get("href"))) if base is not None else url
    try:
        marked: list[Any] = tree.css(selector)
    except (SelectolaxError, ValueError) as error:
        raise UnreadableSource(f"the CSS selector {selector!r} is not valid: {error}") from None
    if not marked:
        raise UnreadableSource(f"the page has nothing that the CSS selector {selector!r} marks")
    language = clean_line(tree.root.attributes.get("lang"), 16) if tree.root is not None else ""
    home = zone or zone_of(language)
    found = [_marked_item(node, here, now, home) for node in marked[:ITEMS_MAX]]
    title = tree.css_first("title")
    return Contents(
        title=clean_line(title.text() if title is not None else ""),
        language=language,
        items=tuple({item.guid: item for item in found if item.title}.values()),
    )


def _marked_item(node: Any, base: str, now: datetime, zone: tzinfo | None) -> Item:
    """The first link in (or of, or around) the element is its address, the link's text or a heading its title."""
    link = node if node.tag == "a" else node.css_first("a[href]") or _around(node)
    href = str(link.attributes.get("href") or "") if link is not None else ""
    address = urljoin(base, href.strip()) if href else ""
    time = node.css_first("time")
    written = str(time.attributes.get("datetime") or time.text()) if time is not None else ""
    heading = node.css_first("h1, h2, h3, h4, h5, h6")
    title = clean_line((heading or link or node).text(deep=True))
    text = node_text(node)
    stated = parse_date(written, now, zone) if written else None
    if stated is None:
        stated = next(filter(None, (parse_date(line, now, zone) for line in text.splitlines()[:20])), None)
    url = clean_line(address, URL_CHARACTERS_MAX) if address.startswith(("http://", "https://")) else ""
    return Item(
        guid=url or clean_line(text, URL_CHARACTERS_MAX),
        url=url,
        title=title or clean_line(text, 120),
        text="" if text == title else text,
        published=stated.at if stated else None,
        is_date_guess=stated.is_guess if stated else False,
    )


def _around(node: Any) -> Any:
    parent = node.parent
    while parent is not None and parent.tag != "a":
        parent = parent.parent
    return parent


def read_sitemap(content: bytes, url: str, now: datetime, zone: tzinfo | None = None) -> Contents:
    """The pages of a sitemap with the titles of its news extension, or the sitemaps that an index lists.

    Raises UnreadableSource.
    """
    root = _xml_root(_unpacked(content))
    kind = "" if root is None else _local_name(root)
    if root is None or kind not in ("urlset", "sitemapindex"):
        raise UnreadableSource("this is not a sitemap")
    places = [_fields_of(one) for one in root.iterchildren() if _local_name(one) in ("url", "sitemap")]
    places = [one for one in places if one.get("loc", "").startswith(("http://", "https://"))]
    if kind == "sitemapindex":
        newest = sorted(places, key=lambda one: one.get("lastmod", ""), reverse=True)
        return Contents(pages=tuple(one["loc"] for one in newest[:PAGES_MAX]))
    newest = sorted(places, key=lambda one: one.get("publication_date") or one.get("lastmod", ""), reverse=True)
    return Contents(items=tuple(_listed_item(one, now, zone) for one in newest[:ITEMS_MAX]))


def _listed_item(given: dict[str, str], now: datetime, zone: tzinfo | None) -> Item:
    stated = parse_date(given.get("publication_date") or given.get("lastmod", ""), now, zone)
    return Item(
        guid=given["loc"],
        url=given["loc"],
        title=clean_line(given.get("title")),
        text="",
        language=clean_line(given.get("language"), 16),
        published=stated.at if stated else None,
        is_date_guess=stated.is_guess if stated else False,
    )


def _fields_of(place: Any) -> dict[str, str]:
    fields: dict[str, str] = {}
    for one in place.iter():
        if one.text and one.text.strip():
            fields.setdefault(_local_name(one), clean_line(one.text, URL_CHARACTERS_MAX))
    return fields


def _xml_root(content: bytes) -> Any:
    from lxml import etree  # pyright: ignore -- no stubs

    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)  # pyright: ignore -- no stubs
    return etree.fromstring(content, parser)  # pyright: ignore -- no stubs


def _local_name(element: Any) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _unpacked(content: bytes) -> bytes:
    if not content.startswith(GZIP):
        return content
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        unpacked = unpacker.decompress(content, SITEMAP_BYTES_MAX)
    except zlib.error as error:
        raise UnreadableSource(f"the sitemap is a damaged gzip file: {error}") from None
    if unpacker.unconsumed_tail:
        raise UnreadableSource(f"the sitemap has more than {SITEMAP_BYTES_MAX} bytes")
    return unpacked


def _decoded(content: bytes, content_type: str) -> str:
    """The page as text, in the encoding that its header or it itself declares, or the one that it resembles."""
    header = content_type.rpartition("charset=")[2].strip("\"' ;") if "charset=" in content_type else ""
    found = DECLARED.search(content[:2048])
    for name in (header, found[1].decode("ascii", "replace") if found else "", "utf-8"):
        try:
            return content.decode(CHINESE.get(name.lower(), name or "utf-8"))
        except (LookupError, UnicodeDecodeError):
            continue
    from chardetng_py import EncodingDetector  # pyright: ignore -- no stubs

    detector = EncodingDetector()
    detector.feed(content[:GUESSED_BYTES], last=True)
    return content.decode(str(detector.guess(tld=None, allow_utf8=False)), "replace")
