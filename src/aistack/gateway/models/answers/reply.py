"""The client's side of a call: where its answer goes."""

from typing import Protocol


class Reply(Protocol):
    """The client's side of a call. `gone` once there is nobody to answer."""

    @property
    def gone(self) -> bool: ...

    @property
    def request_id(self) -> str: ...

    @property
    def path(self) -> bytes: ...

    def limit_lines(self) -> bytes:
        """Header lines that say how much of the rate limit is left."""
        ...

    def lasts(self, seconds: float) -> None:
        """The answer may take this long before the data plane takes it for lost."""
        ...

    def respond(self, status: int, lines: bytes, body: bytes) -> None: ...

    def open_stream(self, lines: bytes) -> None: ...

    def send(self, data: bytes) -> None: ...

    def end(self, data: bytes) -> None: ...


class ForwardedReply:
    """Stands before the client's reply and passes everything on; a subclass changes what it has to."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    @property
    def gone(self) -> bool:
        return self._reply.gone

    @property
    def request_id(self) -> str:
        return self._reply.request_id

    @property
    def path(self) -> bytes:
        return self._reply.path

    def limit_lines(self) -> bytes:
        return self._reply.limit_lines()

    def lasts(self, seconds: float) -> None:
        self._reply.lasts(seconds)

    def respond(self, status: int, lines: bytes, body: bytes) -> None:
        self._reply.respond(status, lines, body)

    def open_stream(self, lines: bytes) -> None:
        self._reply.open_stream(lines)

    def send(self, data: bytes) -> None:
        self._reply.send(data)

    def end(self, data: bytes) -> None:
        self._reply.end(data)
