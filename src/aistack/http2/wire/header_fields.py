"""Header fields: HPACK (RFC 7541) with bounds, and the rules for requests and responses (RFC 9113, section 8).

Decoding is done by the library `hpack`. Clients repeat the same few header blocks, whose fields are all indexed then;
such blocks are decoded and checked once while the dynamic table stays the same. Encoding uses the static table only,
never the dynamic one: a field's bytes do not depend on a connection, so they are cached for all, and connections hold
no encoder. Literals are written as never indexed, which is what a relay must keep and anyone else may do.
"""

import re
from functools import lru_cache
from typing import NoReturn

from hpack import Decoder, HPACKError, OversizedHeaderListError
from hpack.hpack import encode_integer
from hpack.table import HeaderTable

from aistack.http2.wire.errors import ConnectionFault, ErrorCode, StreamFault
from aistack.http2.wire.limits import Limits

Field = tuple[bytes, bytes]
Fields = tuple[Field, ...]

NAME = re.compile(rb":?[!#$%&'*+\-.^_`|~0-9a-z]+")
FORBIDDEN_IN_VALUE = re.compile(rb"[\x00\r\n]")
OF_CONNECTION = frozenset((b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade"))
OF_REQUEST = frozenset((b":method", b":scheme", b":path", b":authority"))
OF_RESPONSE = frozenset((b":status",))
OF_TRAILERS: frozenset[bytes] = frozenset()
NEEDED = frozenset((b":method", b":scheme", b":path"))
CACHED_BLOCKS = 64
CACHED_BLOCK_BYTES = 512
CACHED_FIELDS = 1_024
CHECKED_LISTS = 64
CACHED_VALUE_BYTES = 64
FIELD_OVERHEAD = 32  # RFC 9113, 6.5.2


class FieldDecoder:
    """Decodes the header blocks of one connection, in their order."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._decoder = Decoder(max_header_list_size=limits.decoded_bytes)
        self._known: dict[bytes, Fields] = {}
        self._newest: Field | None = None
        self._shape = (0, 0)

    def decode(self, block: bytes) -> Fields:
        """The fields of a block. Raises ConnectionFault when it cannot be decoded, for the table is unknown then."""
        known = self._known.get(block)
        if known is not None:
            return known
        try:
            fields: Fields = tuple((bytes(name), bytes(value)) for name, value in self._decoder.decode(block, raw=True))
        except OversizedHeaderListError:
            _fail(ErrorCode.ENHANCE_YOUR_CALM, f"header fields of more than {self._limits.decoded_bytes} bytes")
        except (HPACKError, IndexError, ValueError) as error:
            _fail(ErrorCode.COMPRESSION_ERROR, f"a header block cannot be decoded: {error}")
        if self._table_changed():
            self._known.clear()
        elif len(block) <= CACHED_BLOCK_BYTES and len(self._known) < CACHED_BLOCKS:
            self._known[block] = fields
        return fields

    def _table_changed(self) -> bool:
        """Whether an entry was added or evicted, or the table resized. The newest entry is held, so it stays unique."""
        table = self._decoder.header_table
        entries = table.dynamic_entries
        newest, shape = entries[0] if entries else None, (len(entries), table.maxsize)
        changed = newest is not self._newest or shape != self._shape
        self._newest, self._shape = newest, shape
        return changed


def _fail(code: ErrorCode, detail: str) -> NoReturn:
    raise ConnectionFault(code, detail)


def check_request(fields: Fields, bytes_max: int) -> None:
    """Raises StreamFault when a request is malformed, or its fields are larger than MAX_HEADER_LIST_SIZE allows."""
    seen, size = _checked(fields, OF_REQUEST)
    if not seen >= NEEDED:
        _refuse("a request needs :method, :scheme and :path")
    _check_size(size, bytes_max)


def check_response(fields: Fields, bytes_max: int) -> None:
    """Raises StreamFault when a response is malformed or too large."""
    seen, size = _checked(fields, OF_RESPONSE)
    if seen != OF_RESPONSE:
        _refuse("a response needs :status")
    _check_size(size, bytes_max)


def check_trailers(fields: Fields, bytes_max: int) -> None:
    """Raises StreamFault when trailers are malformed or too large."""
    _check_size(_checked(fields, OF_TRAILERS)[1], bytes_max)


def _check_size(size: int, bytes_max: int) -> None:
    if size > bytes_max:
        raise StreamFault(ErrorCode.ENHANCE_YOUR_CALM, f"header fields of {size} bytes; {bytes_max} at most")


@lru_cache(CHECKED_LISTS)
def _checked(fields: Fields, pseudo_fields: frozenset[bytes]) -> tuple[frozenset[bytes], int]:
    """The pseudo-header fields, and the size of all as MAX_HEADER_LIST_SIZE counts it."""
    seen: set[bytes] = set()
    size = 0
    regular = False
    for name, value in fields:
        size += len(name) + len(value) + FIELD_OVERHEAD
        if not _is_name(name) or FORBIDDEN_IN_VALUE.search(value):
            _refuse(f"the field {name[:64]!r} is malformed")
        if name[:1] == b":":
            if regular or name in seen or name not in pseudo_fields:
                _refuse(f"the field {name[:64]!r} is not allowed there")
            seen.add(name)
        else:
            regular = True
            if name in OF_CONNECTION or (name == b"te" and value != b"trailers"):
                _refuse(f"the field {name[:64]!r} is not allowed in HTTP/2")
    return frozenset(seen), size


def _refuse(detail: str) -> NoReturn:
    raise StreamFault(ErrorCode.PROTOCOL_ERROR, detail)


@lru_cache(CACHED_FIELDS)
def _is_name(name: bytes) -> bool:
    return NAME.fullmatch(name) is not None


@lru_cache(CHECKED_LISTS)
def encode(fields: Fields) -> bytes:
    """The header block of these fields; it is the same on every connection."""
    return b"".join(
        _encoded(name, value) if len(value) <= CACHED_VALUE_BYTES else _literal(name, value) for name, value in fields
    )


@lru_cache(CACHED_FIELDS)
def _encoded(name: bytes, value: bytes) -> bytes:
    _, values = HeaderTable.STATIC_TABLE_MAPPING.get(name, (0, {}))
    index = values.get(value)
    if index is not None:
        return bytes(_with_flag(encode_integer(index, 7), 0x80))
    return _literal(name, value)


def _literal(name: bytes, value: bytes) -> bytes:
    index, _ = HeaderTable.STATIC_TABLE_MAPPING.get(name, (0, {}))
    head = bytes(_with_flag(encode_integer(index, 4), 0x10))
    if not index:
        head += bytes(encode_integer(len(name), 7)) + name
    return head + bytes(encode_integer(len(value), 7)) + value


def _with_flag(encoded: bytearray, flag: int) -> bytearray:
    encoded[0] |= flag
    return encoded
