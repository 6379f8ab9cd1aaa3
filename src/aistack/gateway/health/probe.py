"""One health check on the wire, like the kubelet's HTTP probe: a connection of its own, one GET, judged by the status.

Nothing of the response is kept. Its head is limited and parsed as strictly as any other (RFC 9112); at most 64 KiB of
its body are read, and never decompressed. Cookies and redirects are ignored.
"""

import asyncio
import errno
import ipaddress
import os
import re
import socket
from typing import cast

from aistack import __version__
from aistack.gateway.http1.body_framing import Body, ChunkedBody, EndlessBody, LengthBody
from aistack.gateway.http1.header_fields import Malformed, check_partial
from aistack.gateway.http1.response_head import HEAD_BYTES_MAX, ResponseHead, read_response_head
from aistack.gateway.upstream.connection import INTERIM_MAX

BODY_BYTES_MAX = 64 * 1024
READ_BYTES = 16 * 1024
ERROR_CHARACTERS_MAX = 200
PATH_CHARACTERS_SHOWN = 80
HEALTH_PATH = re.compile(r"/[!-~]{0,1023}")
HOST_FIELD = re.compile(r"[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]+\]")
REQUEST = (
    "GET {path} HTTP/1.1\r\nhost: {host}:{port}\r\nuser-agent: aistack-health-check/{version}\r\naccept: */*\r\n"
    "accept-encoding: identity\r\nconnection: close\r\n\r\n"
)
CR = 0x0D
OWN_ERRORS = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS))


_read_buffer = bytearray(READ_BYTES)  # shared by all checks: each read is processed before the next


class CheckNotPossible(Exception):
    """The gateway itself lacks a resource, such as file descriptors: this says nothing about the instance."""


class Lookups:
    """Resolves names. There is one look-up per name at a time, as a slow one cannot be cancelled."""

    def __init__(self) -> None:
        self._under_way: dict[tuple[str, int], asyncio.Task[list[str]]] = {}

    async def addresses(self, host: str, port: int) -> list[str]:
        """The addresses of a host, in the resolver's order. Raises OSError."""
        try:
            return [str(ipaddress.ip_address(host))]
        except ValueError:
            pass
        key = host, port
        task = self._under_way.get(key)
        if task is None:
            self._under_way[key] = task = asyncio.create_task(_addresses(host, port), name="gateway:look-up")
            task.add_done_callback(lambda done: self._ended(key, done))
        return await asyncio.shield(task)

    def _ended(self, key: tuple[str, int], task: "asyncio.Task[list[str]]") -> None:
        del self._under_way[key]
        if not task.cancelled():
            task.exception()  # maybe nothing waits for it any more


async def _addresses(host: str, port: int) -> list[str]:
    infos = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in infos))


