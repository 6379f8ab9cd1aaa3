"""A reload in the running process: applies the current description, all of it or nothing, and reports on it."""

import asyncio
import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from aistack.chassis.runtime.server import Host, Hosted
from aistack.chassis.runtime.service_manager import notify, notify_reloading
from aistack.chassis.settings import ServiceSettings
from aistack.chassis.telemetry.logs import get_log
from aistack.deploy.processes.programs import Supervisor, check_programs
from aistack.deploy.processes.reload_report import (
    FILE_BYTES,
    FINISH_SECONDS_MAX,
    Report,
    settings_changes,
    stack_changes,
    write_report,
)
from aistack.deploy.settings import settings_of, with_secrets
from aistack.stack.description import Stack
from aistack.stack.errors import StackError
from aistack.stack.loader import load_stack


class Reloader:
    """The reloads of one process. `export` passes the variables of `.env` on to libraries.

    `supervisor` is given when this process runs the whole stack: a reload starts and stops programs, too.
    """

    def __init__(
        self,
        host: Host,
        stack: Stack,
        path: Path,
        export: Callable[[Stack], None],
        supervisor: Supervisor | None = None,
    ) -> None:
        self._host = host
        self._stack = stack
        self._path = path
        self._export = export
        self._supervisor = supervisor
        self._in_force = {one.settings.service: one.settings for one in host.hosted}
        self._log = get_log("stack")
        with contextlib.suppress(OSError):
            path.write_text(" " * FILE_BYTES)

    async def reload(self) -> None:
        """Applies what changed; when any of it fails, everything stays as it was. Never raises."""
        started = Report(os.getpid(), time.monotonic(), str(self._stack.source), "reloading")
        notify_reloading()
        self._write(started)
        report = await self._reload(started)
        notify("READY=1")
        if report.outcome == "reloaded":
            changed = [one.setting for one in report.changes if one.live]
            waiting = [one.setting for one in report.changes if not one.live]
            self._log.info("stack.reloaded", changed=changed, needs_restart=waiting)
        else:
            self._log.error(f"stack.reload_{report.outcome}", error=report.reason)
        self._write(report)

    async def _reload(self, report: Report) -> Report:
        try:
            described, wanted = self._read()
        except StackError as error:
            return report.with_outcome("refused", str(error))
        except Exception as error:
            self._log.exception("stack.reload_error")
            return report.with_outcome("refused", f"{type(error).__name__}: {error}")
        changes = [one for name, new in wanted.items() for one in settings_changes(self._in_force[name], new)]
        changes += stack_changes(
            self._stack, described, has_gateway="gateway" in wanted, has_programs=self._supervisor is not None
        )
        merged = {name: _merged(self._in_force[name], new) for name, new in wanted.items()}
        failure = await self._apply(merged, described)
        if failure:
            return report.with_outcome("failed", failure)
        if self._supervisor is not None:
            await self._supervisor.apply(described, described.enabled_programs)
        self._in_force, self._stack = merged, _with_running_services(described, self._stack)
        return report.with_outcome("reloaded", changes=changes)

    def _read(self) -> tuple[Stack, dict[str, ServiceSettings]]:
        """Raises StackError."""
        described = load_stack(self._stack.source)
        if described.local_models.problem and not self._stack.local_models.problem:
            raise StackError(described.local_models.problem)
        check_programs(described, described.enabled_programs)
        services = [described.services[one.settings.service] for one in self._host.hosted]
        settings = {
            one.name: with_secrets(settings_of(one, described)[0], described.environment_of(one)) for one in services
        }
        return described, settings

    async def _apply(self, settings: dict[str, ServiceSettings], described: Stack) -> str:
        """The reason of a failure, after undoing what had been applied; empty when all went well."""
        begun: list[Hosted] = []
        self._export(described)
        try:
            async with asyncio.timeout(FINISH_SECONDS_MAX):
                for one in self._host.hosted:
                    begun.append(one)
                    await _run_reload_steps(one, settings[one.settings.service], described)
        except Exception as error:
            self._log.exception("stack.reload_error", failed=begun[-1].settings.service)
            reason = f"{begun[-1].settings.service}: {_message(error)}"
        else:
            return ""
        self._export(self._stack)
        for one in reversed(begun):
            try:
                async with asyncio.timeout(FINISH_SECONDS_MAX):
                    await _run_reload_steps(one, self._in_force[one.settings.service], self._stack)
            except Exception as error:
                self._log.exception("stack.reload_error", failed=one.settings.service)
                service = one.settings.service
                return f"{reason}; rolling back {service} failed as well ({_message(error)}): restart it"
        return f"{reason}; all changes were rolled back"

    def _write(self, report: Report) -> None:
        try:
            write_report(self._path, report)
        except StackError as error:
            self._log.error("stack.reload_not_reported", error=str(error))


async def _run_reload_steps(one: Hosted, settings: ServiceSettings, described: Stack) -> None:
    for step in one.lifecycle.on_reload:
        await step(settings, described)


def _message(error: Exception) -> str:
    return str(error) or type(error).__name__


def _merged(before: ServiceSettings, after: ServiceSettings) -> ServiceSettings:
    """The settings in force after a reload: of the new ones, those that need no restart."""
    return before.model_copy(
        update={key: getattr(after, key) for key in type(after).model_fields if after.is_live(key)}
    )


def _with_running_services(described: Stack, before: Stack) -> Stack:
    """The description in force after a reload: which services run stays as it was."""
    services = {
        name: replace(service, enabled=before.services[name].enabled, replicas=before.services[name].replicas)
        for name, service in described.services.items()
    }
    return replace(described, services=services)
