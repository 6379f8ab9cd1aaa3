"""Server-sent events (the WHATWG HTML standard, section 9.2): bytes to events, and their data."""

EVENT_BYTES_MAX = 16 * 1024 * 1024
DONE = b"[DONE]"
DONE_EVENT = b"data: [DONE]\n\n"
PING = b": ping\n\n"


class EventTooLong(Exception):
    """An event is larger than EVENT_BYTES_MAX."""


class EventSplitter:
    """Splits a stream into events, each without the empty line that ends it. Lines may end with LF or CRLF."""

    __slots__ = ("_partial",)

    def __init__(self) -> None:
        self._partial = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The events that are complete now. Raises EventTooLong."""
        if self._partial:
            data = self._partial + data
        if b"\r\n" in data:
            data = data.replace(b"\r\n", b"\n")
        events = data.split(b"\n\n")
        self._partial = events.pop()
        if len(self._partial) > EVENT_BYTES_MAX:
            raise EventTooLong
        return events

    def rest(self) -> bytes:
        """An event that ended with the stream instead of an empty line."""
        rest, self._partial = self._partial.strip(b"\r\n"), b""
        return rest


def data_of(event: bytes) -> bytes:
    """The data of an event; empty for comments."""
    if event.startswith(b"data:") and b"\n" not in event:
        return event[5:].strip()
    lines = [line[5:].strip() for line in event.split(b"\n") if line.startswith(b"data:")]
    return b"\n".join(lines)
