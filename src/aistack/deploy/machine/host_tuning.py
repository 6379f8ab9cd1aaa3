"""Kernel limits that a busy gateway runs into, and firewall rules: shows them, applies them, undoes them.

The previous values are saved first, for `undo`. Values that are high enough stay.
"""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from aistack.stack.description import Stack
from aistack.stack.errors import StackError

WANTED = {"net.core.somaxconn": 4096, "net.ipv4.tcp_max_syn_backlog": 8192, "fs.file-max": 262144}
KEPT = Path("/etc/sysctl.d/60-ai-stack.conf")
BEFORE = Path("/var/lib/ai-stack-host-tuning.json")
PROC = Path("/proc/sys")


@dataclass(frozen=True, slots=True)
class Limit:
    """A sysctl value: the current one, and the minimum that is wanted."""

    key: str
    now: str
    wanted: str

    @property
    def enough(self) -> bool:
        return self.now.isdecimal() and int(self.now) >= int(self.wanted)


def limits(proc: Path = PROC) -> list[Limit]:
    """The values of this machine; '?' when one cannot be read."""
    return [Limit(key, _read(proc, key), str(wanted)) for key, wanted in WANTED.items()]


def firewall(stack: Stack) -> list[str]:
    """The rules for ufw: nginx's ports are open to everyone, the services' own ports only to this machine."""
    ports = [service.port for service in stack.chosen(()) if service.port]
    if stack.enabled_programs and stack.local_models.metrics_port:
        ports.append(stack.local_models.metrics_port)
    closed = [f"deny {port}/tcp" for port in ports]
    return ["allow 80/tcp", "allow 443/tcp", *closed]


def apply(stack: Stack, proc: Path = PROC, kept: Path = KEPT, before: Path = BEFORE) -> list[str]:
    """Raises values that are too low and adds the rules; returns what was done. Raises StackError."""
    low = [one for one in limits(proc) if not one.enough]
    rules = firewall(stack) if shutil.which("ufw") else []
    if not low and not rules:
        return []
    try:
        if not before.exists():
            before.parent.mkdir(parents=True, exist_ok=True)
            before.write_text(json.dumps({"sysctl": {one.key: one.now for one in low}, "ufw": rules}))
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text("".join(f"{one.key} = {one.wanted}\n" for one in low))
        for one in low:
            _path(proc, one.key).write_text(one.wanted)
    except OSError as error:
        raise StackError(f"{error.filename or kept}: {error.strerror}; run this as root, outside a container") from None
    done = [f"{one.key} = {one.wanted} (was {one.now})" for one in low]
    return done + [_ufw(rule) for rule in rules]


def undo(proc: Path = PROC, kept: Path = KEPT, before: Path = BEFORE) -> list[str]:
    """Restores what `apply` changed; returns what was done. Raises StackError when nothing was applied."""
    try:
        saved = json.loads(before.read_text())
        for key, value in saved["sysctl"].items():
            _path(proc, key).write_text(value)
        kept.unlink(missing_ok=True)
        before.unlink()
    except FileNotFoundError:
        raise StackError("nothing was applied on this machine, so there is nothing to undo") from None
    except OSError as error:
        raise StackError(f"{error.filename}: {error.strerror}; run this as root, outside a container") from None
    done = [f"{key} = {value}" for key, value in saved["sysctl"].items()]
    return done + [_ufw(f"delete {rule}") for rule in saved["ufw"]]


def _ufw(rule: str) -> str:
    ended = subprocess.run(["ufw", *rule.split()], capture_output=True, text=True, check=False)
    return f"ufw {rule}: {(ended.stdout or ended.stderr).strip().splitlines()[-1]}"


def _path(proc: Path, key: str) -> Path:
    return proc / key.replace(".", "/")


def _read(proc: Path, key: str) -> str:
    try:
        return _path(proc, key).read_text().strip()
    except OSError:
        return "?"
