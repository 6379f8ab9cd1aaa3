"""CSV straight from the rows of the text protocol, without a Python object for each cell.

A row is a packet: four bytes of header, then each cell after its length (MySQL, "Text Resultset Row"). A length below
251 is one byte, so its place becomes the comma, and the header's the line end. Cells with commas, quotes or line ends
get quotes. Whole chunks are rewritten with NumPy.
"""

import base64
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

HEADER_BYTES = 4
PACKET_BYTES_MAX = 0xFFFFFF
EOF, ERROR, NULL = 0xFE, 0xFF, 251
LENGTHS = {252: 2, 253: 3, 254: 8}  # bytes of the length that follow
QUOTE, COMMA = ord('"'), ord(",")
SPECIAL = np.isin(np.arange(256), [QUOTE, COMMA, 10, 13])
LINE_END = b"\r\n"


@dataclass(frozen=True, slots=True)
class Packets:
    """The complete row packets of a buffer. `rest` is where the first incomplete one, or the last packet, starts."""

    starts: list[int]
    rest: int
    is_end: bool


@dataclass(frozen=True, slots=True)
class Field:
    """A column's definition, with the names that drivers use."""

    name: str
    charsetnr: int
    length: int
    type_code: int
    flags: int
    scale: int


def split_packets(buffer: bytes, rows_max: int) -> Packets:
    """Raises ValueError for a row of more than one packet."""
    starts: list[int] = []
    at, size = 0, len(buffer)
    while at + HEADER_BYTES < size and len(starts) < rows_max:
        length = buffer[at] | buffer[at + 1] << 8 | buffer[at + 2] << 16
        end = at + HEADER_BYTES + length
        if length == PACKET_BYTES_MAX:
            raise ValueError("a row of the result is larger than 16 MiB; select less of the large columns")
        if end > size:
            break
        first = buffer[at + HEADER_BYTES]
        if first in (ERROR, EOF):  # a cell that began with them would be larger than a packet
            return Packets(starts, at, True)
        starts.append(at)
        at = end
    return Packets(starts, at, False)


def csv_lines(buffer: bytes, packets: Packets, columns: int) -> bytes:
    """The rows as lines of CSV."""
    if not packets.starts:
        return b""
    data = np.frombuffer(buffer, np.uint8, packets.rest).copy()
    headers = np.array(packets.starts, np.int64)
    keep = np.ones(len(data), np.bool_)
    special = SPECIAL[data]
    for at in range(HEADER_BYTES):
        keep[headers + at] = at < len(LINE_END)
        special[headers + at] = False
    starts = np.empty((len(headers), columns), np.int64)
    ends = np.empty_like(starts)
    separators: list[Any] = []
    here = headers + HEADER_BYTES
    for column in range(columns):
        separators.append(here)
        special[here] = False
        length = data[here].astype(np.int64)
        start = here + 1
        if length.max() >= NULL:
            start, length = _long_cells(data, keep, special, here, length)
        starts[:, column], ends[:, column] = start, start + length
        here = start + length
    inserted = _quotes(data, special, starts, ends) if special.any() else np.empty(0, np.int64)
    if columns == 1:  # readers skip empty lines
        empty = starts[starts == ends]
        inserted = np.concatenate([inserted, empty, empty])
    for at, byte in enumerate(LINE_END):  # of the row before
        data[headers + at] = byte
    keep[: len(LINE_END)] = False
    keep[separators[0]] = False
    for one in separators[1:]:
        data[one] = COMMA
    if len(inserted):
        data, keep = np.insert(data, inserted, QUOTE), np.insert(keep, inserted, True)
    return data[keep].tobytes() + LINE_END


def _long_cells(data: Any, keep: Any, special: Any, here: Any, length: Any) -> tuple[Any, Any]:
    """Starts and lengths where some cells are NULL or have a longer length; its further bytes are dropped."""
    start, length = here + 1, np.where(length == NULL, 0, length)
    for mark, count in LENGTHS.items():
        rows = np.nonzero(data[here] == mark)[0]
        if len(rows):
            found = np.zeros(len(rows), np.int64)
            for at in range(count):
                place = here[rows] + 1 + at
                found |= data[place].astype(np.int64) << (8 * at)
                keep[place] = special[place] = False
            length[rows], start[rows] = found, here[rows] + 1 + count
    return start, length


def _quotes(data: Any, special: Any, starts: Any, ends: Any) -> Any:
    """Where to insert quotes: around the cells that need them, and before each quote inside."""
    places = np.nonzero(special)[0]
    cells = np.unique(np.searchsorted(starts.ravel(), places, "right") - 1)
    inner = places[data[places] == QUOTE]
    return np.concatenate([starts.ravel()[cells], inner, ends.ravel()[cells]])


def converted_lines(buffer: bytes, packets: Packets, kinds: Sequence[str]) -> bytes:
    """The same for results with binary cells, which are base64, and bits, which are numbers."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    for start in packets.starts:
        at, row = start + HEADER_BYTES, list[str]()
        for kind in kinds:
            cell, at = _cell(buffer, at)
            row.append("" if cell is None else _text(cell, kind))
        writer.writerow(row)
    return out.getvalue().encode("utf-8", "replace")


def _cell(buffer: bytes, at: int) -> tuple[bytes | None, int]:
    first = buffer[at]
    if first == NULL:
        return None, at + 1
    start = at + 1 + LENGTHS.get(first, 0)
    length = int.from_bytes(buffer[at + 1 : start], "little") if first > NULL else first
    return buffer[start : start + length], start + length


def _text(cell: bytes, kind: str) -> str:
    if kind == "binary":
        return base64.b64encode(cell).decode()
    return str(int.from_bytes(cell)) if kind == "bit" else cell.decode("utf-8", "replace")


def field_of(packet: bytes) -> Field:
    """A column definition (MySQL, "Column Definition 41")."""
    at, texts = 0, list[bytes]()
    for _ in range(6):
        cell, at = _cell(packet, at)
        texts.append(cell or b"")
    _, start = _cell(packet, at)
    fixed = packet[at + 1 : start]
    return Field(
        texts[4].decode("utf-8", "replace"), int.from_bytes(fixed[:2], "little"), int.from_bytes(fixed[2:6], "little"),
        fixed[6], int.from_bytes(fixed[7:9], "little"), fixed[9],
    )  # fmt: skip


def header_line(names: Sequence[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(names)
    return out.getvalue().encode("utf-8", "replace")
