"""The events of an answer with one or several choices, as in the OpenAI API."""

from collections.abc import Iterator
from typing import Any

from aistack.inference.backends.backend import Json, Piece, Prediction, TokenUsage
from aistack.inference.backends.generation.choice import Delta
from aistack.inference.backends.requests.tools import tool_calls_of


class _Choice:
    def __init__(self) -> None:
        self.begun = False
        self.texts: list[str] = []
        self.reasonings: list[str] = []
        self.calls: list[Json] = []
        self.logprobs: list[Json] = []
        self.offset = 0
        self.finish = ""


class Answer:
    """One answer as it is computed. With `enforced`, the text is a JSON object that stands for tool calls."""

    def __init__(self, prediction: Prediction, count: int, *, include_usage: bool, enforced: bool) -> None:
        self._prediction = prediction
        self._choices = [_Choice() for _ in range(count)]
        self._include_usage = include_usage
        self._enforced = enforced
        self._chat = prediction.task == "CHAT"
        self._end: Piece | None = None

    def receive(self, index: int, delta: Delta, finish: str) -> Iterator[Piece]:
        """The pieces to send for what a choice has gained; `finish` when it has ended. Raises PredictFailed."""
        choice = self._choices[index]
        if self._enforced:
            choice.texts.append(delta.text)
            if not finish:
                return
            delta.text, delta.calls = tool_calls_of("".join(choice.texts))
            choice.texts.clear()
            finish = "tool_calls" if delta.calls and finish != "length" else finish
        choice.finish = finish
        if not self._prediction.streamed:
            choice.texts.append(delta.text)
            choice.reasonings.append(delta.reasoning)
            choice.calls += delta.calls
            choice.logprobs += delta.logprobs
            return
        choice.logprobs += delta.logprobs
        if delta.text or delta.reasoning or delta.calls:
            event = self._chunk(index, self._fields(choice, delta), None, self._logprobs(choice, delta.text))
            yield Piece(event, delta.text, delta.reasoning, tokens=delta.tokens)
        if finish:
            if self._end is not None:
                yield self._end
            self._end = Piece(self._chunk(index, {} if self._chat else None, finish, None))

    def finish(self, usage: TokenUsage) -> Iterator[Piece]:
        """The last pieces."""
        first = self._choices[0]
        if not self._prediction.streamed:
            event = self._head(False) | {
                "choices": [self._whole(at, one) for at, one in enumerate(self._choices)],
                "usage": usage.as_json(),
            }
            text, reasoning = "".join(first.texts), "".join(first.reasonings)
            yield Piece(event, text, reasoning, tokens=usage.completion, finish_reason=first.finish, usage=usage)
            return
        assert self._end is not None
        last = self._end
        if self._include_usage:
            yield self._end
            last = Piece(self._head(True) | {"choices": [], "usage": usage.as_json()})
        last.finish_reason, last.usage = first.finish, usage
        yield last

    def _fields(self, choice: _Choice, delta: Delta) -> Json:
        if not self._chat:
            return {"text": delta.text}
        fields: Json = {} if choice.begun else {"role": "assistant"}
        choice.begun = True
        if delta.reasoning:
            fields |= {"reasoning_content": delta.reasoning, "reasoning": delta.reasoning}
        if delta.calls:
            fields["tool_calls"] = delta.calls
        if delta.text:
            fields["content"] = delta.text
        return fields

    def _chunk(self, index: int, fields: Json | None, reason: str | None, logprobs: Any) -> Json:
        choice: Json = {"index": index, "logprobs": logprobs, "finish_reason": reason}
        choice |= {"delta": fields} if self._chat else {"text": (fields or {}).get("text", "")}
        event = self._head(True) | {"choices": [choice]}
        return event | {"usage": None} if self._include_usage else event

    def _whole(self, index: int, choice: _Choice) -> Json:
        text = "".join(choice.texts)
        out: Json = {"index": index, "finish_reason": choice.finish, "logprobs": self._logprobs(choice, text)}
        if not self._chat:
            return out | {"text": text}
        message: Json = {"role": "assistant", "content": text if text or not choice.calls else None}
        if reasoning := "".join(choice.reasonings):
            message |= {"reasoning_content": reasoning, "reasoning": reasoning}
        if choice.calls:
            message["tool_calls"] = [{key: one[key] for key in ("id", "type", "function")} for one in choice.calls]
        return out | {"message": message}

    def _logprobs(self, choice: _Choice, text: str) -> Json | None:
        """What a choice holds of them, in the form of the endpoint."""
        held, choice.logprobs = choice.logprobs, []
        offset, choice.offset = choice.offset, choice.offset + len(text)
        if not held:
            return None
        if self._chat:
            return {"content": held}
        offsets: list[int] = []
        for one in held:
            offsets.append(offset)
            offset += len(one["token"])
        return {
            "tokens": [one["token"] for one in held],
            "token_logprobs": [one["logprob"] for one in held],
            "top_logprobs": [{top["token"]: top["logprob"] for top in one["top_logprobs"]} for one in held],
            "text_offset": offsets,
        }

    def _head(self, streamed: bool) -> Json:
        prediction = self._prediction
        kind = "text_completion" if not self._chat else "chat.completion.chunk" if streamed else "chat.completion"
        return {"id": prediction.id, "object": kind, "created": prediction.created, "model": prediction.model}
