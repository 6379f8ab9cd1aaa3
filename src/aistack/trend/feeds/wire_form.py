"""Reading for another process: responses in and contents out, as JSON can carry them."""

import base64
from dataclasses import asdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from aistack.trend.feeds.items import Contents, Item, UnreadableSource
from aistack.trend.feeds.pages import read_page, read_sitemap
from aistack.trend.feeds.syndication import read_feed


def read(request: dict[str, Any]) -> dict[str, Any]:
    """The contents of a response, or `{"error": ...}`."""
    content, now = base64.b64decode(request["content"]), datetime.fromisoformat(request["now"])
    kind, url, content_type = request["kind"], request["url"], request["content_type"]
    zone = ZoneInfo(request["zone"]) if request["zone"] else None
    try:
        if kind == "page":
            contents = read_page(content, content_type, url, request["selector"], now, zone)
        elif kind == "sitemap":
            contents = read_sitemap(content, url, now, zone)
        else:
            contents = read_feed(content, content_type, url, now, zone)
    except UnreadableSource as error:
        return {"error": str(error)}
    except MemoryError:
        return {"error": "reading it needs more memory than a source may use"}
    except Exception as error:
        return {"error": f"it could not be read ({type(error).__name__}: {error})"[:500]}
    return asdict(contents) | {"items": [_sent(item) for item in contents.items]}


def request_of(
    kind: str, content: bytes, content_type: str, url: str, selector: str, now: datetime, zone: str
) -> dict[str, Any]:
    """What `read` takes, ready to be sent."""
    return {
        "kind": kind, "content": base64.b64encode(content).decode(), "content_type": content_type, "url": url,
        "selector": selector, "now": now.isoformat(), "zone": zone,
    }  # fmt: skip


def contents_of(answer: dict[str, Any]) -> Contents:
    """What `read` returned. Raises UnreadableSource."""
    if "error" in answer:
        raise UnreadableSource(answer["error"])
    read: dict[str, Any] = {"items": tuple(map(_received, answer["items"])), "pages": tuple(answer["pages"])}
    return Contents(**answer | read)


def _sent(item: Item) -> dict[str, Any]:
    return asdict(item) | {"published": item.published.isoformat() if item.published else None}


def _received(given: dict[str, Any]) -> Item:
    published: Any = datetime.fromisoformat(given["published"]) if given["published"] else None
    changed: dict[str, Any] = {"published": published, "tags": tuple(given["tags"])}
    return Item(**given | changed)
