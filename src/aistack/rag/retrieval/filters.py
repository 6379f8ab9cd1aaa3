"""Filters of a search: conditions on what is known of a document.

`{"lang": "en", "year": {"gte": "2020"}, "name": ["a.md", "b.md"]}`: a value, a list of values, or bounds. Keys are the
document's own `id`, `name`, `title`, `media_type`, `created_at` and `updated_at`, and anything in its metadata.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, and_, false, or_, true

from aistack.chassis.errors import InvalidInput
from aistack.rag.tables import Document

OWN = ("id", "name", "title", "media_type")
TIMES = ("created_at", "updated_at")
BOUNDS = ("gte", "gt", "lte", "lt", "ne")
CONDITIONS_MAX = 32
VALUES_MAX = 1000

Scalar = str | int | float | bool
Filter = Mapping[str, Any]


def condition(given: Filter) -> ColumnElement[bool]:
    """What a filter says, over `Document`. Raises InvalidInput naming the key that cannot be understood."""
    if len(given) > CONDITIONS_MAX:
        raise InvalidInput(f"filter has {len(given)} keys; {CONDITIONS_MAX} are allowed")
    return and_(true(), *(_of_key(key, wanted) for key, wanted in given.items()))


def _of_key(key: str, wanted: Any) -> ColumnElement[bool]:
    if isinstance(wanted, list):
        listed = cast(list[object], wanted)
        if len(listed) > VALUES_MAX:
            raise InvalidInput(f"filter.{key} lists {len(listed)} values; {VALUES_MAX} are allowed")
        return or_(false(), *(_compared(key, "eq", one) for one in listed))
    if isinstance(wanted, dict):
        bounds = cast(dict[str, object], wanted)
        if not bounds or bounds.keys() - set(BOUNDS):
            raise InvalidInput(f"filter.{key} must be a value, a list of values, or bounds named {', '.join(BOUNDS)}")
        return and_(true(), *(_compared(key, name, one) for name, one in bounds.items()))
    return _compared(key, "eq", wanted)


def _compared(key: str, how: str, wanted: object) -> ColumnElement[bool]:
    if not isinstance(wanted, str | int | float | bool):
        raise InvalidInput(f"filter.{key} compares with {type(wanted).__name__}; write a text, number or truth value")
    if key in TIMES:
        column: Any = getattr(Document, key)
        value: Any = _time(key, wanted)
    elif key in OWN:
        column, value = getattr(Document, key), _text(wanted)
    else:
        column, value = Document.about[key].as_string(), _text(wanted)
    operations: dict[str, ColumnElement[bool]] = {
        "eq": column == value,
        "ne": column.is_(None) | (column != value),
        "gte": column >= value,
        "gt": column > value,
        "lte": column <= value,
        "lt": column < value,
    }
    return operations[how]


def _text(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _time(key: str, value: Scalar) -> datetime:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise InvalidInput(f"filter.{key} must be a time as in 2027-01-31 or 2027-01-31T12:00:00Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
