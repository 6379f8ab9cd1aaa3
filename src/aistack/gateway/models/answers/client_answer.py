"""What the client gets of a call: a status and headers once, then one body, or events with comments while it waits."""

import time
from collections.abc import Callable

from aistack.gateway.models.answers.reply import Reply
from aistack.gateway.models.formats.errors import CallError
from aistack.gateway.models.formats.server_sent_events import DONE_EVENT, PING
from aistack.gateway.models.formats.translation import Translation

EVENTS_LINES = b"content-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\nx-accel-buffering: no\r\n"


class ClientAnswer:
    """`translation` gives events and bodies the form of another API than chat completions. Nothing is sent to a client
    that has gone."""

    __slots__ = ("_lines", "_pinged", "_reply", "_translated", "is_open", "translation")

    def __init__(self, reply: Reply, lines: Callable[[], bytes], translated: Callable[[], Translation] | None) -> None:
        """`lines` gives the header lines of every answer, `translated` a new translation."""
        self._reply = reply
        self._lines = lines
        self._translated = translated
        self.translation: Translation | None = None
        self.is_open = False  # the headers of a stream are sent
        self._pinged = 0.0

    def begin_again(self) -> None:
        """Another attempt answers. What a client has of a translation goes on."""
        if self._translated is not None and not self.is_open:
            self.translation = self._translated()

    def open(self) -> None:
        if not self.is_open and not self._reply.gone:
            self.is_open = True
            self._reply.open_stream(EVENTS_LINES + self._lines())
            if not self._reply.gone and self.translation is not None:
                self._reply.send(self.translation.begin())

    def send(self, data: bytes) -> None:
        self._pinged = time.monotonic()
        self._reply.send(data)

    def send_ping(self, now: float, seconds: float, first_seconds: float) -> None:
        """A comment, if the stream has been silent for `seconds`, or not opened before `first_seconds` (monotonic)."""
        silent_since = self._pinged or first_seconds - seconds
        if now - silent_since > seconds:
            self.open()
            self._pinged = now
            if not self._reply.gone:
                self._reply.send(PING)

    def end(self, data: bytes) -> None:
        if not self._reply.gone:
            self.open()
            self._reply.end(data)

    def fail_stream(self, error: CallError) -> None:
        """Tells by an event, as the status is sent already."""
        if not self._reply.gone:
            event = b"data: %b\n\n" % error.openai() if self.translation is None else self.translation.failed(error)
            self._reply.end(event)

    def respond(self, status: int, lines: bytes, body: bytes) -> None:
        """One body; if a stream was opened for it, one event."""
        if self._reply.gone:
            return
        if self.is_open:
            self._reply.end(b"data: %b\n\n%b" % (body, DONE_EVENT))
        else:
            self._reply.respond(status, lines, body)
