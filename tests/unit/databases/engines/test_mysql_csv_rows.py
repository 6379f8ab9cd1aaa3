"""Rows of MySQL's text protocol become the CSV that Python's own writer makes of their cells."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from aistack.databases.engines.mysql.csv_rows import converted_lines, csv_lines, split_packets

CELLS = st.none() | st.text('a,"\r\n é', max_size=6) | st.integers(240, 700).map("x".__mul__)


def length(size: int) -> bytes:
    return bytes([size]) if size < 251 else b"\xfc" + size.to_bytes(2, "little") if size < 1 << 16 else b"\xfd"


def packet(row: list[str | None]) -> bytes:
    cells = [None if one is None else one.encode() for one in row]
    body = b"".join(b"\xfb" if one is None else length(len(one)) + one for one in cells)
    return len(body).to_bytes(3, "little") + b"\x07" + body


@given(st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=6)),
       st.integers(0, 30))  # fmt: skip
def test_lines_are_those_of_the_csv_module(rows: list[list[str | None]], cut: int):
    whole = b"".join(packet(row) for row in rows)
    buffer = whole + packet(["later"])[:cut] if cut < 8 else whole + b"\x05\0\0\x08\xfe\0\0\2\0"
    packets = split_packets(buffer, 1_000)
    assert (len(packets.starts), packets.is_end) == (len(rows), cut >= 8) and packets.rest == len(whole)
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    width = len(rows[0]) if rows else 1
    assert csv_lines(buffer, packets, width) == out.getvalue().encode()
    assert converted_lines(buffer, packets, ["text"] * width) == out.getvalue().encode()
