"""What a process may use within its control groups: memory and cores, in both versions of control groups."""

import os
from pathlib import Path

import pytest

from aistack.inference.backends import resource_limits
from aistack.inference.backends.llama_cpp import openmp
from aistack.inference.backends.resource_limits import free_memory, usable_cores

MIB = 1 << 20


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Control groups in a folder: `groups` is /sys/fs/cgroup, `cgroup` and `meminfo` are the files of /proc."""
    monkeypatch.setattr(resource_limits, "ROOT", tmp_path / "groups")
    monkeypatch.setattr(resource_limits, "GROUP_FILE", tmp_path / "cgroup")
    monkeypatch.setattr(resource_limits, "MEMORY_FILE", tmp_path / "meminfo")
    (tmp_path / "meminfo").write_text("MemTotal: 9999999 kB\nMemAvailable: 8388608 kB\n")
    return tmp_path


def write(folder: Path, **files: object) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(f"{text}\n")


def test_without_limits_all_of_the_machine_counts(machine: Path):
    assert free_memory() == 8192 * MIB
    assert usable_cores() == len(os.sched_getaffinity(0))


def test_a_limit_of_a_unit_counts_with_its_cached_files_as_free(machine: Path):
    (machine / "cgroup").write_text("0::/system.slice/worker.service\n")
    unit = machine / "groups/system.slice/worker.service"
    write(unit, memory__max=512 * MIB, memory__current=300 * MIB, memory__stat=f"inactive_file {100 * MIB}")
    write(unit, cpu__max="100000 100000")
    assert free_memory() == 312 * MIB
    assert usable_cores() == 1


def test_a_limit_above_counts_too(machine: Path):
    (machine / "cgroup").write_text("0::/system.slice/worker.service\n")
    write(machine / "groups/system.slice/worker.service", memory__max="max", memory__current=0, cpu__max="max 100000")
    write(machine / "groups/system.slice", memory__max=64 * MIB, memory__current=0)
    assert free_memory() == 64 * MIB


def test_the_older_control_groups_count_as_a_container_sees_them(machine: Path):
    (machine / "cgroup").write_text("4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n")
    write(machine / "groups/memory", memory__limit_in_bytes=256 * MIB, memory__usage_in_bytes=56 * MIB)
    write(machine / "groups/cpu", cpu__cfs_quota_us=150000, cpu__cfs_period_us=100000)
    assert free_memory() == 200 * MIB
    assert usable_cores() == min(2, len(os.sched_getaffinity(0)))


def test_the_openmp_runtime_of_a_package_is_found_where_the_system_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    packaged = tmp_path / "site/numkong.libs/libgomp-1234.so.1.0.0"
    packaged.parent.mkdir(parents=True)
    packaged.touch()
    monkeypatch.setattr(openmp.sys, "path", [str(tmp_path / "site")])
    monkeypatch.setattr(openmp, "NAME", "libgomp-of-no-system.so.1")
    assert openmp.library_path(tmp_path, "/before") == f"{tmp_path}:/before"
    assert (tmp_path / "libgomp-of-no-system.so.1").resolve() == packaged
    monkeypatch.setattr(openmp.sys, "path", [])
    assert openmp.library_path(tmp_path, "/before") == "/before"
