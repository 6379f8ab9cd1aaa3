"""What this process may use of the machine: memory and cores, within the limits of its control groups (v1 and v2).

A container or a unit with a limit sees the memory and the cores of the whole machine in `/proc`; its own limit is only
in its control group, or in one above it.
"""

import math
import os
from collections.abc import Iterator
from pathlib import Path

MEMORY_FILE = Path("/proc/meminfo")
GROUP_FILE = Path("/proc/self/cgroup")
ROOT = Path("/sys/fs/cgroup")
NO_LIMIT = 1 << 60


def free_memory() -> int:
    """Bytes that processes can still take here."""
    return min([_available(), *(_left(group) for group in _groups("memory"))])


def usable_cores() -> int:
    """Cores that threads can use at the same time, at least one."""
    return max(1, min([len(os.sched_getaffinity(0)), *(_quota(group) for group in _groups("cpu"))]))


def _available() -> int:
    try:
        lines = MEMORY_FILE.read_text().splitlines()
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        return NO_LIMIT


def _groups(controller: str) -> Iterator[Path]:
    """The folders of this process's control group and of those above it."""
    try:
        lines = GROUP_FILE.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        root = ROOT / controller if controllers else ROOT
        group = root / path.lstrip("/")
        if not group.is_dir():  # it is seen from inside a container
            group = root
        while group.is_relative_to(root):
            yield group
            group = group.parent


def _left(group: Path) -> int:
    """Bytes below a group's limit; files that it has cached can be dropped, and count as free."""
    limit = _number(group / "memory.max", group / "memory.limit_in_bytes")
    used = _number(group / "memory.current", group / "memory.usage_in_bytes")
    if limit is None or used is None or limit >= NO_LIMIT:
        return NO_LIMIT
    try:
        statistics = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
    except (OSError, ValueError):
        statistics = {}
    cached = statistics.get("total_inactive_file") or statistics.get("inactive_file") or "0"
    return max(0, limit - used + int(cached))


def _quota(group: Path) -> int:
    """Cores that a group may use, rounded up."""
    try:
        quota, period = (group / "cpu.max").read_text().split()
    except (OSError, ValueError):
        quota = str(_number(group / "cpu.cfs_quota_us"))
        period = str(_number(group / "cpu.cfs_period_us"))
    if not quota.isdecimal() or not period.isdecimal() or not int(period):
        return NO_LIMIT
    return math.ceil(int(quota) / int(period))


def _number(*files: Path) -> int | None:
    """The number in the first of these files that has one."""
    for file in files:
        try:
            text = file.read_text().strip()
        except OSError:
            continue
        return int(text) if text.isdecimal() else None
    return None
