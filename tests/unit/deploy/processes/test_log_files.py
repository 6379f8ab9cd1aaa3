"""Logs in the background: bounded, rotated under those that write, followed across rotations."""

import os
import subprocess
import sys
import threading
from itertools import pairwise
from pathlib import Path

import pytest

from aistack.deploy.processes.log_files import (
    Follower,
    LogFile,
    is_output,
    redirect_output,
    rotate,
    rotate_before_start,
    rotated,
)
from harness.processes import until

WRITER = """
import os, sys
for number in range(int(sys.argv[2])):
    os.write(1, f"{sys.argv[1]} {number}\\n".encode())
"""


def writer(log: Path, name: str, lines: int) -> subprocess.Popen[bytes]:
    with log.open("ab") as out:
        return subprocess.Popen([sys.executable, "-c", WRITER, name, str(lines)], stdout=out)


def test_the_last_two_are_kept_and_the_oldest_goes(tmp_path: Path):
    log = tmp_path / "stack.log"
    for number in range(4):
        with log.open("ab") as out:
            out.write(f"{number}\n".encode())
        rotate(log)
    assert log.read_bytes() == b""
    assert [rotated(log, number).read_bytes() for number in (1, 2)] == [b"3\n", b"2\n"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["stack.log", "stack.log.1", "stack.log.2"]
    assert rotated(log, 1).stat().st_mode & 0o077 == 0


def test_processes_that_hold_the_file_go_on_writing_into_it_and_lines_stay_whole(tmp_path: Path):
    log = tmp_path / "stack.log"
    writers = [writer(log, name, 20_000) for name in "ab"]
    until(lambda: log.stat().st_size > 10_000)
    rotate(log)
    assert [one.wait(60) for one in writers] == [0, 0]
    lines = (rotated(log, 1).read_text() + log.read_text()).splitlines()
    for name in "ab":
        numbers = [int(line.split()[1]) for line in lines if line.startswith(name)]
        assert numbers[-1] == 19_999 and numbers == sorted(set(numbers))
        gaps = [one for one, other in pairwise(numbers) if other - one > 1]
        assert len(gaps) <= 1  # what is written between the copy and the emptying is lost


def test_a_large_log_is_moved_aside_at_a_start(tmp_path: Path):
    log = tmp_path / "stack.log"
    log.write_text("x" * 100)
    rotate_before_start(log, 100)
    assert log.exists()
    rotate_before_start(log, 99)
    assert not log.exists() and rotated(log, 1).read_text() == "x" * 100
    rotate_before_start(tmp_path / "nothing", 1)
    assert list(tmp_path.iterdir()) == [rotated(log, 1)]


KEPT = """
import sys, time
from pathlib import Path
from aistack.deploy.processes.log_files import LogFile, is_output, redirect_output
path = Path(sys.argv[1])
redirect_output(path)
assert is_output(path)
keeper = LogFile(path, 1000)
for number in range(2000):
    print(number, "x" * 50, flush=True)
    keeper.check()
print("done", flush=True)
"""


def test_a_process_keeps_its_own_log_bounded(tmp_path: Path):
    log = tmp_path / "logs" / "rag.log"
    log.parent.mkdir()
    ended = subprocess.run([sys.executable, "-c", KEPT, str(log)], timeout=60)
    assert ended.returncode == 0
    sizes = [path.stat().st_size for path in (log, rotated(log, 1), rotated(log, 2))]
    assert max(sizes) <= 1100 and log.read_text().endswith("done\n")


TAKEN_AWAY = """
import os, sys, time
from pathlib import Path
from aistack.deploy.processes.log_files import LogFile, is_output, redirect_output
path = Path(sys.argv[1])
redirect_output(path)
keeper = LogFile(path, 1000)
worker = os.dup(2)  # as a worker holds it
path.unlink()
keeper.check()
assert is_output(path)
os.write(worker, b"x" * 2000)
keeper.check()
assert os.fstat(worker).st_size == 0, os.fstat(worker).st_size
print("done", flush=True)
"""


def test_a_log_that_was_deleted_is_made_again_and_the_deleted_one_does_not_grow(tmp_path: Path):
    log = tmp_path / "rag.log"
    assert subprocess.run([sys.executable, "-c", TAKEN_AWAY, str(log)], timeout=60).returncode == 0
    assert log.read_text() == "done\n"


def test_an_output_that_is_not_to_be_appended_is_not_ours(tmp_path: Path):
    told = "import sys; from pathlib import Path; from aistack.deploy.processes.log_files import is_output\n"
    told += "sys.exit(is_output(Path(sys.argv[1])))"
    with (tmp_path / "log").open("wb") as out:
        assert subprocess.run([sys.executable, "-c", told, tmp_path / "log"], stderr=out).returncode == 0
    with (tmp_path / "log").open("ab") as out:
        assert subprocess.run([sys.executable, "-c", told, tmp_path / "log"], stderr=out).returncode == 1


def test_a_log_that_cannot_be_opened_stops_nothing():
    redirect_output(Path("/proc/nowhere/log"))
    assert not is_output(Path("/proc/nowhere/log"))
    LogFile(Path("/proc/nowhere/log"), 1).check()


def small_disk(folder: Path, size: str) -> Path:
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip("this machine does not let tests mount")
    return folder


@pytest.mark.skipif(os.getuid() != 0, reason="only root can mount a small disk")
def test_where_no_copy_has_space_the_log_is_emptied_and_that_is_told(tmp_path: Path):
    folder = small_disk(tmp_path / "small", "64k")
    try:
        log = folder / "stack.log"
        log.write_bytes(b"x" * 40_000)
        size, error = rotate(log)
        assert (size, error) == (40_000, "No space left on device")
        assert log.read_bytes() == b"" and [path.name for path in folder.iterdir()] == ["stack.log"]
    finally:
        subprocess.run(["umount", str(folder)], check=True)


class TestFollowing:
    def test_it_goes_on_across_rotations_without_losing_or_repeating_a_line(self, tmp_path: Path):
        log = tmp_path / "stack.log"
        log.write_text("")
        follower, seen = Follower(log), b""
        stop = threading.Event()

        def write() -> None:
            with log.open("ab", 0) as out:
                for number in range(3000):
                    out.write(f"{number}\n".encode())
                    if number % 500 == 499:  # nothing is written while it is rotated: the test counts lines
                        asked.set()
                        done.wait(30)
                        done.clear()
            stop.set()

        asked, done = threading.Event(), threading.Event()
        thread = threading.Thread(target=write)
        thread.start()
        while not stop.is_set():
            seen += b"".join(follower.more())
            if asked.is_set():
                asked.clear()
                rotate(log)
                seen += b"".join(follower.more())
                done.set()
        thread.join()
        seen += b"".join(follower.more())
        assert seen.decode().split() == [str(number) for number in range(3000)]

    def test_it_follows_a_log_that_was_moved_aside(self, tmp_path: Path):
        log = tmp_path / "stack.log"
        log.write_text("one\n")
        follower = Follower(log)
        assert follower.last(5) == ["one"]
        with log.open("a") as out:
            out.write("two\n")
        rotate_before_start(log, 1)
        log.write_text("three\n")
        assert b"".join(follower.more()) == b"two\nthree\n"

    def test_it_notices_a_log_that_was_emptied_without_a_copy(self, tmp_path: Path):
        log = tmp_path / "stack.log"
        log.write_text("one\ntwo\n")
        follower = Follower(log)
        follower.last(1)
        os.truncate(log, 0)
        with log.open("a") as out:
            out.write("3\n")
        assert b"".join(follower.more()) == b"3\n"

    def test_the_last_lines_of_a_young_log_are_those_of_the_one_before_too(self, tmp_path: Path):
        log = tmp_path / "stack.log"
        log.write_text("a\nb\nc\n")
        rotate(log)
        log.write_text("d\n")
        assert Follower(log).last(3) == ["b", "c", "d"]
        assert Follower(log).last(1) == ["d"]
        assert Follower(log).last(0) == []
