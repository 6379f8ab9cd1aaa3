"""What targets turned out to be able to do, against what the model table says of them.

An upstream that ignored a demand of a request is used differently for an hour, then believed again.
"""

from collections.abc import Iterable
from dataclasses import replace

from aistack.gateway.models.table.compiled import Target

IGNORED, SCHEMA = "tool_choice", "schema"
LEARNED_SECONDS = 3600.0


class Capabilities:
    """By the ids of targets. Times are of `time.monotonic()`."""

    def __init__(self) -> None:
        self._learned: dict[str, tuple[Target, float]] = {}
        self._proven: set[tuple[str, str]] = set()  # target and field

    def applied(self, targets: Iterable[Target], now: float) -> Iterable[Target]:
        """The targets with what was learned of them."""
        return [self._of(one, now) for one in targets] if self._learned else targets

    def _of(self, target: Target, now: float) -> Target:
        found = self._learned.get(target.id)
        return found[0] if found is not None and found[1] > now else target

    def are_proven(self, target: Target, fields: Iterable[str]) -> bool:
        """Whether the target has done what these fields demand before."""
        return all((target.id, name) in self._proven for name in fields)

    def proved(self, target: Target, fields: Iterable[str]) -> None:
        self._proven.update((target.id, name) for name in fields)

    def ignored(self, target: Target, name: str, now: float) -> None:
        """The target ignored this field. It gets the call of a tool by a schema, or such requests no more."""
        self._proven.discard((target.id, name))
        if name == IGNORED:
            by_schema = target.tool_choice is True and target.structured_output
            changed = replace(target, tool_choice=SCHEMA if by_schema else False)
        else:
            changed = replace(target, structured_output=False, tool_choice=target.tool_choice is True)
        self._learned[target.id] = changed, now + LEARNED_SECONDS

    def keep_only(self, ids: set[str]) -> None:
        self._learned = {target_id: one for target_id, one in self._learned.items() if target_id in ids}
        self._proven = {one for one in self._proven if one[0] in ids}
