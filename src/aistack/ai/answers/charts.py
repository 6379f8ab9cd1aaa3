"""A chart for a result as a Vega-Lite specification; none if a number or a table is clearer.

A specification has only declared marks and the result's own columns: no expressions, no URLs, no code.
"""

import re
from collections.abc import Sequence
from typing import Any, Literal

from aistack.query.wire import QueryAnswer

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
BARS_MAX = 40
SLICES_MAX = 6
POINTS_MAX = 2_000
SERIES_MAX = 12
TIME = re.compile(r"\d{4}(-\d\d(-\d\d)?|-W\d\d|-Q\d)?([T ]\d\d:\d\d.*)?$")
SHARE = re.compile(r"share|percent|ratio|proportion|占比|比例|份额|百分", re.I)

Kind = Literal["number", "time", "name", "other"]


def chart_of(result: QueryAnswer, question: str = "") -> dict[str, Any] | None:
    """Lines over time, bars by name, points for two measures, an arc for shares of a whole."""
    rows = [row for row in result.rows if any(cell is not None for cell in row)]
    if len(rows) < 2 or not 2 <= len(result.columns) <= 4:
        return None
    names = _distinct([column.name for column in result.columns])
    kinds: list[Kind] = [_kind([row[at] for row in rows], result.columns[at].type) for at in range(len(names))]
    measures = [at for at, kind in enumerate(kinds) if kind == "number"]
    times = [at for at, kind in enumerate(kinds) if kind == "time"]
    labels = [at for at, kind in enumerate(kinds) if kind == "name"]
    mark: Any = "bar"
    encoding: dict[str, Any]
    if times and measures and len(labels) <= 1:
        mark = {"type": "line", "point": len(rows) <= BARS_MAX}
        encoding = {"x": _field(names[times[0]], "temporal" if _is_date(rows, times[0]) else "ordinal")}
        encoding["y"] = _field(names[measures[0]], "quantitative")
        if labels:
            if len({str(row[labels[0]]) for row in rows}) > SERIES_MAX:
                return None
            encoding["color"] = _field(names[labels[0]], "nominal")
    elif labels and measures and len(labels) <= 2 and len({str(row[labels[0]]) for row in rows}) <= BARS_MAX:
        values = [row[measures[0]] for row in rows]
        is_share = SHARE.search(question) and len(rows) <= SLICES_MAX and all(_number(one) >= 0 for one in values)
        if is_share and len(labels) == 1:
            mark = {"type": "arc"}
            encoding = {
                "theta": _field(names[measures[0]], "quantitative"),
                "color": _field(names[labels[0]], "nominal"),
            }
        else:
            encoding = {
                "y": _field(names[labels[0]], "nominal") | {"sort": None},
                "x": _field(names[measures[0]], "quantitative"),
            }
            if len(labels) == 2:
                encoding["color"] = _field(names[labels[1]], "nominal")
    elif len(measures) == 2 and len(names) <= 3 and not times and len(rows) <= POINTS_MAX:
        mark = {"type": "point"}
        encoding = {"x": _field(names[measures[0]], "quantitative"), "y": _field(names[measures[1]], "quantitative")}
    else:
        return None
    encoding["tooltip"] = [_field(name, _type(kind)) for name, kind in zip(names, kinds, strict=True)]
    values = [
        dict(zip(names, (_cell(cell, kind) for cell, kind in zip(row, kinds, strict=True)), strict=True))
        for row in rows
    ]
    return {
        "$schema": SCHEMA,
        "data": {"values": values[:POINTS_MAX]},
        "mark": mark,
        "encoding": encoding,
        "width": "container",
    }


def _field(name: str, kind: str) -> dict[str, Any]:
    escaped = re.sub(r"([.\[\]\\'])", r"\\\1", name)  # in a field name these would be a path
    return {"field": escaped, "type": kind, "title": name}


def _type(kind: Kind) -> str:
    return "quantitative" if kind == "number" else "nominal"


def _kind(values: Sequence[Any], type_name: str) -> Kind:
    given = [value for value in values if value is not None]
    if not given:
        return "other"
    if all(isinstance(value, str) and TIME.match(value) for value in given):
        return "time"
    if all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in given):
        years = all(isinstance(value, int) and 1900 <= value <= 2100 for value in given)
        return "time" if years and "year" in type_name.lower() else "number"
    if re.search(r"num|dec", type_name, re.I) and all(_is_number(value) for value in given):
        return "number"
    return "name" if all(isinstance(value, (str, bool)) and len(str(value)) <= 200 for value in given) else "other"


def _is_date(rows: Sequence[Sequence[Any]], at: int) -> bool:
    return all(row[at] is None or re.match(r"\d{4}-\d\d", str(row[at])) for row in rows)


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def _number(value: Any) -> float:
    return float(value) if value is not None else 0.0


def _cell(value: Any, kind: Kind) -> Any:
    return float(value) if kind == "number" and isinstance(value, str) else value


def _distinct(names: Sequence[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        made, number = name or "value", 2
        while made in found:
            made, number = f"{name} {number}", number + 1
        found.append(made)
    return found
