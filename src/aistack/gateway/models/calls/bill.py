"""What one call costs: the reservation from the key's budget, the tokens that its attempts used, and their record."""

from typing import TYPE_CHECKING

from aistack.gateway.models.accounting.budgets import Reservation
from aistack.gateway.models.accounting.usage import Source, Usage, estimated_completion, estimated_prompt
from aistack.gateway.models.answers.answer import StreamedAnswer
from aistack.gateway.models.calls.interfaces import Dispatcher
from aistack.gateway.models.requests.request import ModelRequest
from aistack.gateway.models.table.compiled import Model, Target

if TYPE_CHECKING:
    from aistack.gateway.models.calls.call import Call


class Bill:
    """`usage` is what the upstream of the current attempt says; without, what is recorded is an estimate."""

    __slots__ = ("_plane", "_prompt", "_request", "_reservation", "usage")

    def __init__(self, plane: Dispatcher, request: ModelRequest) -> None:
        self.usage: Usage | None = None
        self._plane = plane
        self._request = request
        self._prompt = -1
        self._reservation: Reservation | None = None

    def estimate_prompt(self) -> int:
        """About how many tokens the prompt has. It is counted once, while the request still has its fields."""
        if self._prompt < 0:
            self._prompt = estimated_prompt(self._request.fields)
        return self._prompt

    def reserve(self, call: "Call", model: Model) -> str:
        """Reserves what an attempt may cost. Returns why the budget does not allow it; empty if it does."""
        held = self._plane.reserve(call, model, self.estimate_prompt())
        if isinstance(held, str):
            return held
        self._reservation = held
        return ""

    def settle(self, call: "Call", target: Target, stream: StreamedAnswer | None, answer_bytes: int = 0) -> None:
        """Records the usage that the upstream gave, or an estimate from what passed of the answer."""
        if self.usage is None:
            self._record(call, target, self._estimate(stream, answer_bytes), "estimated")
        else:
            self._record(call, target, self.usage, "drained" if call.is_draining else "upstream")

    def settle_failed(self, call: "Call", target: Target, stream: StreamedAnswer | None) -> None:
        """Records what an attempt that was sent has used before it failed."""
        if self.usage is None:
            self._record(call, target, self._estimate(stream), "estimated")
        else:
            self._record(call, target, self.usage, "upstream")

    def total(self, stream: StreamedAnswer | None) -> Usage:
        """The usage that the client is told."""
        return self.usage or self._estimate(stream)

    def _estimate(self, stream: StreamedAnswer | None, answer_bytes: int = 0) -> Usage:
        """About the tokens of an attempt, from the text that has passed of its answer."""
        length, pieces = (answer_bytes, 0) if stream is None else (stream.text_bytes, stream.pieces)
        return Usage(self.estimate_prompt(), estimated_completion(length, pieces))

    def release(self) -> None:
        """Gives back what is reserved."""
        held, self._reservation = self._reservation, None
        if held is not None:
            self._plane.release(held)

    def _record(self, call: "Call", target: Target, usage: Usage, source: Source) -> None:
        self._plane.record(call, call.model, target, usage, source)
        self.release()
