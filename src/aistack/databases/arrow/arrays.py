"""Values as Arrow arrays, and arrays as text. All raise ValueError, TypeError or ArithmeticError for what does not fit.

DuckDB's infinite dates are the largest numbers. PostgreSQL's are too, but its driver, which counts from 1970 instead of
2000, lets them overflow.
"""

import importlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, time
from decimal import Decimal
from typing import Any

from aistack.databases.date_times import date_text, time_text, timestamp_text
from aistack.databases.json_values import json_value

DAY_MICROSECONDS = 86_400_000_000
UNIX_TO_2000_DAYS = 10_957
DATE = re.compile(r"(\d{4,7})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?:\+00(?::00)?)?)?( BC)?$")
DATE_DAYS_MAX, TIMESTAMP_MICROSECONDS_MAX = 2**31 - 20_000, 2**63 - 2 * 946_684_800_000_000  # beyond: infinite
NOT_REPRESENTABLE = (ValueError, TypeError, ArithmeticError, NotImplementedError)
ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

Values = Any  # a list of JSON values, or an array that the engine made


def is_list(values: Any) -> bool:
    """Whether these are values, and no array yet."""
    return isinstance(values, list)


def storage_of(pa: Any, array: Any) -> Any:
    """An array without its extension type."""
    return array.storage if isinstance(array.type, pa.BaseExtensionType) else array


def check_range(pa: Any, values: Any) -> None:
    """Raises ValueError for what Arrow's dates and times cannot hold.

    These are the infinite dates of PostgreSQL (which its driver lets overflow) and DuckDB, and the time 24:00.
    """
    types = pa.types
    if types.is_nested(values.type):
        for inner in _inner_arrays(pa, values):
            check_range(pa, inner)
        return
    if types.is_date32(values.type):
        least, most = -DATE_DAYS_MAX, DATE_DAYS_MAX
    elif types.is_timestamp(values.type):
        least, most = -TIMESTAMP_MICROSECONDS_MAX, TIMESTAMP_MICROSECONDS_MAX
    elif types.is_time64(values.type):
        least, most = 0, DAY_MICROSECONDS * (1000 if values.type.unit == "ns" else 1) - 1
    else:
        return
    numbers = values.view(pa.int32() if types.is_date32(values.type) else pa.int64())
    found = importlib.import_module("pyarrow.compute").min_max(numbers).as_py()
    if found["min"] is not None and (found["min"] < least or found["max"] > most):
        raise ValueError(f"an infinite date, or the time 24:00, in a column of {values.type}")


def _inner_arrays(pa: Any, values: Any) -> list[Any]:
    types = pa.types
    if types.is_map(values.type):
        return [values.keys, values.items]
    if types.is_list(values.type) or types.is_fixed_size_list(values.type):
        return [values.flatten()]
    return values.flatten() if types.is_struct(values.type) else []


def as_texts(values: Values) -> list[str | None]:
    if is_list(values):
        texts = (one if one is None or isinstance(one, str) else _as_text(one) for one in values)
        return [None if one is None else one.encode("utf-8", "replace").decode() for one in texts]
    pa: Any = importlib.import_module("pyarrow")
    if pa.types.is_date32(values.type):
        numbers = values.view(pa.int32()).to_pylist()
        return [None if one is None else _date_or_infinity(one) for one in numbers]
    if pa.types.is_timestamp(values.type):
        zone = "+00:00" if values.type.tz else ""
        factor = {"s": 1_000_000, "ms": 1_000, "us": 1, "ns": 1}[values.type.unit]
        found = values.view(pa.int64()).to_pylist()
        return [None if one is None else _timestamp_or_infinity(one, factor, zone) for one in found]
    if pa.types.is_time64(values.type):
        numbers = values.view(pa.int64()).to_pylist()
        return [None if one is None else _time64_text(one, values.type.unit) for one in numbers]
    if pa.types.is_string(values.type):
        return values.to_pylist()
    return values.cast(pa.string()).to_pylist()


def _as_text(value: Any) -> str:
    return str(json_value(value)) if isinstance(value, bytes) else ENCODER.encode(value)


def _time64_text(number: int, unit: str) -> str:
    if unit == "ns":
        number, nanos = divmod(number, 1000)
        if nanos:
            return f"{time_text((number - number % 1_000_000,))}.{number % 1_000_000:06}{nanos:03}"
    return time_text((number,))


def _date_or_infinity(days: int) -> str:
    if days in (2**31 - 1, 2**31 - 1 + UNIX_TO_2000_DAYS - 2**32):  # DuckDB's; PostgreSQL's, which has overflowed
        return "infinity"
    return "-infinity" if days < -DATE_DAYS_MAX else date_text((days - UNIX_TO_2000_DAYS,))