class Probe(asyncio.BufferedProtocol):
    """One check of `path` at `host:port`. It has no time limit of its own: whoever runs it cancels it.

    `stage` says what has not happened yet, for the message when time is over.
    """

    def __init__(self, host: str, port: int, path: str, lookups: Lookups) -> None:
        self.stage = "its name was not resolved"
        self._host, self._port, self._path = host, port, path
        self._lookups = lookups
        self._shown = shown_path(path)
        self._answered: asyncio.Future[str] | None = None
        self._transport: asyncio.Transport | None = None
        self._request = b""
        self._buffer = bytearray()
        self._head_bytes = 0
        self._interims = 0
        self._body: Body | None = None
        self._body_bytes = 0

    async def error(self) -> str:
        """What is wrong with the instance, in one short line; empty if it is healthy. Raises CheckNotPossible."""
        loop = asyncio.get_running_loop()
        self._answered = loop.create_future()
        try:
            self._request = request_bytes(self._host, self._port, self._path)
            await self._connect(loop)
            return await self._answered
        except (OSError, ValueError, OverflowError) as failure:
            if isinstance(failure, OSError) and failure.errno in OWN_ERRORS:
                raise CheckNotPossible(f"the gateway could not open a connection: {reason_of(failure)}") from failure
            return printable(f"cannot be reached: {reason_of(failure)}")
        finally:
            if self._transport is not None:
                self._transport.abort()

    async def _connect(self, loop: asyncio.AbstractEventLoop) -> None:
        """Tries one address after the other. Raises the last one's OSError."""
        addresses = await self._lookups.addresses(self._host, self._port)
        self.stage = "it did not accept a connection"
        for number, address in enumerate(addresses, 1):
            try:
                await loop.create_connection(lambda: self, address, self._port)
                return
            except OSError as failure:
                if number == len(addresses) or failure.errno in OWN_ERRORS:
                    raise

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.stage = f"{self._shown} sent no complete response head"
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._request)

    def get_buffer(self, sizehint: int) -> bytearray:
        return _read_buffer

    def buffer_updated(self, nbytes: int) -> None:
        if self._answered is None or self._answered.done():
            return
        data = bytes(memoryview(_read_buffer)[:nbytes])
        try:
            if self._body is None:
                self._read_head(data)
            else:
                self._read_body(self._body, data)
        except Malformed as malformed:
            self._end(f"{self._shown} sent a malformed response: {malformed}")

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is not None:
            self._end(f"{self._shown} broke off: {reason_of(exc)}")
        elif isinstance(self._body, EndlessBody):
            self._end("")
        elif self._body is None and not self._buffer:
            self._end(f"{self._shown} closed the connection without a response")
        else:
            self._end(f"{self._shown} closed the connection before its response was complete")

    def _read_head(self, data: bytes) -> None:
        buffer = self._buffer
        searched = len(buffer)
        buffer += data
        while (end := buffer.find(b"\r\n\r\n", max(0, searched - 3))) >= 0:
            self._head_bytes += end + 4
            if self._head_bytes > HEAD_BYTES_MAX:
                break
            head = read_response_head(bytes(buffer[:end]))
            del buffer[: end + 4]
            searched = 0
            if head.line.status >= 200:
                self._buffer = bytearray()
                self._judge(head, bytes(buffer))
                return
            self._interims += 1
            if head.line.status == 101 or self._interims > INTERIM_MAX:
                what = "it switches protocols without being asked to"
                raise Malformed(what if head.line.status == 101 else "it has too many interim responses")
        if self._head_bytes + len(buffer) > HEAD_BYTES_MAX:
            self._buffer = bytearray()
            raise Malformed(f"its head is larger than {HEAD_BYTES_MAX} bytes")
        if not buffer.startswith(b"HTTP/1."[: len(buffer)]):
            raise Malformed("it is not HTTP/1.1")
        split = 1 if searched and buffer[searched - 1] == CR else 0
        check_partial(bytes(buffer[searched - split :]))

    def _judge(self, head: ResponseHead, rest: bytes) -> None:
        status = head.line.status
        if not 200 <= status < 300:
            redirect = ", a redirect, which health checks do not follow" if 300 <= status < 400 else ""
            self._end(f"{self._shown} answered {status}{redirect}")
            return
        self.stage = f"the body of {self._shown} did not end"
        if head.line.bodiless:
            self._body = LengthBody(0)
        elif head.length is not None:
            self._body = LengthBody(head.length)
        else:
            self._body = ChunkedBody() if head.chunked else EndlessBody()
        self._read_body(self._body, rest)

    def _read_body(self, body: Body, data: bytes) -> None:
        data = data[: BODY_BYTES_MAX - self._body_bytes]
        self._body_bytes += len(data)
        body.feed(data)
        if body.done or self._body_bytes >= BODY_BYTES_MAX:
            self._end("")

    def _end(self, error: str) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_result(printable(error))


def request_bytes(host: str, port: int, path: str) -> bytes:
    """The request of a check. Raises ValueError for a host or path that could inject headers."""
    if not HEALTH_PATH.fullmatch(path):
        raise ValueError("health_path must begin with / and hold only visible ASCII characters")
    name = host.partition("%")[0] if ":" in host else host.encode("idna").decode()
    name = f"[{name}]" if ":" in name else name
    if not HOST_FIELD.fullmatch(name):
        raise ValueError("the host of its URL is neither a name nor an address")
    return REQUEST.format(path=path.partition("#")[0], host=name, port=port, version=__version__).encode()


def shown_path(path: str) -> str:
    """A path as messages show it: without its query, which may hold a secret, and not too long."""
    path = path.partition("?")[0]
    return path if len(path) <= PATH_CHARACTERS_SHOWN else path[: PATH_CHARACTERS_SHOWN - 3] + "..."


def reason_of(failure: BaseException) -> str:
    if isinstance(failure, OSError) and not isinstance(failure, socket.gaierror) and failure.errno:
        return os.strerror(failure.errno)
    return getattr(failure, "strerror", "") or str(failure) or type(failure).__name__


def printable(text: str) -> str:
    """The text without control characters, cut to a length that fits a table."""
    text = "".join(one if one.isprintable() else "?" for one in text[: ERROR_CHARACTERS_MAX + 1])
    return text if len(text) <= ERROR_CHARACTERS_MAX else text[: ERROR_CHARACTERS_MAX - 3] + "..."
