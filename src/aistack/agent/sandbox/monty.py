"""Small Python code in pydantic-monty: an interpreter of a subset of Python, in worker processes without any access.

The interpreter has no files, network, environment or imports beyond a few pure modules; the limits hold inside of it.
"""

import asyncio
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from aistack.agent.sandbox.run import CODE_CHARACTERS_MAX, Limits, Outcome, SandboxUnavailable

MEMORY_BYTES_MAX = 128 << 20
RECURSION_MAX = 500
SUSPENSIONS_MAX = 100
PROCESSES_MAX = 4
RUNS_A_WORKER = 200
KILL_SECONDS = 5.0


class MontySandbox:
    name = "monty"

    def __init__(self) -> None:
        self._pool: Any = None
        self._opening = asyncio.Lock()

    async def unavailable(self) -> str:
        return "" if find_spec("pydantic_monty") else "pydantic-monty is not installed"

    async def run(self, code: str, limits: Limits) -> Outcome:
        if reason := await self.unavailable():
            raise SandboxUnavailable(reason)
        if len(code) > CODE_CHARACTERS_MAX:
            return Outcome("", error=f"the code is longer than {CODE_CHARACTERS_MAX} characters")
        import pydantic_monty

        pool = await self._opened(pydantic_monty)
        seconds = min(limits.seconds, float(limits.cpu_seconds))
        inside = {
            "max_feed_duration_secs": seconds, "max_turn_duration_secs": seconds,
            "max_memory": min(limits.memory_bytes, MEMORY_BYTES_MAX), "max_recursion_depth": RECURSION_MAX,
            "max_suspensions": SUSPENSIONS_MAX, "max_total_sleep_secs": seconds,
        }  # fmt: skip
        printed = _Printed(limits.output_characters)
        try:
            async with asyncio.timeout(limits.seconds + KILL_SECONDS), pool.checkout(limits=inside) as session:
                value = await session.feed_run(code, print_callback=printed)
        except TimeoutError:
            return printed.outcome(error="TimeoutError: the code ran too long")
        except pydantic_monty.MontyError as error:
            return printed.outcome(error=str(error)[: limits.output_characters])
        shown = "" if value is None else repr(value)
        return printed.outcome(value=shown[: limits.output_characters], is_cut=len(shown) > limits.output_characters)

    async def close(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.__aexit__(None, None, None)

    async def _opened(self, module: ModuleType) -> Any:
        async with self._opening:
            if self._pool is None:
                pool = module.AsyncMonty(
                    min_processes=0, max_processes=PROCESSES_MAX, max_checkouts_per_worker=RUNS_A_WORKER
                )
                self._pool = await pool.__aenter__()
        return self._pool


class _Printed:
    """Collects what code prints, up to a limit."""

    def __init__(self, characters_max: int) -> None:
        self._parts = list[str]()
        self._left = characters_max
        self._is_cut = False

    def __call__(self, _stream: str, text: str) -> None:
        if len(text) > self._left:
            text, self._is_cut = text[: self._left], True
        self._left -= len(text)
        if text:
            self._parts.append(text)

    def outcome(self, value: str = "", error: str = "", is_cut: bool = False) -> Outcome:
        return Outcome("".join(self._parts), value, error, is_cut or self._is_cut)
