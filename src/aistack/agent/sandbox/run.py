"""What a sandbox is, the limits of a run, and what comes out of one."""

from dataclasses import dataclass
from typing import Protocol

CODE_CHARACTERS_MAX = 100_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one run. `memory_bytes` and `cpu_seconds` are of the process; after `seconds` it is killed."""

    seconds: float = 20.0
    cpu_seconds: int = 10
    memory_bytes: int = 1 << 30
    output_characters: int = 50_000
    disk_bytes: int = 64 << 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """`value` is that of the last expression as Python writes it, empty for none. `error` says why it ended early."""

    output: str
    value: str = ""
    error: str = ""
    is_cut: bool = False


class SandboxUnavailable(Exception):
    """No code can be run here safely. The message says why."""


class Sandbox(Protocol):
    name: str

    async def unavailable(self) -> str:
        """Why it cannot be used on this machine; empty if it can."""
        ...

    async def run(self, code: str, limits: Limits) -> Outcome:
        """Runs code that keeps nothing between runs. Raises SandboxUnavailable."""
        ...
