"""The report of a reload: what changed in the description, and how the process dealt with it.

The process writes its report into a file of its own; the command that asked for the reload reads it there.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal

from aistack.chassis.settings import MASK, ServiceSettings, is_secret
from aistack.deploy.processes.data_folder import write_atomically
from aistack.stack.description import Stack, Upstream
from aistack.stack.errors import StackError

FINISH_SECONDS_MAX = 600.0  # workers are replaced one by one, and each drains
FILE_BYTES = 16 * 1024
CHANGES_KEPT = 50

Outcome = Literal["reloading", "reloaded", "refused", "failed"]


@dataclass(frozen=True, slots=True)
class Change:
    """A setting that differs from the one in force; `live` when the new value is in force now."""

    setting: str
    before: str
    after: str
    live: bool


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a reload. `begun` is `time.monotonic()` in seconds; `reason` is empty unless it went wrong."""

    pid: int
    begun: float
    source: str
    outcome: Outcome
    reason: str = ""
    changes: list[Change] = field(default_factory=list[Change])

    def with_outcome(self, outcome: Outcome, reason: str = "", changes: Sequence[Change] = ()) -> "Report":
        return Report(self.pid, self.begun, self.source, outcome, reason, list(changes))


def write_report(path: Path, report: Report) -> None:
    """Writes the report; on a full disk in place of the last one, which takes no space. Raises StackError."""
    try:
        write_atomically(path, json.dumps(asdict(report)).ljust(FILE_BYTES))
    except StackError:
        text = json.dumps(asdict(replace(report, changes=report.changes[:CHANGES_KEPT])))
        try:
            with path.open("r+b", 0) as file:
                file.write(text.encode().ljust(FILE_BYTES)[:FILE_BYTES])
        except OSError:
            pass
        else:
            return
        raise


def read_report(path: Path, pid: int, since: float) -> Report | None:
    """The report that this process began after `since` (`time.monotonic()`), or None."""
    try:
        fields = json.loads(path.read_text("utf-8"))
        changes = [Change(**one) for one in fields.pop("changes")]
        report = Report(**fields, changes=changes)
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return report if report.pid == pid and report.begun >= since else None


def settings_changes(before: ServiceSettings, after: ServiceSettings) -> list[Change]:
    """What differs between two settings of one service; secrets are masked."""
    found: list[Change] = []
    for key in type(after).model_fields:
        old, new = getattr(before, key), getattr(after, key)
        if old != new:
            shown = (MASK, MASK) if is_secret(type(after), key) else (_text(old), _text(new))
            found.append(Change(f"{after.service}.{key}", *shown, after.is_live(key)))
    return found


def stack_changes(before: Stack, after: Stack, *, has_gateway: bool, has_programs: bool = False) -> list[Change]:
    """What differs beyond the services' settings: upstreams, which services run, and the models of the worker.

    With `has_programs`, this process restarts the worker itself.
    """
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
    old, new = (list(stack.local_models.models) for stack in (before, after))
    if old != new and (has_gateway or has_programs):
        found.append(Change("worker.models", _text(old), _text(new), has_programs))
    return found


def _upstream(upstream: Upstream | None) -> str:
    return "none" if upstream is None else ", ".join((*upstream.routes, *upstream.urls))


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str | list) else str(value)
