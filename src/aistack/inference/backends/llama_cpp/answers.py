"""The engine's events as pieces of an answer: one id, one time and the public name of the model on each."""

from collections.abc import Collection, Iterator

from aistack.inference.backends.backend import Json, Piece, Prediction, TokenUsage
from aistack.inference.backends.llama_cpp.log_probabilities import LogProbabilities
from aistack.inference.backends.requests.tools import tool_calls_of
from aistack.inference.backends.requests.written_calls import may_be_calls, written_calls


class Answer:
    """One answer as it arrives. For a request that is not streamed, the events are put together at its end."""

    def __init__(
        self,
        prediction: Prediction,
        logprobs: LogProbabilities,
        *,
        include_usage: bool,
        enforced: bool,
        tools: Collection[str] = (),
    ) -> None:
        """`tools` are the names of tools that the model may call in a form that its template does not know."""
        self._prediction = prediction
        self._include_usage = include_usage
        self._enforced = enforced
        self._chat = prediction.task == "CHAT"
        self._tools = tools
        self._undecided = ""  # what is held back of a stream, as it may become a tool call
        self._first = True
        self._texts: list[str] = []
        self._reasonings: list[str] = []
        self._calls: dict[int, Json] = {}
        self._logprobs = logprobs
        self._entries: list[Json] = []  # log probabilities that are not sent yet
        self._reasoning_tokens = 0
        self.finish_reason = ""
        self.usage = TokenUsage()

    def receive(self, event: Json) -> Iterator[Piece]:
        """The pieces to send for an event of the engine; none for what only counts."""
        if event.get("usage"):
            self._count(event["usage"])
        choices: list[Json] = event.get("choices") or []
        if not choices or "prompt_progress" in event:
            return
        choice = choices[0]
        self.finish_reason = choice.get("finish_reason") or self.finish_reason
        delta: Json = choice.get("delta") or {}
        text = str((delta.get("content") if self._chat else choice.get("text")) or "")
        reasoning = str(delta.get("reasoning_content") or "")
        calls: list[Json] = delta.get("tool_calls") or []
        if not (text or reasoning or calls):
            return
        self._hold(text, reasoning, calls, choice)
        if self._prediction.streamed and not self._enforced:
            if self._tools and not calls and not reasoning:
                self._undecided += text
                if may_be_calls(self._undecided):
                    return
                text, self._undecided, self._tools = self._undecided, "", ()
            event = self._event(self._delta(text, reasoning, calls), None)
            yield Piece(event, text, reasoning, tokens=1)

    def finish(self) -> Iterator[Piece]:
        """The last pieces. Raises PredictFailed."""
        text, calls = "".join(self._texts), [self._calls[at] for at in sorted(self._calls)]
        if self._enforced:
            text, calls = tool_calls_of(text)
        elif self._tools and not calls:
            text, calls = self._written(text or self._undecided)
        reason = "tool_calls" if calls and self.finish_reason != "length" else self.finish_reason or "stop"
        usage = self.usage
        if not self._prediction.streamed:
            event = self._whole(text, calls, reason)
            reasoning = "".join(self._reasonings)
            yield Piece(event, text, reasoning, tokens=usage.completion, finish_reason=reason, usage=usage)
            return
        if self._enforced or self._undecided:
            yield Piece(self._event(self._delta(text, "", calls), None), text, tokens=usage.completion)
        last = Piece(self._event({} if self._chat else None, reason), finish_reason=reason, usage=usage)
        if self._include_usage:
            yield Piece(last.event)
            last.event = self._head("chunk") | {"choices": [], "usage": usage.as_json()}
        yield last

    def _written(self, text: str) -> tuple[str, list[Json]]:
        calls = written_calls(text, self._tools)
        return ("", calls) if calls else (text, [])

    def _hold(self, text: str, reasoning: str, calls: list[Json], choice: Json) -> None:
        self._reasoning_tokens += bool(reasoning)
        self._entries += self._logprobs.of_choice(choice)
        if not self._prediction.streamed or self._enforced:
            self._texts.append(text)
            self._reasonings.append(reasoning)
        for call in calls:
            self._merge(call)

    def _merge(self, call: Json) -> None:
        at = int(call.get("index", 0))
        held = self._calls.setdefault(at, {"id": "", "type": "function", "function": {"name": "", "arguments": ""}})
        held["id"] = call.get("id") or held["id"]
        function: Json = call.get("function") or {}
        for key in ("name", "arguments"):
            held["function"][key] += function.get(key) or ""

    def _count(self, usage: Json) -> None:
        details: Json = usage.get("prompt_tokens_details") or {}
        self.usage = TokenUsage(
            int(usage.get("prompt_tokens", 0)),
            int(usage.get("completion_tokens", 0)),
            int(details.get("cached_tokens", 0)),
            min(self._reasoning_tokens, int(usage.get("completion_tokens", 0))),
        )

    def _delta(self, text: str, reasoning: str, calls: list[Json]) -> Json | None:
        if not self._chat:
            return {"text": text}
        delta: Json = {"role": "assistant"} if self._first else {}
        self._first = False
        if reasoning:
            delta |= {"reasoning_content": reasoning, "reasoning": reasoning}
        if calls:
            delta["tool_calls"] = calls
        if text or not (reasoning or calls):
            delta["content"] = text
        return delta

    def _event(self, delta: Json | None, reason: str | None) -> Json:
        entries, self._entries = self._entries, []
        choice: Json = {"index": 0, "logprobs": self._logprobs.written(entries), "finish_reason": reason}
        choice |= {"delta": delta} if self._chat else {"text": (delta or {}).get("text", "")}
        event = self._head("chunk") | {"choices": [choice]}
        return event | {"usage": None} if self._include_usage else event

    def _whole(self, text: str, calls: list[Json], reason: str) -> Json:
        choice: Json = {"index": 0, "finish_reason": reason, "logprobs": self._logprobs.written(self._entries)}
        if self._chat:
            message: Json = {"role": "assistant", "content": text if text or not calls else None}
            if reasoning := "".join(self._reasonings):
                message |= {"reasoning_content": reasoning, "reasoning": reasoning}
            if calls:
                message["tool_calls"] = [{key: value for key, value in one.items() if key != "index"} for one in calls]
            choice["message"] = message
        else:
            choice["text"] = text
        return self._head("") | {"choices": [choice], "usage": self.usage.as_json()}

    def _head(self, kind: str) -> Json:
        prediction = self._prediction
        object_ = "text_completion" if not self._chat else "chat.completion.chunk" if kind else "chat.completion"
        return {"id": prediction.id, "object": object_, "created": prediction.created, "model": prediction.model}
