"""The list of checks, and how they run."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.conformance.models.server import ModelServer

Body = Callable[..., Awaitable[None]]
AT_ONCE = 4
SECONDS_MAX = 60.0


@dataclass(frozen=True)
class Check:
    """A check passes when its body returns. `needs` names what the server must be given for it to run."""

    area: str
    name: str
    body: Callable[[ModelServer], Awaitable[None]]
    needs: str = ""


class Area:
    """Collects the checks of one area."""

    def __init__(self, name: str, needs: str = "") -> None:
        self.name, self.needs = name, needs
        self.checks: list[Check] = []

    def check(self, name: str) -> Callable[[Body], Body]:
        def add(body: Body) -> Body:
            self.checks.append(Check(self.name, name, body, self.needs))
            return body

        return add

    def each(self, name: str, cases: Iterable[Any] | Mapping[str, Any]) -> Callable[[Body], Body]:
        """One check for each case, which the body gets as its second argument."""
        named = cases.items() if isinstance(cases, Mapping) else ((_short(case), case) for case in cases)

        def add(body: Body) -> Body:
            for label, case in named:
                self.checks.append(Check(self.name, f"{name}: {label}", partial(_with_case, body, case), self.needs))
            return body

        return add


@dataclass(frozen=True)
class Outcome:
    """`seconds` is how long the check took."""

    check: Check
    error: str = ""
    seconds: float = 0.0


async def run_checks(
    server: ModelServer, checks: Iterable[Check], ended: Callable[[Outcome], None] = lambda _: None
) -> list[Outcome]:
    """Runs those that the server has what they need for, a few at a time. `ended` is told of each."""
    wanted = [check for check in checks if not check.needs or getattr(server, check.needs)]
    places = asyncio.Semaphore(AT_ONCE)

    async def run(check: Check) -> Outcome:
        async with places:
            begun, said = time.monotonic(), ""
            try:
                await asyncio.wait_for(check.body(server), SECONDS_MAX)
            except Exception as error:
                said = f"{type(error).__name__}: {str(error)[:400] or '-'}"
            outcome = Outcome(check, said, time.monotonic() - begun)
        ended(outcome)
        return outcome

    return await asyncio.gather(*(run(check) for check in wanted))


def report(outcomes: list[Outcome], *, failures: bool = True) -> str:
    """What passed by area, and what did not."""
    lines: list[str] = []
    for area in dict.fromkeys(one.check.area for one in outcomes):
        of_area = [one for one in outcomes if one.check.area == area]
        lines.append(f"{area:20} {sum(not one.error for one in of_area):4} of {len(of_area)}")
        if failures:
            lines += [f"    {one.check.name}: {one.error}" for one in of_area if one.error]
    passed = sum(not one.error for one in outcomes)
    return "\n".join([*lines, f"{passed} of {len(outcomes)} = {passed / max(1, len(outcomes)):.3f}"])


async def _with_case(body: Body, case: Any, server: ModelServer) -> None:
    await body(server, case)


def _short(case: Any) -> str:
    text = repr(case) if not isinstance(case, tuple) else " ".join(repr(one) for one in case)
    return text if len(text) <= 70 else f"{text[:67]}..."
