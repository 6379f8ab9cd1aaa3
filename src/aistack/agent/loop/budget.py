"""What a run may use: replies of the model, tokens, money, time."""

import time
from collections.abc import Mapping
from typing import Any

from aistack.agent.models.reply_stream import Usage
from aistack.agent.settings import AgentSettings
from aistack.stores.records import AnyRow

MILLION = 1_000_000


class Budget:
    """The limits and the use so far, which goes on over restarts. Prices are in USD for a million tokens."""

    def __init__(
        self, limits: Mapping[str, float | None], used: Mapping[str, Any], prices: tuple[float, float] | None
    ) -> None:
        self._limits = limits
        self._used = dict(used)
        self._prices = prices
        self._began = time.monotonic()

    def add(self, usage: Usage, *, is_estimate: bool = False) -> None:
        """Counts a reply."""
        used = self._used
        used["steps"] = used.get("steps", 0) + 1
        used["prompt_tokens"] = used.get("prompt_tokens", 0) + usage.prompt
        used["completion_tokens"] = used.get("completion_tokens", 0) + usage.completion
        if is_estimate:
            used["is_estimate"] = True
        if self._prices is not None:
            cost = (usage.prompt * self._prices[0] + usage.completion * self._prices[1]) / MILLION
            used["cost_usd"] = round(used.get("cost_usd", 0.0) + cost, 9)

    @property
    def used(self) -> dict[str, Any]:
        """What is stored with the run and its message."""
        return self._used | {"seconds": round(self._seconds, 3)}

    @property
    def seconds_left(self) -> float:
        return max(0.0, (self._limits.get("seconds") or 0.0) - self._seconds)

    @property
    def exceeded(self) -> str:
        """The first limit that leaves no room for another reply: steps, tokens, cost or time; empty if none."""
        steps, tokens, cost = (self._limits.get(one) for one in ("steps", "tokens", "cost_usd"))
        used = self._used
        if steps and used.get("steps", 0) >= steps:
            return "steps"
        if tokens and used.get("prompt_tokens", 0) + used.get("completion_tokens", 0) >= tokens:
            return "tokens"
        if cost and used.get("cost_usd", 0.0) >= cost:
            return "cost"
        return "time" if not self.seconds_left else ""

    @property
    def needs_prices(self) -> bool:
        """Whether money is limited although the model's price is not known."""
        return bool(self._limits.get("cost_usd")) and self._prices is None

    @property
    def _seconds(self) -> float:
        return float(self._used.get("seconds", 0.0)) + time.monotonic() - self._began


def budget_of(settings: AgentSettings, run: AnyRow) -> Budget:
    """The budget of a run: what its request asks for, at most what the settings allow."""
    given: Mapping[str, Any] = run.options.get("budget") or {}

    def lower(name: str, most: float) -> float | None:
        wanted = given.get(name)
        return min(wanted, most) if wanted and most else wanted or most or None

    limits = {
        "steps": lower("steps", settings.steps_max), "tokens": lower("tokens", settings.tokens_max),
        "cost_usd": lower("cost_usd", settings.cost_max_usd), "seconds": lower("seconds", settings.seconds_max),
    }  # fmt: skip
    prices = settings.price_input_usd, settings.price_output_usd
    return Budget(limits, run.usage, prices if any(prices) else None)
