"""What lies over the cells of an xlsx sheet: comments, text boxes and charts."""

import posixpath
from collections.abc import Iterator
from zipfile import ZipFile

from aistack.rag.parsing.formats.archives import part, xml
from aistack.rag.parsing.formats.office.drawings import drawing_lines

WHAT = "spreadsheet"


def sheet_notes(archive: ZipFile, path: str) -> Iterator[str]:
    """The comments of the sheet in the part `path` with their cells, then the texts and charts drawn on it."""
    related = _related(archive, path)
    for kind, target in related:
        if kind == "comments":
            for comment in xml(part(archive, target, WHAT), WHAT).iter("{*}comment"):
                text = "".join(str(one.text or "") for one in comment.iter("{*}t")).strip()
                if text:
                    yield f"{comment.get('ref') or ''}: {text}"
    for kind, target in related:
        if kind == "drawing":
            yield from drawing_lines(xml(part(archive, target, WHAT), WHAT))
            for inner, chart in _related(archive, target):
                if inner == "chart":
                    yield from drawing_lines(xml(part(archive, chart, WHAT), WHAT))


def _related(archive: ZipFile, path: str) -> list[tuple[str, str]]:
    """The kind and path of each part that another refers to, without those that are missing."""
    folder, name = posixpath.split(path)
    relations = posixpath.join(folder, "_rels", f"{name}.rels")
    names = frozenset(archive.namelist())
    if relations not in names:
        return []
    found = [
        (str(one.get("Type")).rsplit("/", 1)[-1], posixpath.normpath(posixpath.join(folder, str(one.get("Target")))))
        for one in xml(part(archive, relations, WHAT), WHAT)
    ]
    return [(kind, target.lstrip("/")) for kind, target in found if target.lstrip("/") in names]
