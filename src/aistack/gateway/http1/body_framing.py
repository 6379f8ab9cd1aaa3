"""Body framing: where a body ends, by its length, by its chunks, or with the connection (RFC 9112 §6, §7).

A reader is fed what arrived and returns the part of it that is body; `done` says that the body is complete, and `rest`
holds what came after it.
"""

from aistack.gateway.http1.header_fields import TEXT, Field, Malformed, may_trail, read_field

CHUNK_LINE_BYTES_MAX = 256
CHUNK_DIGITS_MAX = 12
TRAILER_BYTES_MAX = 8 * 1024
TRAILERS_MAX = 100
HEXDIGITS = b"0123456789abcdefABCDEF"


class LengthBody:
    """A body of `length` bytes."""

    trailers: tuple[Field, ...] = ()

    def __init__(self, length: int) -> None:
        self._left = length
        self.done = length == 0
        self.rest = b""

    def feed(self, data: bytes) -> bytes:
        left = self._left
        if len(data) > left:
            self.rest = data[left:]
            data = data[:left]
        self._left = left = left - len(data)
        self.done = left == 0
        return data


class EndlessBody:
    """A body that ends with the connection."""

    trailers: tuple[Field, ...] = ()
    done = False
    rest = b""

    def feed(self, data: bytes) -> bytes:
        return data


class ChunkedBody:
    """A chunked body. Raises Malformed for sizes, lines or trailers that violate RFC 9112 §7.1."""

    def __init__(self) -> None:
        self.done = False
        self.rest = b""
        self.trailers: tuple[Field, ...] = ()
        self._trailers: list[Field] = []
        self._left = 0
        self._line = self._size
        self._partial = b""
        self._trailer_bytes = 0

    def feed(self, data: bytes) -> bytes:
        pieces: list[bytes] = []
        if self._partial:
            data = self._partial + data
            self._partial = b""
        at, end = 0, len(data)
        while at < end and not self.done:
            if self._left:
                piece = data[at : at + self._left]
                pieces.append(piece)
                at += len(piece)
                self._left -= len(piece)
                continue
            stop = data.find(b"\r\n", at, at + CHUNK_LINE_BYTES_MAX + TRAILER_BYTES_MAX)
            if stop < 0:
                self._keep(data[at:])
                break
            self._line(data[at:stop])
            at = stop + 2
        if self.done:
            self.rest = data[at:]
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _keep(self, partial: bytes) -> None:
        limit = TRAILER_BYTES_MAX if self._line == self._trailer else CHUNK_LINE_BYTES_MAX
        if len(partial) > limit or b"\n" in partial or b"\r" in partial[:-1]:
            raise Malformed("a chunk's size line is malformed or too long")
        if self._line == self._after and partial != b"\r":
            raise Malformed("a chunk is longer than its size says")
        self._partial = partial

    def _size(self, line: bytes) -> None:
        digits, _, extension = line.partition(b";")
        digits = digits.rstrip(b" \t") if extension else digits
        if not digits or len(digits) > CHUNK_DIGITS_MAX or digits.translate(None, HEXDIGITS):
            raise Malformed("a chunk's size is not a hexadecimal number")
        if len(line) > CHUNK_LINE_BYTES_MAX or extension.translate(None, TEXT):
            raise Malformed("a chunk's extension is malformed or too long")
        self._left = int(digits, 16)
        self._line = self._after if self._left else self._trailer

    def _after(self, line: bytes) -> None:
        if line:
            raise Malformed("a chunk is longer than its size says")
        self._line = self._size

    def _trailer(self, line: bytes) -> None:
        if not line:
            self.done = True
            self.trailers = tuple(self._trailers)
            return
        self._trailer_bytes += len(line)
        if self._trailer_bytes > TRAILER_BYTES_MAX or len(self._trailers) >= TRAILERS_MAX:
            raise Malformed("the trailers are larger than allowed", 431, "head-too-large")
        field = read_field(line, {})
        if may_trail(field.name):
            self._trailers.append(field)


Body = LengthBody | ChunkedBody | EndlessBody

LAST_CHUNK = b"0\r\n\r\n"


def chunk(data: bytes) -> bytes:
    """One chunk with its framing."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def last_chunk(trailers: tuple[Field, ...] = (), data: bytes = b"") -> bytes:
    """The end of a chunked body: the last of its data, and its trailers."""
    rest = chunk(data) if data else b""
    if not trailers:
        return rest + LAST_CHUNK
    return b"%b0\r\n%b\r\n" % (rest, b"".join([field.line for field in trailers]))
