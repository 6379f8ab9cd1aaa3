"""Reload: a running process takes up the description again, all of it or nothing, and reports what came of it.

The command sends SIGHUP and waits for the report of every process. A report counts when it began after the question:
`time.monotonic()` is one clock for all processes of a machine.
"""

import asyncio
import contextlib
import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal

from aistack.chassis.runtime.server import Host, Hosted
from aistack.chassis.runtime.service_manager import notify, reloading
from aistack.chassis.settings import MASK, ServiceSettings, is_secret
from aistack.chassis.telemetry.logs import get_log
from aistack.deploy.processes.process_state import STACK, holder, running_in, write_whole
from aistack.deploy.settings import settings_of, with_secrets
from aistack.stack.data_paths import DataPaths
from aistack.stack.description import Stack, Upstream
from aistack.stack.errors import StackError
from aistack.stack.loader import load_stack

BEGIN_SECONDS_MAX = 20.0
STEPS_SECONDS_MAX = 600.0  # workers are replaced one by one, and each drains
LOOK_SECONDS = 0.02
REPORT_BYTES = 16 * 1024
CHANGES_KEPT = 50

Outcome = Literal["reloading", "reloaded", "refused", "failed"]


@dataclass(frozen=True, slots=True)
class Change:
    """One setting that differs from what is in force; `live` when it is in force now."""

    setting: str
    before: str
    after: str
    live: bool


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a reload. `begun` is `time.monotonic()`, in seconds; `reason` is empty unless it went wrong."""

    pid: int
    begun: float
    source: str
    outcome: Outcome
    reason: str = ""
    changes: list[Change] = field(default_factory=list[Change])


class Reloading:
    """The reloads of one process. `export` shows the variables of `.env` to libraries."""

    def __init__(self, host: Host, stack: Stack, path: Path, export: Callable[[Stack], None]) -> None:
        self._host = host
        self._stack = stack
        self._path = path
        self._export = export
        self._in_force = {one.settings.service: one.settings for one in host.hosted}
        self._log = get_log("stack")
        with contextlib.suppress(OSError):
            path.write_text(" " * REPORT_BYTES)

    async def run(self) -> None:
        """Takes up what changed; where anything is wrong with it, all stays as it was. Never raises."""
        begun = time.monotonic()
        reloading()
        self._tell(Report(os.getpid(), begun, str(self._stack.source), "reloading"))
        report = await self._reload(begun)
        notify("READY=1")
        if report.outcome == "reloaded":
            changed = [one.setting for one in report.changes if one.live]
            waiting = [one.setting for one in report.changes if not one.live]
            self._log.info("stack.reloaded", changed=changed, needs_restart=waiting)
        else:
            self._log.error(f"stack.reload_{report.outcome}", error=report.reason)
        self._tell(report)

    async def _reload(self, begun: float) -> Report:
        report = Report(os.getpid(), begun, str(self._stack.source), "reloaded")
        try:
            described, wanted = self._read()
        except StackError as error:
            return _with(report, "refused", str(error))
        except Exception as error:
            self._log.exception("stack.reload_error")
            return _with(report, "refused", f"{type(error).__name__}: {error}")
        changes = [one for name, new in wanted.items() for one in differences(self._in_force[name], new)]
        changes += stack_differences(self._stack, described, has_gateway="gateway" in wanted)
        merged = {name: _merged(self._in_force[name], new) for name, new in wanted.items()}
        why = await self._take_up(merged, described)
        if why:
            return _with(report, "failed", why)
        self._in_force, self._stack = merged, _still(self._stack, described)
        return Report(report.pid, begun, report.source, "reloaded", "", changes)

    def _read(self) -> tuple[Stack, dict[str, ServiceSettings]]:
        """Raises StackError."""
        described = load_stack(self._stack.source)
        services = [described.services[one.settings.service] for one in self._host.hosted]
        settings = {
            one.name: with_secrets(settings_of(one, described)[0], described.environment_of(one)) for one in services
        }
        return described, settings

    async def _take_up(self, settings: dict[str, ServiceSettings], described: Stack) -> str:
        """Why it failed, empty when it did not; what had been taken up by then is undone."""
        begun: list[Hosted] = []
        self._export(described)
        try:
            async with asyncio.timeout(STEPS_SECONDS_MAX):
                for one in self._host.hosted:
                    begun.append(one)
                    await _steps(one, settings[one.settings.service], described)
        except Exception as error:
            self._log.exception("stack.reload_error", failed=begun[-1].settings.service)
            why = f"{begun[-1].settings.service}: {_said(error)}"
        else:
            return ""
        self._export(self._stack)
        for one in reversed(begun):
            try:
                async with asyncio.timeout(STEPS_SECONDS_MAX):
                    await _steps(one, self._in_force[one.settings.service], self._stack)
            except Exception as error:
                self._log.exception("stack.reload_error", failed=one.settings.service)
                return f"{why}; undoing the changes of {one.settings.service} failed too ({_said(error)}): restart it"
        return f"{why}; all changes were undone"

    def _tell(self, report: Report) -> None:
        """Writes the report; where the disk is full, over the last one, which takes no space."""
        try:
            write_whole(self._path, json.dumps(asdict(report)).ljust(REPORT_BYTES))
        except StackError as full:
            text = json.dumps(asdict(replace(report, changes=report.changes[:CHANGES_KEPT])))
            try:
                with self._path.open("r+b", 0) as file:
                    file.write(text.encode().ljust(REPORT_BYTES)[:REPORT_BYTES])
            except OSError:
                self._log.error("stack.reload_untold", error=str(full))


async def _steps(one: Hosted, settings: ServiceSettings, described: Stack) -> None:
    for step in one.lifecycle.on_reload:
        await step(settings, described)


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__


def _with(report: Report, outcome: Outcome, reason: str) -> Report:
    return Report(report.pid, report.begun, report.source, outcome, reason)


def _merged(before: ServiceSettings, after: ServiceSettings) -> ServiceSettings:
    """What is in force after a reload: of the new settings those that need no restart."""
    return before.model_copy(
        update={key: getattr(after, key) for key in type(after).model_fields if after.is_live(key)}
    )


def differences(before: ServiceSettings, after: ServiceSettings) -> list[Change]:
    """What differs between two settings of one service; secrets are masked."""
    found: list[Change] = []
    for key in type(after).model_fields:
        old, new = getattr(before, key), getattr(after, key)
        if old != new:
            shown = (MASK, MASK) if is_secret(type(after), key) else (_text(old), _text(new))
            found.append(Change(f"{after.service}.{key}", *shown, after.is_live(key)))
    return found


def stack_differences(before: Stack, after: Stack, *, has_gateway: bool) -> list[Change]:
    """What differs beyond the services' settings: upstreams, and which services run."""
    found: list[Change] = []
    old, new = ({one.name: one for one in stack.upstreams} for stack in (before, after))
    for name in sorted(old.keys() | new.keys()) if has_gateway else ():
        if old.get(name) != new.get(name):
            found.append(Change(f"upstreams.{name}", _upstream(old.get(name)), _upstream(new.get(name)), True))
    for name, service in after.services.items():
        known = before.services[name]
        for key in ("enabled", "replicas"):
            if getattr(known, key) != getattr(service, key):
                shown = _text(getattr(known, key)), _text(getattr(service, key))
                found.append(Change(f"{name}.{key}", *shown, False))
    return found


