"""Pulls: each in a process of its own, so that downloading and hashing never slow down a request."""

import asyncio
import contextlib
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, cast

from aistack.chassis.errors import Conflict
from aistack.chassis.runtime.tasks import Tasks
from aistack.chassis.telemetry.logs import get_log

PROGRAM = "aistack.llm.pull_process"
PULLS_MAX = 4
LINE_BYTES_MAX = 64 * 1024
PullState = Literal["pulling", "done", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class PullProgress:
    """How far a pull is: of `file`, `received` bytes of `total` (0 when unknown). `error` says what to do."""

    state: PullState
    file: str = ""
    received: int = 0
    total: int = 0
    error: str = ""


class Pulls:
    """The pulls into one folder: at most one of a model, and PULLS_MAX together. `mirror` is empty without one."""

    def __init__(self, models: Path, mirror: Callable[[], str]) -> None:
        self._models = models
        self._mirror = mirror
        self._progress: dict[str, PullProgress] = {}
        self._processes: dict[str, Process] = {}
        self._changed = asyncio.Condition()
        self._tasks = Tasks()

    def progress(self, name: str) -> PullProgress | None:
        """That of the pull in progress, or how the last one ended; None if there was none since the start."""
        return self._progress.get(name)

    async def start(self, name: str) -> PullProgress:
        """Starts or resumes the pull of a known model; one that runs goes on. Raises Conflict."""
        now = self._progress.get(name)
        if now is not None and now.state == "pulling":
            return now
        running = [one for one, progress in self._progress.items() if progress.state == "pulling"]
        if len(running) >= PULLS_MAX:
            raise Conflict(f"{', '.join(running)} are being pulled; wait until one of them is complete")
        self._progress[name] = PullProgress("pulling")
        words = (sys.executable, "-m", PROGRAM, name, str(self._models), self._mirror())
        try:
            process = await asyncio.create_subprocess_exec(
                *words, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL, limit=LINE_BYTES_MAX
            )
        except OSError as error:
            self._progress[name] = PullProgress("failed", error=f"the pull could not be started: {error}")
            return self._progress[name]
        self._processes[name] = process
        self._tasks.start(self._follow(name, process), f"pull:{name}")
        get_log("gateway").info("model_pull.started", model=name, pid=process.pid)
        return self._progress[name]

    async def cancel(self, name: str) -> PullProgress | None:
        """Stops a pull; what it received is kept. Returns when its process has ended."""
        process = self._processes.get(name)
        if process is not None:
            await self._set(name, replace(self._progress[name], state="cancelled"))
            await _ended(process)
        return self._progress.get(name)

    def forget(self, name: str) -> None:
        """Drops how the last pull ended."""
        if name not in self._processes:
            self._progress.pop(name, None)

    async def watch(self, name: str) -> AsyncGenerator[PullProgress]:
        """The progress of a pull each time it changes, to its end."""
        seen: PullProgress | None = None
        while (now := self._progress.get(name)) is not None:
            if now != seen:
                seen = now
                yield now
            if now.state != "pulling":
                return
            async with self._changed:
                if self._progress.get(name) == seen:
                    await self._changed.wait()

    async def stop(self) -> None:
        """Ends all pulls; they can be resumed."""
        self._tasks.cancel()
        for process in tuple(self._processes.values()):
            await _ended(process)

    async def _follow(self, name: str, process: Process) -> None:
        assert process.stdout is not None
        error = ""
        async for line in process.stdout:
            report = _decoded(line)
            error = str(report.get("error", "")) or error
            if "file" in report and self._progress[name].state == "pulling":
                received, total = int(report["bytes"]), int(report["total"])
                await self._set(name, PullProgress("pulling", str(report["file"]), received, total))
        status = await process.wait()
        self._processes.pop(name, None)
        now = self._progress[name]
        if status == 0:
            await self._set(name, PullProgress("done", now.file, now.total, now.total))
        elif now.state == "pulling":
            error = error or f"the process that pulled it was ended (exit status {status}); pull it again to resume"
            await self._set(name, replace(now, state="failed", error=error))
        get_log("gateway").info("model_pull.ended", model=name, state=self._progress[name].state, error=error)

    async def _set(self, name: str, progress: PullProgress) -> None:
        async with self._changed:
            self._progress[name] = progress
            self._changed.notify_all()


def _decoded(line: bytes) -> dict[str, Any]:
    try:
        report: Any = json.loads(line)
    except ValueError:
        return {}
    return cast(dict[str, Any], report) if isinstance(report, dict) else {}


async def _ended(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()  # nothing needs to be tidied up: what it received is on the disk
    await process.wait()
