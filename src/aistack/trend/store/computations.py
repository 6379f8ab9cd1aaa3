"""Asks the worker process about points, and turns its failures into answers that say what to do."""

from typing import Any

from aistack.chassis.errors import InvalidInput, Unavailable
from aistack.chassis.runtime.worker_processes import WorkerFailed, WorkerPool


class Computations:
    def __init__(self, workers: WorkerPool) -> None:
        self._workers = workers

    async def ask(self, task: str, request: dict[str, Any]) -> dict[str, Any]:
        """Raises InvalidInput with the reason where there is no answer, Unavailable if the process fails."""
        try:
            answer = await self._workers.ask({"task": task, **request})
        except WorkerFailed as error:
            raise Unavailable(f"the computation failed: {error}; use a shorter window or a coarser step") from None
        if "error" in answer:
            raise InvalidInput(answer["error"])
        return answer
