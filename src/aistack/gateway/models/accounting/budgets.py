"""Budgets: how much a key may spend in a day, in a month or in all, in dollars or in tokens.

Each attempt reserves what it will cost at most by its estimate, on the model that will be billed, and settles what it
did cost. The data plane knows what the control app has counted so far, and adds what it has journalled since. With
several workers, a key can overspend by what the others spend within about a second, and by estimates that were low.
"""

import re
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from aistack.gateway.models.accounting.usage import Usage
from aistack.gateway.models.table.compiled import Model

Unit = Literal["usd", "tokens"]
FORM = re.compile(r"(?P<amount>[0-9]{1,12}(?:\.[0-9]{1,6})?) (?P<unit>USD|tokens)(?:/(?P<period>day|month))?")
BOTH_FIELDS = "both"
NANO = 1_000_000_000
ALLOWED = "write it like '10 USD/month', '0.5 USD/day', '2000000 tokens/day' or '100 USD'"


@dataclass(frozen=True, slots=True)
class Budget:
    """`amount` is in nano-dollars or tokens; `period` is day, month, or empty for a total."""

    amount: int
    unit: Unit
    period: str
    text: str


@dataclass(frozen=True, slots=True)
class KeyRules:
    """What applies to the model calls of one key. `fallbacks` are models to use when the budget does not allow others.

    `models` are those that the key may use, None for all; `cache` keeps whole answers for identical requests.
    `tokens_per_minute` and `parallel`, calls at once, are 0 for no limit. `reasoning_field` is the name under which
    answers have a model's reasoning: reasoning_content, reasoning, or both.
    """

    budget: Budget | None = None
    fallbacks: tuple[str, ...] = ()
    models: frozenset[str] | None = None
    cache: bool = False
    tokens_per_minute: int = 0
    parallel: int = 0
    reasoning_field: str = BOTH_FIELDS


NO_RULES = KeyRules()


def parse_budget(text: str) -> Budget:
    """Raises ValueError."""
    match = FORM.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a budget; {ALLOWED}")
    amount = float(match["amount"])
    if match["unit"] == "USD":
        return Budget(round(amount * NANO), "usd", match["period"] or "", text)
    return Budget(int(amount), "tokens", match["period"] or "", text)


def rules_of(stored: dict[str, Any]) -> KeyRules:
    """The rules of a key, as they are stored."""
    budget, models = stored.get("budget"), stored.get("models")
    return KeyRules(
        parse_budget(budget) if budget else None,
        tuple(stored.get("budget_fallbacks") or ()),
        None if models is None else frozenset(models),
        bool(stored.get("cache")),
        int(stored.get("tokens_per_minute") or 0),
        int(stored.get("parallel") or 0),
        str(stored.get("reasoning_field") or BOTH_FIELDS),
    )


def period_of(budget: Budget, at: float) -> str:
    """The name of the period that a moment lies in, in UTC: `2026-11-26`, `2026-11`, or empty."""
    if not budget.period:
        return ""
    return time.strftime("%Y-%m-%d" if budget.period == "day" else "%Y-%m", time.gmtime(at))


def amount_of(budget: Budget, usage: Usage, cost: int | None) -> int:
    """What a call counts against a budget."""
    return usage.total if budget.unit == "tokens" else cost or 0


@dataclass(frozen=True, slots=True)
class Counted:
    """What the control app has counted: by key the period and the amount, and how far it has read each journal."""

    spent: Mapping[str, tuple[str, int]] = field(default_factory=dict[str, tuple[str, int]])
    read: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(slots=True)
class Reservation:
    """An amount held for one attempt."""

    key: str
    amount: int


class Budgets:
    """The spending of keys that have a budget, as one data plane knows it. `journal` is the name of its own journal."""

    def __init__(self) -> None:
        self.journal = ""
        self._counted = Counted()
        self._recent: dict[str, deque[tuple[int, str, int]]] = {}  # by key: offset in the journal, period, amount
        self._reserved: dict[str, int] = {}

    def set_counted(self, counted: Counted) -> None:
        self._counted = counted
        read = counted.read.get(self.journal, 0)
        for key, recent in list(self._recent.items()):
            while recent and recent[0][0] <= read:
                recent.popleft()
            if not recent:
                del self._recent[key]

    def spent(self, key: str, budget: Budget, at: float) -> int:
        """What the key has spent in the current period, without what is reserved."""
        period = period_of(budget, at)
        counted_period, amount = self._counted.spent.get(key, ("", 0))
        total = amount if counted_period == period else 0
        return total + sum(amount for _, then, amount in self._recent.get(key, ()) if then == period)

    def reserve(self, key: str, rules: KeyRules, model: Model, prompt: int, completion: int) -> Reservation | str:
        """Holds the estimated cost of an attempt; a sentence that says why it cannot be paid."""
        budget = rules.budget
        assert budget is not None
        estimate = Usage(prompt, completion)
        cost = estimate.cost(model.prices)
        if budget.unit == "usd" and cost is None:
            return f"the price of {model.name} is not known, and this key has a budget in USD"
        amount = amount_of(budget, estimate, cost)
        now = time.time()
        spent = self.spent(key, budget, now) + self._reserved.get(key, 0)
        if spent >= budget.amount or spent + amount > budget.amount:
            return f"the budget of this key, {budget.text}, does not allow a call of {model.name}"
        self._reserved[key] = self._reserved.get(key, 0) + amount
        return Reservation(key, amount)

    def release(self, reservation: Reservation) -> None:
        left = self._reserved.get(reservation.key, 0) - reservation.amount
        if left > 0:
            self._reserved[reservation.key] = left
        else:
            self._reserved.pop(reservation.key, None)

    def settle(self, key: str, budget: Budget, usage: Usage, cost: int | None, offset: int) -> None:
        """Counts what a call cost; `offset` is the end of its line in the journal."""
        period = period_of(budget, time.time())
        self._recent.setdefault(key, deque()).append((offset, period, amount_of(budget, usage, cost)))
