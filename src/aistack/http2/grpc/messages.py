"""Messages in the data of a stream: a byte that says whether it is compressed, four bytes of length, the message."""

import zlib
from struct import Struct

PREFIX = Struct(">BL")
PREFIX_BYTES = 5
GZIP_WINDOW = 31
DEFLATE_WINDOW = 15


class MessageTooLarge(Exception):
    """A message is longer than the reader accepts."""

    def __init__(self, size: int, most: int) -> None:
        super().__init__(f"a message of {size} bytes; {most} at most")


def framed(message: bytes) -> bytes:
    """A message as it is sent, uncompressed."""
    return PREFIX.pack(0, len(message)) + message


class MessageReader:
    """Splits data into messages of at most `bytes_max`, however the data was cut."""

    def __init__(self, bytes_max: int, encoding: bytes = b"identity") -> None:
        self._bytes_max = bytes_max
        self._encoding = encoding
        self._rest = bytearray()

    @property
    def is_between_messages(self) -> bool:
        return not self._rest

    def feed(self, data: bytes) -> list[bytes]:
        """The messages that are complete now. Raises MessageTooLarge, and ValueError for broken compression."""
        rest = self._rest
        rest += data
        found: list[bytes] = []
        at = 0
        while len(rest) - at >= PREFIX_BYTES:
            compressed, size = PREFIX.unpack_from(rest, at)
            if size > self._bytes_max:
                raise MessageTooLarge(size, self._bytes_max)
            end = at + PREFIX_BYTES + size
            if len(rest) < end:
                break
            message = bytes(rest[at + PREFIX_BYTES : end])
            found.append(decompressed(message, self._encoding, self._bytes_max) if compressed else message)
            at = end
        del rest[:at]
        return found


def decompressed(message: bytes, encoding: bytes, bytes_max: int) -> bytes:
    """A compressed message. Raises MessageTooLarge, and ValueError when it or its encoding is not valid."""
    window = {b"gzip": GZIP_WINDOW, b"deflate": DEFLATE_WINDOW}.get(encoding)
    if window is None:
        raise ValueError(f"a compressed message with the encoding {encoding.decode('ascii', 'replace') or 'identity'}")
    unpacker = zlib.decompressobj(window)
    try:
        plain = unpacker.decompress(message, bytes_max + 1)
    except zlib.error as error:
        raise ValueError(f"a compressed message is broken: {error}") from None
    if len(plain) > bytes_max:
        raise MessageTooLarge(len(plain), bytes_max)
    if not unpacker.eof:
        raise ValueError("a compressed message is cut off")
    return plain
