"""What the foreign formats have in common: a tree of nodes, of which only some are messages to keep."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from aistack.agent.wire import ExportedMessage

MILLISECONDS_FROM = 100_000_000_000  # times that are larger are in milliseconds


def time_of(given: Any, otherwise: datetime) -> datetime:
    """A time in seconds or milliseconds since 1970."""
    if isinstance(given, bool) or not isinstance(given, int | float) or given <= 0:
        return otherwise
    return datetime.fromtimestamp(given / 1000 if given > MILLISECONDS_FROM else given, UTC)


def kept_parent(parent: Any, parents: Mapping[str, Any], kept: Mapping[str, ExportedMessage]) -> str | None:
    """The nearest node above that is kept; None if there is none."""
    seen: set[str] = set()
    while isinstance(parent, str) and parent not in kept and parent not in seen:
        seen.add(parent)
        parent = parents.get(parent)
    return parent if isinstance(parent, str) and parent in kept else None


def linked(kept: Mapping[str, ExportedMessage], parents: Mapping[str, Any]) -> list[ExportedMessage]:
    """The kept messages, each below the nearest one above it that is kept."""
    return [
        one.model_copy(update={"parent": kept_parent(parents.get(key), parents, kept)}) for key, one in kept.items()
    ]
