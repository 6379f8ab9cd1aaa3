"""The reply to a request that counts tokens: the tokens of the model's own tokenizer, or an estimate."""

from pydantic_core import from_json

from aistack.gateway.models.calls.interfaces import Reply
from aistack.gateway.models.formats.errors import JSON_LINE


class TokenCountReply:
    """Stands before the client's reply, and makes a token count of what `/tokenize` answers."""

    def __init__(self, reply: Reply, estimate: int) -> None:
        self._reply = reply
        self._estimate = estimate

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

    def respond(self, status: int, lines: bytes, body: bytes) -> None:
        """An upstream that cannot count, or is away, leaves the estimate; a request at fault stays one."""
        if status == 400:
            self._reply.respond(status, lines, body)
        else:
            count = _count_in(body) if status == 200 else None
            self._reply.respond(200, JSON_LINE, b'{"input_tokens":%d}' % (self._estimate if count is None else count))

    def open_stream(self, lines: bytes) -> None:
        self._reply.open_stream(lines)

    def send(self, data: bytes) -> None:
        self._reply.send(data)

    def end(self, data: bytes) -> None:
        self._reply.end(data)

    def lasts(self, seconds: float) -> None:
        self._reply.lasts(seconds)


def _count_in(body: bytes) -> int | None:
    try:
        fields = from_json(body)
    except ValueError:
        return None
    count = fields.get("count") if isinstance(fields, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType] -- JSON
    return count if isinstance(count, int) else None
