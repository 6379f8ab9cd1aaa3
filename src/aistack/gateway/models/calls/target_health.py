"""Which targets failed lately, so that others are tried first. None is ever left out altogether."""

from collections.abc import Iterable
from dataclasses import dataclass

from aistack.gateway.models.table.compiled import Target

FAILURES_MAX = 3
DOWN_SECONDS, KEY_DOWN_SECONDS = 10.0, 60.0


@dataclass(slots=True)
class _State:
    failures: int = 0
    until: float = 0.0


class TargetHealth:
    """The failures of targets by their ids. A key that an upstream does not accept counts at once."""

    def __init__(self) -> None:
        self._states: dict[str, _State] = {}

    def usable_first(self, targets: tuple[Target, ...], now: float) -> Iterable[Target]:
        """The targets in order, those that failed lately at the end."""
        if not self._states:
            return targets
        return sorted(targets, key=lambda one: (state := self._states.get(one.id)) is not None and state.until > now)

    def available(self, targets: tuple[Target, ...], now: float) -> bool:
        """Whether one of the targets has not failed lately."""
        states = (self._states.get(one.id) for one in targets)
        return any(state is None or state.until <= now for state in states)

    def succeeded(self, target_id: str) -> None:
        if self._states:
            self._states.pop(target_id, None)

    def failed(self, target_id: str, now: float, *, bars_key: bool) -> None:
        state = self._states.setdefault(target_id, _State())
        state.failures += 1
        if bars_key:
            state.until = now + KEY_DOWN_SECONDS
        elif state.failures >= FAILURES_MAX:
            state.until = now + DOWN_SECONDS

    def keep_only(self, ids: set[str]) -> None:
        for target_id in self._states.keys() - ids:
            del self._states[target_id]
