"""What people put on a page: values of form fields, and annotations."""

import ctypes
from dataclasses import dataclass
from typing import Any

from aistack.rag.parsing.formats.pdf.fonts import raw
from aistack.rag.parsing.formats.pdf.page import Line, Piece

ANNOTATION_KINDS = frozenset((1, 3, 9, 10, 11, 12, 13, 14))  # notes, free text, marked text, stamps, carets
LINE_OVERLAP_MIN = 0.5  # of a field with the line that it stands in, in line heights


@dataclass(frozen=True, slots=True)
class Field:
    """A filled-in form field. `place` is its rectangle: left, bottom, right, top."""

    name: str
    value: str
    place: tuple[float, float, float, float]


def fields_of(page: Any, form: Any) -> list[Field]:
    """The filled-in fields of the page's form, and of each annotation what was written in it."""
    pdfium = raw()
    found: list[Field] = []
    for number in range(pdfium.FPDFPage_GetAnnotCount(page)):
        note = pdfium.FPDFPage_GetAnnot(page, number)
        if not note:
            continue
        kind = pdfium.FPDFAnnot_GetSubtype(note)
        name = value = ""
        if kind == pdfium.FPDF_ANNOT_WIDGET and form is not None:
            name, value = _widget(pdfium, form, note)
        elif kind in ANNOTATION_KINDS and not pdfium.FPDFAnnot_GetFlags(note) & pdfium.FPDF_ANNOT_FLAG_HIDDEN:
            value = _string(pdfium.FPDFAnnot_GetStringValue, note, b"Contents")
        rect = pdfium.FS_RECTF()
        pdfium.FPDFAnnot_GetRect(note, ctypes.byref(rect))
        if value.strip():
            place = (rect.left, min(rect.bottom, rect.top), rect.right, max(rect.bottom, rect.top))
            found.append(Field(" ".join(name.split()), value.strip(), place))
        pdfium.FPDFPage_CloseAnnot(note)
    return found


def _widget(pdfium: Any, form: Any, note: Any) -> tuple[str, str]:
    kind = pdfium.FPDFAnnot_GetFormFieldType(form, note)
    name = _string(pdfium.FPDFAnnot_GetFormFieldAlternateName, form, note)
    name = name or _string(pdfium.FPDFAnnot_GetFormFieldName, form, note)
    if kind in (pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON):
        if not pdfium.FPDFAnnot_IsChecked(form, note):
            return "", ""
        return "", f"{name}: {_string(pdfium.FPDFAnnot_GetFormFieldExportValue, form, note) or '☑'}"
    if kind in (pdfium.FPDF_FORMFIELD_PUSHBUTTON, pdfium.FPDF_FORMFIELD_SIGNATURE):
        return name, ""
    return name, _string(pdfium.FPDFAnnot_GetFormFieldValue, form, note)


def _string(get: Any, *given: Any) -> str:
    size = get(*given, None, 0)
    if size <= 2:
        return ""
    buffer = ctypes.create_string_buffer(size)
    get(*given, ctypes.cast(buffer, get.argtypes[-2]), size)
    return buffer.raw[: size - 2].decode("utf-16-le", "replace")


def placed(lines: list[Line], fields: list[Field]) -> list[str]:
    """Adds each form value to the line that it stands in. Returns the others, with their names."""
    beside: list[str] = []
    text = "\n".join(" ".join(word.text for word in line) for line in lines)
    for field in fields:
        left, bottom, right, top = field.place
        label = [
            line for line in lines
            if line and min(top, line[-1].top) - max(bottom, line[-1].bottom) > LINE_OVERLAP_MIN * line[-1].height
            and line[-1].right <= left + line[-1].height
        ]  # fmt: skip
        if field.name and label:
            line = max(label, key=lambda one: one[-1].right)
            line.append(Piece(line[-1].right, line[-1].bottom, right, line[-1].top, field.value))
        elif field.name:
            beside.append(f"{field.name}: {field.value}")
        elif field.value not in text:
            beside.append(field.value)
    return beside