def _timestamp_or_infinity(number: int, factor: int, zone: str) -> str:
    since_2000 = UNIX_TO_2000_DAYS * DAY_MICROSECONDS
    if number in (2**63 - 1, 2**63 - 1 + since_2000 - 2**64):
        return "infinity"
    if number in (1 - 2**63, since_2000 - 2**63):
        return "-infinity"
    if number < -TIMESTAMP_MICROSECONDS_MAX:  # PostgreSQL's range ends later than Arrow's: it has overflowed
        number += 2**64
    text = timestamp_text((number * factor - since_2000,))
    return f"{text[:-3]}{zone} BC" if text.endswith(" BC") else text + zone


def date_array(pa: Any, values: list[Any], to: Any, number: Callable[[str], int], stored: Any) -> Any:
    """Dates or timestamps from ISO 8601 text; years beyond four digits or before 1 are read one by one."""
    try:
        return pa.array(values, type=pa.string()).cast(to)
    except NOT_REPRESENTABLE:
        return pa.array([None if one is None else number(one) for one in values], type=stored).cast(to)


def microseconds(text: str) -> int:
    """Since 1970, in UTC. Raises ValueError."""
    found = DATE.match(text)
    if found is None:
        raise ValueError(f"{text} is not a date")
    year = int(found[1]) if found[8] is None else 1 - int(found[1])
    shift = (year - 1970) // 400 if not 1 <= year <= 9999 else 0  # the calendar repeats after 400 years
    days = date(year - shift * 400, int(found[2]), int(found[3])).toordinal() + shift * 146_097 - 719_163
    seconds = (int(found[4] or 0) * 60 + int(found[5] or 0)) * 60 + int(found[6] or 0)
    return days * DAY_MICROSECONDS + seconds * 1_000_000 + int((found[7] or "").ljust(6, "0"))


def time_microseconds(text: str) -> int:
    """Raises ValueError, also for durations of a day or more."""
    given = time.fromisoformat(text)
    return ((given.hour * 60 + given.minute) * 60 + given.second) * 1_000_000 + given.microsecond


def decimal_array(pa: Any, texts: Any, to: Any) -> Any:
    """Raises ValueError. The cast itself overflows silently when there are too many digits."""
    compute: Any = importlib.import_module("pyarrow.compute")
    longest = compute.max(compute.utf8_length(texts)).as_py() or 0
    if longest > to.precision and any(
        sum(digits_of(Decimal(one))) > to.precision for one in texts.to_pylist() if one is not None
    ):
        raise ValueError(f"more than {to.precision} digits")
    return texts.cast(to)


def plain_number(text: str) -> str:
    """Money without its sign and thousands separators, as the C locale writes them."""
    return text.replace("$", "").replace(",", "")


def digits_of(number: Decimal) -> tuple[int, int]:
    """Digits before and after the point. Raises ValueError for NaN and infinities."""
    exponent = number.as_tuple().exponent
    if isinstance(exponent, str):
        raise ValueError("not a finite number")
    return max(len(number.as_tuple().digits) + exponent, 0), max(-exponent, 0)


def dimensions(values: Values) -> int:
    """The dimensions of arrays, 0 if they differ."""
    if not is_list(values):
        return 0
    depths = {_dimensions_of(one) for one in values if one}
    return next(iter(depths), 1) if len(depths) < 2 else 0


def _dimensions_of(value: Any) -> int:
    return 1 + max((_dimensions_of(one) for one in value), default=0) if is_list(value) else 0


def leaves_of(values: Any) -> Iterator[Any]:
    for one in values:
        if is_list(one):
            yield from leaves_of(one)
        else:
            yield one


def list_type(pa: Any, leaf: Any, depth: int) -> Any:
    if not depth:
        raise ValueError("arrays of different dimensions")
    for _ in range(depth):
        leaf = pa.list_(leaf)
    return leaf


def list_array(pa: Any, values: list[Any], depth: int, leaves: Callable[[list[Any], Any], Any], to: Any) -> Any:
    """Nested lists as an array. Raises ValueError where the depth differs."""
    offsets: list[int | None] = []
    inner: list[Any] = []
    for one in values:
        offsets.append(None if one is None else len(inner))
        if one is not None:
            if not is_list(one):
                raise ValueError("an array of fewer dimensions")
            inner.extend(one)
    offsets.append(len(inner))
    if depth == 1 and any(is_list(one) for one in inner):
        raise ValueError("an array of more dimensions")
    below = leaves(inner, to.value_type) if depth == 1 else list_array(pa, inner, depth - 1, leaves, to.value_type)
    return pa.ListArray.from_arrays(pa.array(offsets, type=pa.int32()), below)


def distinct_names(names: Sequence[str]) -> list[str]:
    """Parquet's readers want different names: the second `id` is `id_2`."""
    seen: dict[str, int] = {}
    found: list[str] = []
    for name in names:
        count = seen[name] = seen.get(name, 0) + 1
        found.append(name if count == 1 else f"{name}_{count}")
    return found
