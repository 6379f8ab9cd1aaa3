"""One reply of the model: its pieces become events while they arrive, and parts when it is complete."""

import asyncio
import contextlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aistack.agent.conversations.messages import NewPart
from aistack.agent.models.reply_stream import CallDelta, ReasoningDelta, TextDelta, Usage, stream_reply
from aistack.agent.runs.event_log import EventLog, LiveRun
from aistack.llm.chat import ChatFailed, ChatModel

ATTEMPTS_MAX = 3
RETRY_SECONDS = 0.5
CHARACTERS_PER_TOKEN = 3
TOO_MANY, BAD_REQUEST, SERVER_ERROR = 429, (400, 422), 500
NAME_CHARACTERS_MAX = 128


@dataclass
class Reply:
    """What has arrived so far. `usage` is None until the server says it."""

    id: str = field(default_factory=lambda: secrets.token_hex(8))
    text: list[str] = field(default_factory=list[str])
    reasoning: list[str] = field(default_factory=list[str])
    calls: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    usage: Usage | None = None

    @property
    def has_begun(self) -> bool:
        return bool(self.text or self.reasoning or self.calls)

    def parts(self, step: int, *, with_calls: bool = True) -> list[NewPart]:
        """The reply as parts of the answer; without its calls if it is incomplete."""
        parts = [NewPart("reasoning", _clean("".join(self.reasoning)))] if self.reasoning else []
        if self.text:
            parts.append(NewPart("text", _clean("".join(self.text))))
        if with_calls:
            parts += [NewPart("tool_call", "", one | {"step": step}) for one in self.calls.values()]
        return parts

    def counted(self, sent: Sequence[Mapping[str, Any]]) -> tuple[Usage, bool]:
        """The tokens, and whether they are an estimate because the server did not say."""
        if self.usage is not None:
            return self.usage, False
        written = sum(map(len, (*self.text, *self.reasoning))) + sum(len(str(one)) for one in self.calls.values())
        return Usage(len(str(sent)) // CHARACTERS_PER_TOKEN, written // CHARACTERS_PER_TOKEN + 1), True


class Step:
    """Asks the model for one reply, and asks again if it fails before anything arrived."""

    def __init__(self, log: EventLog, live: LiveRun) -> None:
        self._log = log
        self._live = live

    async def ask(
        self, model: ChatModel, reply: Reply, messages: Sequence[Mapping[str, Any]],
        tools: Sequence[Mapping[str, Any]], **options: Any,
    ) -> None:  # fmt: skip
        """Fills `reply`. Raises ChatFailed."""
        for attempt in range(1, ATTEMPTS_MAX + 1):
            try:
                await self._ask_once(model, reply, messages, tools, **options)
                return
            except ChatFailed as failure:
                if tools and failure.status in BAD_REQUEST and "tool" in str(failure).lower():
                    self._log.emit(self._live, "CUSTOM", name="tools_unsupported", value={"model": model.model})
                    tools = ()
                elif reply.has_begun or attempt == ATTEMPTS_MAX or not _may_pass(failure):
                    raise
                else:
                    await asyncio.sleep(RETRY_SECONDS * attempt)

    async def _ask_once(
        self, model: ChatModel, reply: Reply, messages: Sequence[Mapping[str, Any]],
        tools: Sequence[Mapping[str, Any]], **options: Any,
    ) -> None:  # fmt: skip
        open_part = ""
        try:
            async with contextlib.aclosing(stream_reply(model, messages, tools, **options)) as pieces:
                async for one in pieces:
                    match one:
                        case Usage():
                            reply.usage = one
                        case TextDelta(text):
                            open_part = self._open(reply, open_part, "text")
                            reply.text.append(text)
                            self._log.emit(self._live, "TEXT_MESSAGE_CONTENT", messageId=reply.id, delta=text)
                        case ReasoningDelta(text):
                            open_part = self._open(reply, open_part, "reasoning")
                            reply.reasoning.append(text)
                            self._log.emit(self._live, "REASONING_MESSAGE_CONTENT", messageId=reply.id, delta=text)
                        case CallDelta():
                            open_part = self._open(reply, open_part, one.id)
                            self._add_call(reply, one)
        finally:
            self._close(reply, open_part)

    def _open(self, reply: Reply, before: str, now: str) -> str:
        """Ends the part before, if this is another one, and begins this one."""
        if before == now:
            return now
        self._close(reply, before)
        if now == "text":
            self._log.emit(self._live, "TEXT_MESSAGE_START", messageId=reply.id, role="assistant")
        elif now == "reasoning":
            self._log.emit(self._live, "REASONING_MESSAGE_START", messageId=reply.id, role="reasoning")
        return now

    def _close(self, reply: Reply, part: str) -> None:
        kinds = {"text": "TEXT_MESSAGE_END", "reasoning": "REASONING_MESSAGE_END"}
        if part in kinds:
            self._log.emit(self._live, kinds[part], messageId=reply.id)
        elif part:
            self._log.emit(self._live, "TOOL_CALL_END", toolCallId=part)

    def _add_call(self, reply: Reply, piece: CallDelta) -> None:
        call = reply.calls.get(piece.id)
        if call is None:
            name = _clean(piece.name)[:NAME_CHARACTERS_MAX]
            call = reply.calls[piece.id] = {"id": piece.id, "name": name, "arguments": ""}
            self._log.emit(
                self._live, "TOOL_CALL_START", toolCallId=piece.id, toolCallName=name, parentMessageId=reply.id
            )
        if piece.arguments:
            call["arguments"] += _clean(piece.arguments)
            self._log.emit(self._live, "TOOL_CALL_ARGS", toolCallId=piece.id, delta=_clean(piece.arguments))


def _may_pass(failure: ChatFailed) -> bool:
    """Whether asking again may help: too many requests, a server's error, or no response."""
    return not failure.status or failure.status == TOO_MANY or failure.status >= SERVER_ERROR


def _clean(text: str) -> str:
    """Without what PostgreSQL cannot store."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode() if text else text
