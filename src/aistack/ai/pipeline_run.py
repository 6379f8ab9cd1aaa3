"""One question on its way to an answer, with the trace of what was done."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aistack.ai.prepared_databases import Known
from aistack.ai.wire import Reference, Step
from aistack.chassis.identity import Principal

Tell = Callable[[Step], None]


@dataclass(slots=True)
class Asked:
    """One question on its way. `said` is what was asked, `question` what it means on its own."""

    id: str
    said: str
    question: str
    known: Known
    who: Principal
    execute: bool
    tell: Tell
    chinese: bool
    session: str = ""
    begun: float = field(default_factory=time.monotonic)
    trace: list[Step] = field(default_factory=list[Step])
    references: list[Reference] = field(default_factory=list[Reference])

    def note(self, step: Any, said: str, **detail: Any) -> None:
        """Writes a step into the trace, and tells whoever follows it."""
        now = time.monotonic()
        made = Step(step=step, said=said, detail=detail, elapsed_ms=round((now - self.begun) * 1000))
        self.begun = now
        self.trace.append(made)
        self.tell(made)
