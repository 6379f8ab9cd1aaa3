"""The command's side of a reload: sends SIGHUP to every process and waits for its report.

A report counts when it began after the signal: `time.monotonic()` is one clock for all processes of a machine.
"""

import contextlib
import os
import signal
import time

from aistack.deploy.processes.process_state import STACK, located_units, lock_holder
from aistack.deploy.processes.reload_report import FINISH_SECONDS_MAX, Report, read_report
from aistack.stack.catalogue import PROGRAMS
from aistack.stack.data_paths import DataPaths
from aistack.stack.description import Stack
from aistack.stack.errors import StackError

BEGIN_SECONDS_MAX = 20.0
POLL_SECONDS = 0.02


def request_reload(stack: Stack) -> dict[str, Report]:
    """Reloads every running process; its reports by unit, empty when none runs.

    A process that exits, or does not answer in time, counts as failed. Raises StackError while one is still starting.
    """
    paths = DataPaths(stack.data_dir)
    units = located_units(paths)
    ready = {(unit.paths.data_dir, unit.unit) for unit in units.values()}
    units = {name: unit for name, unit in units.items() if not unit.state.services.keys() & PROGRAMS.keys()}
    for unit in (STACK, *stack.services):
        if lock_holder(paths, unit) is not None and (paths.data_dir, unit) not in ready:
            raise StackError(f"{unit} is still starting; try again when it is ready")
    requested_at = time.monotonic()
    for unit in units.values():
        with contextlib.suppress(ProcessLookupError):
            os.kill(unit.state.pid, signal.SIGHUP)
    return {name: _report(unit.paths, unit.unit, unit.state.pid, requested_at) for name, unit in units.items()}


def _report(paths: DataPaths, unit: str, pid: int, requested_at: float) -> Report:
    report: Report | None = None
    while True:
        report = read_report(paths.reload_report(unit), pid, requested_at) or report
        if report is not None and report.outcome != "reloading":
            return report
        waited = time.monotonic() - requested_at
        problem = ""
        if lock_holder(paths, unit) != pid:
            problem = f"the process (pid {pid}) exited while reloading"
        elif report is None and waited > BEGIN_SECONDS_MAX:
            problem = f"the process (pid {pid}) did not answer within {BEGIN_SECONDS_MAX:g} s; restart it"
        elif waited > BEGIN_SECONDS_MAX + FINISH_SECONDS_MAX:
            problem = f"the process (pid {pid}) did not finish within {FINISH_SECONDS_MAX:g} s; restart it"
        if problem:
            return Report(pid, requested_at, "", "failed", f"{problem}; see aistack logs")
        time.sleep(POLL_SECONDS)
