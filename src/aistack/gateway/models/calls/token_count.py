"""The reply to a request that counts tokens: the tokens of the model's own tokenizer, or an estimate."""

from pydantic_core import from_json

from aistack.gateway.models.answers.reply import ForwardedReply, Reply
from aistack.gateway.models.formats.errors import JSON_LINE


class TokenCountReply(ForwardedReply):
    """Makes a token count of what `/tokenize` answers."""

    def __init__(self, reply: Reply, estimate: int) -> None:
        super().__init__(reply)
        self._estimate = estimate

    def respond(self, status: int, lines: bytes, body: bytes) -> None:
        """An upstream that cannot count, or is away, leaves the estimate; a request at fault stays one."""
        if status == 400:
            super().respond(status, lines, body)
        else:
            count = _count_in(body) if status == 200 else None
            super().respond(200, JSON_LINE, b'{"input_tokens":%d}' % (self._estimate if count is None else count))


def _count_in(body: bytes) -> int | None:
    try:
        fields = from_json(body)
    except ValueError:
        return None
    count = fields.get("count") if isinstance(fields, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType] -- JSON
    return count if isinstance(count, int) else None
