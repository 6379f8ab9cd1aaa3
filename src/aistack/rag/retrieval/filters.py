"""Search filters: conditions on the columns and metadata of documents.

`{"lang": "en", "year": {"gte": "2020"}, "name": ["a.md", "b.md"]}`: a value, a list of values, or bounds. Keys are the
document's `id`, `name`, `title`, `media_type`, `created_at` and `updated_at`, and any key of its metadata.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, and_, false, or_, true

from aistack.chassis.errors import InvalidInput
from aistack.rag.tables import Document

COLUMNS = ("id", "name", "title", "media_type")
TIMES = ("created_at", "updated_at")
BOUNDS = ("gte", "gt", "lte", "lt", "ne")
CONDITIONS_MAX = 32
VALUES_MAX = 1000

Scalar = str | int | float | bool
Filter = Mapping[str, Any]


def condition(filters: Filter) -> ColumnElement[bool]:
    """The filter as a condition on `Document`. Raises InvalidInput that names the invalid key."""
    if len(filters) > CONDITIONS_MAX:
        raise InvalidInput(f"filter has {len(filters)} keys; at most {CONDITIONS_MAX} are allowed")
    return and_(true(), *(_key_condition(key, value) for key, value in filters.items()))


def _key_condition(key: str, given: Any) -> ColumnElement[bool]:
    if isinstance(given, list):
        values = cast(list[object], given)
        if len(values) > VALUES_MAX:
            raise InvalidInput(f"filter.{key} has {len(values)} values; at most {VALUES_MAX} are allowed")
        return or_(false(), *(_comparison(key, "eq", one) for one in values))
    if isinstance(given, dict):
        bounds = cast(dict[str, object], given)
        if not bounds or bounds.keys() - set(BOUNDS):
            raise InvalidInput(f"filter.{key} must be a value, a list of values, or an object with {', '.join(BOUNDS)}")
        return and_(true(), *(_comparison(key, operator, one) for operator, one in bounds.items()))
    return _comparison(key, "eq", given)


def _comparison(key: str, operator: str, given: object) -> ColumnElement[bool]:
    if not isinstance(given, str | int | float | bool):
        raise InvalidInput(f"filter.{key} is compared with {type(given).__name__}; use a string, number or boolean")
    if key in TIMES:
        column: Any = getattr(Document, key)
        value: Any = _time(key, given)
    elif key in COLUMNS:
        column, value = getattr(Document, key), _text(given)
    else:
        column, value = Document.about[key].as_string(), _text(given)
    operations: dict[str, ColumnElement[bool]] = {
        "eq": column == value,
        "ne": column.is_(None) | (column != value),
        "gte": column >= value,
        "gt": column > value,
        "lte": column <= value,
        "lt": column < value,
    }
    return operations[operator]


def _text(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _time(key: str, value: Scalar) -> datetime:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise InvalidInput(f"filter.{key} must be a date or time like 2027-01-31 or 2027-01-31T12:00:00Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
