"""What it takes to serve another API over chat completions."""

from typing import Any, Protocol

from aistack.gateway.models.formats.errors import CallError


class TokenCounts(Protocol):
    """The usage of an answer."""

    @property
    def prompt(self) -> int: ...

    @property
    def completion(self) -> int: ...

    @property
    def cached(self) -> int: ...

    @property
    def cache_write(self) -> int: ...

    @property
    def reasoning(self) -> int: ...


class Translation(Protocol):
    """One answer, translated from chat completions: as a whole, or event by event."""

    def whole(self, fields: dict[str, Any], usage: TokenCounts) -> bytes:
        """The answer to a request that is not streamed."""
        ...

    def begin(self) -> bytes:
        """What comes before the first event; empty once it was given."""
        ...

    def event(self, fields: dict[str, Any]) -> bytes: ...

    def end(self, usage: TokenCounts) -> bytes: ...

    def failed(self, error: CallError) -> bytes:
        """How a stream ends that broke off."""
        ...
