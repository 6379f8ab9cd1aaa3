"""Reads pushed points: CSV (wide, long or two columns), JSON lines, or JSON.

A CSV has a line of names. A column of names (`series` or `name`) makes it long: a row is a point of the series that it
names. Otherwise each column beside the time is a series.
"""

import base64
import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any, Literal, cast
from zoneinfo import ZoneInfo

from aistack.trend.series.local_times import in_zone
from aistack.trend.series.packed import PackedPoints
from aistack.trend.series.points import Points, points_of
from aistack.trend.series.times import microseconds_of
from aistack.trend.series_tasks.answer_form import statements_of

Form = Literal["csv", "jsonl", "json"]
SERIES_MAX = 1_000
NAME_MAX = 200
POINTS_MAX = 2_000_000  # of all series in one request
TIME_NAMES = ("time", "timestamp", "date", "datetime", "at", "ds", "t", "day", "month", "日期", "时间", "月份")
VALUE_NAMES = ("value", "y", "v", "值", "数值")
SERIES_NAMES = ("series", "name", "indicator", "metric", "unique_id", "指标", "序列", "名称")
FIELD_MAX = 1_000_000


class Unreadable(ValueError):
    """The message says what is wrong, and where."""


class Columns:
    """Times and values by series, in the order in which the series come first."""

    def __init__(self) -> None:
        self.found: dict[str, tuple[list[Any], list[Any]]] = {}
        self._points = 0

    def add(self, name: str, time: Any, value: Any) -> None:
        name = str(name).strip()
        if name not in self.found:
            if len(self.found) >= SERIES_MAX:
                raise Unreadable(f"more than {SERIES_MAX} series; push them in several parts")
            if not name or len(name) > NAME_MAX or not name.isprintable():
                raise Unreadable(f"a series needs a name of 1 to {NAME_MAX} printable characters, not {name[:40]!r}")
            self.found[name] = ([], [])
        self._points += 1
        if self._points > POINTS_MAX:
            raise Unreadable(f"more than {POINTS_MAX} points; push them in several parts")
        times, values = self.found[name]
        times.append(time)
        values.append(value)


def pushed(content: bytes, form: Form, name: str, points_max: int, zone: str = "") -> dict[str, Any]:
    """The series in `content`; `name` is that of points which name no series, `zone` of times without one. Errors
    are in `error`."""
    columns = Columns()
    try:
        text = _decoded(content)
        if form == "csv":
            _read_csv(text, name, columns)
        elif form == "jsonl":
            _read_lines(text, name, columns)
        else:
            _read_json(_parsed(text, "the body"), name, columns)
    except Unreadable as error:
        return {"error": str(error)}
    found: list[dict[str, Any]] = []
    for series, (times, values) in columns.found.items():
        if len(times) > points_max:
            return {"error": f"{series} has {len(times)} points; a series may have {points_max}"}
        if zone:
            times = in_zone(times, ZoneInfo(zone))
        points = points_of(times, [_number(one) for one in values])
        if times and not points.times.size and not any(microseconds_of(one) is not None for one in times[:1000]):
            return {"error": f"no time of {series} can be read, such as {str(times[0])[:40]!r}"}
        form_of = {"name": series, "points": packed(points).to_wire(), "count": len(times)}
        found.append(form_of | {"statements": statements_of(points.statements)})
    return {"series": found} if found else {"error": "there are no points"}


def pushed_of(request: dict[str, Any]) -> dict[str, Any]:
    """The answer to a request with `content` in base64, `form`, `name`, `zone` and `points_max`."""
    content = base64.b64decode(request["content"])
    return pushed(content, request["form"], request["name"], request["points_max"], request["zone"])


def packed(points: Points) -> PackedPoints:
    result = PackedPoints()
    result.times.frombytes(points.times.astype("int64").tobytes())
    result.values.frombytes(points.values.astype("float64").tobytes())
    return result


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable("the text is neither UTF-8 nor GB 18030")


