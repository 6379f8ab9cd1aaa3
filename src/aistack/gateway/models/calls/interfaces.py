"""What a call knows of its surroundings: an attempt, and the data plane's room."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

from aistack.gateway.models.accounting.budgets import Reservation
from aistack.gateway.models.accounting.usage import Source, Usage
from aistack.gateway.models.calls.failures import Failure
from aistack.gateway.models.table.compiled import Model, Target

if TYPE_CHECKING:
    from aistack.gateway.models.calls.call import Call


class Attempt(Protocol):
    """One request to one target. `sent_at` is when it was sent, 0 before; `done` once its end was reported."""

    @property
    def target(self) -> Target: ...

    @property
    def sent_at(self) -> float: ...

    @property
    def done(self) -> bool: ...

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def cancel(self) -> None: ...


class Dispatcher(Protocol):
    """What a call needs of the data plane's room: targets, attempts, budgets and the journal."""

    stream_open_seconds: float
    ping_seconds: float

    def targets(self, model: Model) -> Iterable[Target]: ...

    def attempt(self, call: "Call", model: Model, target: Target) -> None:
        """Starts an attempt as the call's `attempt`. It may be over when this returns."""
        ...

    def reserve(self, call: "Call", model: Model, prompt: int) -> Reservation | str | None: ...

    def release(self, reservation: Reservation) -> None: ...

    def may_drain(self) -> float:
        """Seconds for which an answer that nobody waits for may be read on; 0 for not at all."""
        ...

    def token_lines(self, call: "Call") -> bytes:
        """Header lines that say how many tokens the key may use now; empty if it has no such limit."""
        ...

    def record(self, call: "Call", model: Model, target: Target, usage: Usage, source: Source) -> None: ...

    def succeeded(self, target: Target) -> None: ...

    def failed(self, target: Target, failure: Failure) -> None: ...

    def proven(self, target: Target, fields: Iterable[str]) -> bool:
        """Whether the target has done what these fields of requests demand before."""
        ...

    def proved(self, target: Target, fields: Iterable[str]) -> None: ...

    def ignored(self, target: Target, name: str) -> None:
        """The target ignored this field of a request."""
        ...

    def answered(self, call: "Call", status: int, lines: bytes, body: bytes) -> None:
        """A whole answer, which others may be waiting for, or which may be kept."""
        ...

    def finished(self, call: "Call") -> None: ...
