"""Where a request may be sent: the targets of its model, then those of others, in their order."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from aistack.gateway.models.accounting.budgets import KeyRules
from aistack.gateway.models.calls.interfaces import Dispatcher
from aistack.gateway.models.formats.errors import BadRequest, invalid
from aistack.gateway.models.requests.request import TOKENIZE, ModelRequest
from aistack.gateway.models.table.compiled import Model, ModelTable, Target

Candidate = tuple[Model, Target]


class Candidates:
    """The places that are left for one call. Raises BadRequest if none of a model's can do what is asked.

    `table` is what the caller may use.
    """

    __slots__ = ("_plane", "_request", "_table", "_waiting")

    def __init__(self, plane: Dispatcher, request: ModelRequest, model: Model, table: ModelTable) -> None:
        self._plane = plane
        self._request = request
        self._table = table
        self._waiting: list[Candidate] = self._of(model)
        if not self._waiting and (lacking := self._lacking(model)) is not None:
            raise lacking
        for other in map(table.find, model.fallbacks):
            self._waiting += self._of(other) if other is not None else []

    def take(self) -> Candidate | None:
        return self._waiting.pop(0) if self._waiting else None

    def again(self, model: Model, target: Target) -> None:
        """Tries a target once more, as it is known now, if it can do what is asked."""
        self._waiting[:0] = [one for one in self._of(model) if one[1].id == target.id]

    def keep_larger(self, model: Model) -> None:
        """The prompt is too long for this model: only fallbacks with a larger context are left."""
        longer: Callable[[Model], bool] = lambda other: other.context_length > model.context_length > 0  # noqa: E731
        self._waiting = [one for one in self._waiting if one[0] is not model and longer(one[0])]

    def add_affordable(self, rules: KeyRules) -> KeyRules:
        """Adds the models that the key names for when its budget does not allow others. Returns the rules without."""
        if not self._waiting:
            found = (self._table.find(name) for name in rules.fallbacks)
            self._waiting = [one for model in found if model is not None for one in self._of(model)]
            return replace(rules, fallbacks=())
        return rules

    def _of(self, model: Model) -> list[Candidate]:
        targets: Iterable[Target] = self._plane.targets(model)
        if self._request.structured_field:
            targets = (one for one in targets if one.structured_output)
        if self._request.demands_tool:
            targets = (one for one in targets if one.tool_choice)
        if self._request.operation == TOKENIZE:
            targets = (one for one in targets if one.tokenize)
        return [(model, target) for target in targets]

    def _lacking(self, model: Model) -> BadRequest | None:
        """What the request demands, and no upstream of the model enforces."""
        targets = tuple(self._plane.targets(model))
        if self._request.operation == TOKENIZE and not any(one.tokenize for one in targets):
            message = f"no upstream of {model.name} counts tokens; set tokenize = true for one that has /tokenize"
            return BadRequest(invalid(message, "model", "unsupported_parameter"))
        name, what = self._request.structured_field, "structured output"
        if not name or any(one.structured_output for one in targets):
            name, what = ("tool_choice", "the call of a tool") if self._request.demands_tool else ("", "")
        if not name:
            return None
        message = f"{name}: no upstream of {model.name} enforces {what}"
        return BadRequest(invalid(message, name, "unsupported_parameter"))
