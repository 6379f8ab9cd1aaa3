"""The wire format of protocol buffers: just what reading some fields and writing flat messages takes.

https://protobuf.dev/programming-guides/encoding/
"""

from collections.abc import Iterator, Mapping

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
VARINT_BYTES_MAX = 10

FieldValue = int | bytes


class Malformed(ValueError):
    """Bytes are not a message."""


def varint(data: bytes, at: int) -> tuple[int, int]:
    """The number that begins at `at`, and where it ends. Raises Malformed."""
    if at < len(data) and data[at] < 0x80:
        return data[at], at + 1
    number = shift = 0
    for end in range(at, min(len(data), at + VARINT_BYTES_MAX)):
        byte = data[end]
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, end + 1
        shift += 7
    raise Malformed("a number is cut off or too long")


def fields(data: bytes, partial: bool = False) -> Iterator[tuple[int, FieldValue]]:
    """Numbers and values of a message's fields in their order; fixed ones as their bytes.

    With `partial`, the message may be cut off anywhere: the last field is given as far as it is there, if it is bytes.
    Raises Malformed.
    """
    at, end = 0, len(data)
    while at < end:
        try:
            tag, at = varint(data, at)
            number, kind = tag >> 3, tag & 7
            if not number:
                raise Malformed("a field has the number 0")
            if kind == VARINT:
                value, at = varint(data, at)
                yield number, value
                continue
            size, at = varint(data, at) if kind == BYTES else ({FIXED64: 8, FIXED32: 4}.get(kind, -1), at)
        except Malformed:
            if partial:
                return
            raise
        if size < 0:
            raise Malformed(f"field {number} has the unknown type {kind}")
        if at + size > end:
            if partial and kind == BYTES:
                yield number, data[at:]
            if partial:
                return
            raise Malformed(f"field {number} is cut off")
        yield number, data[at : at + size]
        at += size


def text(value: FieldValue) -> str:
    """A string field. Raises Malformed."""
    if isinstance(value, int):
        raise Malformed("a number where a string belongs")
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise Malformed("a string is not UTF-8") from None


def put_varint(number: int) -> bytes:
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def put_bytes(number: int, value: bytes) -> bytes:
    """A field of bytes; nothing when they are empty."""
    return put_varint(number << 3 | BYTES) + put_varint(len(value)) + value if value else b""


def put_map(number: int, entries: Mapping[str, str]) -> bytes:
    """A map of strings to strings."""
    return b"".join(
        put_varint(number << 3 | BYTES) + put_varint(len(entry)) + entry
        for entry in (put_bytes(1, key.encode()) + put_bytes(2, value.encode()) for key, value in entries.items())
    )


def map_entry(value: FieldValue) -> tuple[str, str]:
    """An entry of a map of strings to strings. Raises Malformed."""
    if isinstance(value, int):
        raise Malformed("a number where a map entry belongs")
    key = held = ""
    for number, part in fields(value):
        if number == 1:
            key = text(part)
        elif number == 2:
            held = text(part)
    return key, held
