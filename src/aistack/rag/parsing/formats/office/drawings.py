"""What stands in drawings of Office files: the data of charts, and the texts of shapes and diagrams (DrawingML)."""

from collections.abc import Iterator
from typing import Any

from aistack.rag.parsing.formats.tables import Row, Table

POINTS_MAX = 10_000  # of one chart
CHART, DIAGRAM = "chartSpace", "dataModel"


def drawing_lines(root: Any) -> Iterator[str]:
    """The lines of a chart, with the names of its series, or of the shapes or the diagram below `root`."""
    if _name(root) == CHART:
        yield from _chart(root)
        return
    for paragraph in root.iter("{*}p"):
        text = "".join(str(one.text or "") for one in paragraph.iter("{*}t")).strip()
        if text:
            yield text


def _chart(root: Any) -> Iterator[str]:
    """Its titles, then a line for each category with the values of all series."""
    captions: list[str] = []
    for title in root.iter("{*}title"):
        text = " ".join(part.strip() for one in title.iter("{*}t") if (part := str(one.text or "")).strip())
        captions += [text] if text else []
    names: Row = [""]
    rows: dict[int, Row] = {}
    for series in root.iter("{*}ser"):
        values = _points(series, "val") or _points(series, "yVal")
        categories = _points(series, "cat") or _points(series, "xVal")
        names.append(next(iter(_points(series, "tx").values()), ""))
        for at in sorted(values.keys() | categories.keys())[:POINTS_MAX]:
            row = rows.setdefault(at, [categories.get(at, "")])
            row += [""] * (len(names) - 1 - len(row))
            row.append(values.get(at, ""))
    if rows or captions or any(names):
        yield from Table(captions, names if any(names) else [], [rows[at] for at in sorted(rows)]).lines()


def _points(series: Any, kind: str) -> dict[int, str]:
    node = series.find(f"{{*}}{kind}")
    if node is None:
        return {}
    points = {int(one.get("idx") or 0): str(one.findtext("{*}v") or "") for one in node.iter("{*}pt")}
    plain = next((str(one.text or "") for one in node.iter("{*}v")), "")
    return points or ({0: plain} if plain else {})


def _name(node: Any) -> str:
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""