def _parsed(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{where} is not JSON: {error}") from None


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, str):
        return None if isinstance(value, bool) else value
    text = value.strip().replace("\u2212", "-")
    if "," in text:
        whole, _, part = text.rpartition(",")
        is_decimal = len(part) != 3 and "," not in whole and "." not in text
        text = f"{whole}.{part}" if is_decimal else text.replace(",", "")
    return text.removesuffix("%").strip()


def _read_csv(text: str, name: str, columns: Columns) -> None:
    first, _, _ = text.lstrip().partition("\n")
    delimiter = max(",;\t|", key=first.count)
    csv.field_size_limit(FIELD_MAX)
    rows = csv.reader(io.StringIO(text.lstrip(), newline=""), delimiter=delimiter)
    try:
        header = [one.strip() for one in next(rows, list[str]())]
        if len(header) < 2:
            raise Unreadable("a CSV needs a line of names and at least two columns, time and value")
        if microseconds_of(_as_time(header[0])) is not None:
            raise Unreadable("the first line must have the names of the columns, such as time,value")
        time, series = _column(header, TIME_NAMES), _column(header, SERIES_NAMES)
        time = (0 if series != 0 else 1) if time is None else time
        values = [at for at in range(len(header)) if at not in (time, series)]
        value = _column(header, VALUE_NAMES)
        for row in rows:
            if not any(row):
                continue
            row += [""] * (len(header) - len(row))
            if series is not None:
                columns.add(row[series], _as_time(row[time]), row[values[0] if value is None else value])
                continue
            for at in values:
                given = name if len(values) == 1 and name else header[at]
                if row[at].strip() or len(values) == 1:
                    columns.add(given, _as_time(row[time]), row[at])
    except csv.Error as error:
        raise Unreadable(f"line {rows.line_num} of the CSV cannot be read: {error}") from None


def _column(header: Sequence[str], names: Iterable[str]) -> int | None:
    lower = [one.lower() for one in header]
    return next((lower.index(name) for name in names if name in lower), None)


def _as_time(text: str) -> str | float:
    """Digits that are no year or day are seconds or smaller since 1970."""
    text = text.strip()
    if len(text) == 8 and text.isdecimal():
        return f"{text[:4]}-{text[4:6]}-{text[6:]}"
    try:
        return text if len(text) <= 4 else float(text)
    except ValueError:
        return text


def _read_lines(text: str, name: str, columns: Columns) -> None:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            _add_point(_parsed(line, f"line {number}"), name, columns, f"line {number}")


def _read_json(given: Any, name: str, columns: Columns) -> None:
    if isinstance(given, dict) and "series" in given and isinstance(given["series"], list):
        given = cast(list[Any], given["series"])
    for at, one in enumerate(cast(list[Any], given) if isinstance(given, list) else [given]):
        where = f"item {at}"
        if not (isinstance(one, dict) and isinstance(cast(dict[str, Any], one).get("points"), list)):
            _add_point(one, name, columns, where)
            continue
        series = cast(dict[str, Any], one)
        for number, point in enumerate(series["points"]):
            _add_point(point, str(series.get("name") or name), columns, f"{where}, point {number}")


def _add_point(given: Any, name: str, columns: Columns, where: str) -> None:
    if isinstance(given, list) and len(cast(list[Any], given)) == 2:
        time, value = cast(list[Any], given)
    elif isinstance(given, dict):
        fields = {str(key).lower(): one for key, one in cast(dict[str, Any], given).items()}
        names = [key for key in TIME_NAMES if key in fields], [key for key in VALUE_NAMES if key in fields]
        if not (names[0] and names[1]):
            raise Unreadable(f'{where} has no time and value; a point is ["2026-03-01", 1.5] or has these fields')
        time, value = fields[names[0][0]], fields[names[1][0]]
        name = next((str(fields[key]) for key in SERIES_NAMES if fields.get(key)), name)
    else:
        raise Unreadable(f'{where} is no point; a point is ["2026-03-01", 1.5] or {{"time": ..., "value": ...}}')
    columns.add(name, _as_time(time) if isinstance(time, str) else time, value)