def _still(before: Stack, after: Stack) -> Stack:
    """The description that is in force after a reload: which services run stays as it was."""
    services = {
        name: replace(service, enabled=before.services[name].enabled, replicas=before.services[name].replicas)
        for name, service in after.services.items()
    }
    return replace(after, services=services)


def _upstream(upstream: Upstream | None) -> str:
    return "none" if upstream is None else ", ".join((*upstream.routes, *upstream.urls))


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str | list) else str(value)


def ask(stack: Stack) -> dict[str, Report]:
    """Has every process that runs reload; what came of it, by unit. Empty when none runs.

    A process that ends, or does not answer in time, has failed. Raises StackError while one is still starting.
    """
    places = DataPaths(stack.data_dir)
    units = running_in(places)
    known = {(held.data_dir, unit) for held, unit, _ in units.values()}
    for unit in (STACK, *stack.services):
        if holder(places, unit) is not None and (places.data_dir, unit) not in known:
            raise StackError(f"{unit} is still starting; try again when it is ready")
    asked = time.monotonic()
    for _, _, state in units.values():
        with contextlib.suppress(ProcessLookupError):
            os.kill(state.pid, signal.SIGHUP)
    return {name: _answer(held, unit, state.pid, asked) for name, (held, unit, state) in units.items()}


def _answer(places: DataPaths, unit: str, pid: int, asked: float) -> Report:
    report: Report | None = None
    while True:
        report = _read_report(places.reload_report(unit), pid, asked) or report
        if report is not None and report.outcome != "reloading":
            return report
        waited = time.monotonic() - asked
        why = ""
        if holder(places, unit) != pid:
            why = f"the process (pid {pid}) ended while reloading"
        elif report is None and waited > BEGIN_SECONDS_MAX:
            why = f"the process (pid {pid}) did not answer within {BEGIN_SECONDS_MAX:g} s; restart it"
        elif waited > BEGIN_SECONDS_MAX + STEPS_SECONDS_MAX:
            why = f"the process (pid {pid}) did not finish within {STEPS_SECONDS_MAX:g} s; restart it"
        if why:
            return Report(pid, asked, "", "failed", f"{why}; see aistack logs")
        time.sleep(LOOK_SECONDS)


def _read_report(path: Path, pid: int, asked: float) -> Report | None:
    try:
        held = json.loads(path.read_text("utf-8"))
        changes = [Change(**one) for one in held.pop("changes")]
        report = Report(**held, changes=changes)
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return report if report.pid == pid and report.begun >= asked else None
