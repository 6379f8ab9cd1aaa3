"""The text of one answer while its tokens come: whole characters, nothing of a stop string, log probabilities."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from aistack.inference.backends.backend import Json
from aistack.inference.backends.generation.jobs import Token
from aistack.inference.backends.generation.parsing import AnswerParser, held_back
from aistack.inference.backends.generation.tokenizer import TextTokenizer

LOWEST = -9999.0  # stands for a probability of 0, which JSON cannot write as a logarithm


@dataclass(slots=True)
class Delta:
    """What an answer has gained. `logprobs` are entries of the chat API."""

    text: str = ""
    reasoning: str = ""
    tokens: int = 0
    logprobs: list[Json] = field(default_factory=list[Json])
    calls: list[Json] = field(default_factory=list[Json])


class ChoiceText:
    """One answer. `finish` is empty until it has ended: stop, length or tool_calls."""

    def __init__(
        self,
        tokenizer: TextTokenizer,
        parser: AnswerParser,
        stops: Sequence[str],
        stop_ids: Sequence[int],
        *,
        keep: bool,
    ) -> None:
        """`keep` keeps special tokens in the text, for families that write calls with them."""
        self._tokenizer = tokenizer
        self._stream = tokenizer.decode_stream(keep_special=keep)
        self._parser = parser
        self._stops = tuple(stops)
        self._stop_ids = frozenset(stop_ids)
        self._held = ""
        self.finish = ""
        self.tokens = self.cached = self.reasoning_tokens = 0

    def feed(self, tokens: Sequence[Token]) -> Delta:
        """What can be given now. What comes after the answer's end is ignored."""
        delta = Delta()
        for token in tokens:
            if self.finish:
                break
            delta.tokens += 1
            self.cached = token.cached
            self.finish = token.finish
            if token.id in self._stop_ids:
                break
            self._held += self._decoded(token.id)
            if token.logprob is not None:
                delta.logprobs.append(self._logprob(token))
            found = [at for stop in self._stops if (at := self._held.find(stop)) >= 0]
            if found:
                self._held, self.finish = self._held[: min(found)], "stop"
        self.tokens += delta.tokens
        keep = 0 if self.finish else held_back(self._held, *self._stops)
        ready, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        was_reasoning = self._parser.reasoning
        parsed = self._parser.feed(ready, last=bool(self.finish))
        if was_reasoning or parsed.reasoning:
            self.reasoning_tokens += delta.tokens
        delta.text, delta.reasoning = parsed.text, parsed.reasoning
        if self.finish:
            rest, delta.calls = self._parser.calls()
            delta.text += rest
            if delta.calls and self.finish == "stop":
                self.finish = "tool_calls"
        return delta

    def _decoded(self, token: int) -> str:
        try:
            return self._stream.step(self._tokenizer.library, token) or ""
        except Exception:  # the library cannot go on where a decoder rewrites what it gave before
            self._stream = self._tokenizer.decode_stream(keep_special=False)
            return self._tokenizer.token_bytes(token).decode("utf-8", "ignore")

    def _logprob(self, token: Token) -> Json:
        assert token.logprob is not None
        best = [self._entry(one, value) for one, value in token.top]
        return self._entry(token.id, token.logprob) | {"top_logprobs": best}

    def _entry(self, token: int, logprob: float) -> Json:
        raw = self._tokenizer.token_bytes(token)
        return {"token": raw.decode("utf-8", "replace"), "logprob": max(logprob, LOWEST), "bytes": list(raw)}
