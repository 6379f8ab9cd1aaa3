"""Code that tries to leave the sandboxes, and to use more than it may: nothing of it has an effect outside."""

import asyncio
import json
import secrets
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from aistack.agent.sandbox.bubblewrap import BubblewrapSandbox
from aistack.agent.sandbox.monty import MontySandbox
from aistack.agent.sandbox.run import Limits, Outcome, Sandbox
from aistack.agent.tools.python_code import RunPython
from harness.servers.openai_upstream import Script, openai_upstream
from harness.services.agent import agent_service
from tests.contract.agent_corpora.escapes import BOTH, CPYTHON_LIMITS, LIMITS

TIGHT = Limits(seconds=2.0, cpu_seconds=1, memory_bytes=256 << 20, output_characters=5_000, disk_bytes=8 << 20)
WON = "ESCAPED"
# What runs with every change; the whole set with --deep.
SHORT = {
    "read a file", "write to the host", "symbolic link", "environment in libc", "environment of the parent", "TCP",
    "abstract socket", "fork by system call", "subprocess", "user namespace", "32-bit calls", "signal to everyone",
    "raise the limits", "frames", "subclasses", "memory", "output", "nested brackets", "closed descriptors",
    "forged result", "threads",
}  # fmt: skip


class Host:
    """What is there to take and to touch."""

    def __init__(self, folder: Path) -> None:
        self.token = secrets.token_hex(16)
        self.secret, self.marker = folder / "secret", folder / "marker"
        self.secret.write_text(self.token)
        self.tcp, self.udp = socket.create_server(("127.0.0.1", 0)), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(self.tcp.getsockname())
        self.name = f"escape-{secrets.token_hex(4)}"
        self.local = socket.socket(socket.AF_UNIX)
        self.local.bind(f"\0{self.name}")
        self.local.listen()
        for one in (self.tcp, self.udp, self.local):
            one.setblocking(False)

    def code(self, template: str) -> str:
        filled = template.format(
            secret=self.secret, marker=self.marker, port=self.tcp.getsockname()[1], socket=self.name
        )
        return f'def WON(found=""):\n    print("ESC" + "APED", str(found)[:200])\n{filled}'

    def check(self, outcome: Outcome) -> None:
        shown = outcome.output + outcome.value + outcome.error
        assert self.token not in shown and WON not in shown, shown[:2_000]
        assert not self.marker.exists()
        for one in (self.tcp, self.local):
            with pytest.raises(BlockingIOError):
                one.accept()
        with pytest.raises(BlockingIOError):
            self.udp.recv(1)


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    found = Host(tmp_path)
    monkeypatch.setenv("ESCAPE_TOKEN", found.token)
    with closing(found.tcp), closing(found.udp), closing(found.local):
        yield found


@pytest.fixture(params=["monty", "bubblewrap"])
async def sandbox(request: pytest.FixtureRequest) -> AsyncIterator[Sandbox]:
    if request.param == "monty":
        opened = MontySandbox()
        yield opened
        await opened.close()
        return
    opened = BubblewrapSandbox()
    if reason := await opened.unavailable():
        pytest.skip(reason)
    yield opened


async def attempt_all(sandbox: Sandbox, host: Host, names: set[str] | None) -> int:
    """Runs the escapes, then those that need a limit, two at a time, and says how many there were."""
    limits = LIMITS | (CPYTHON_LIMITS if sandbox.name == "bubblewrap" else {})
    slots = asyncio.Semaphore(2)

    async def attempt(name: str, code: str, *, must_fail: bool) -> None:
        async with slots:
            began = time.monotonic()
            outcome = await sandbox.run(code, TIGHT)
        host.check(outcome)
        assert len(outcome.output) <= TIGHT.output_characters and len(outcome.value) <= TIGHT.output_characters, name
        assert time.monotonic() - began < 60, name
        assert not must_fail or outcome.error or outcome.is_cut, (name, outcome)

    chosen = [(name, host.code(code), False) for name, code in BOTH.items() if names is None or name in names]
    chosen += [(name, code, True) for name, code in limits.items() if names is None or name in names]
    await asyncio.gather(*(attempt(name, code, must_fail=must_fail) for name, code, must_fail in chosen))
    assert (await sandbox.run("6 * 7", TIGHT)).value == "42"
    return len(chosen)


def running(text: str) -> list[str]:
    """Processes that have a text in their command line."""
    found = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
    return [one for one in found.splitlines() if text in one]


async def test_the_commonest_escapes_fail(sandbox: Sandbox, host: Host):
    assert await attempt_all(sandbox, host, SHORT) >= 15


@pytest.mark.deep
async def test_all_escapes_fail(sandbox: Sandbox, host: Host):
    assert await attempt_all(sandbox, host, None) >= 70


async def test_cancelled_code_ends(sandbox: Sandbox):
    mark = f"mark{secrets.token_hex(4)}"
    task = asyncio.create_task(sandbox.run(f"{mark} = 1\nwhile True:\n    pass", Limits(seconds=50, cpu_seconds=40)))
    await asyncio.sleep(0.5)
    task.cancel()
    await asyncio.wait((task,))
    assert task.cancelled() and not running(mark)
    assert (await sandbox.run("6 * 7", TIGHT)).value == "42"


async def test_code_runs_through_the_loop(sandbox: Sandbox, tmp_path: Path):
    """What it prints and gives goes back to the model, and what fails is told."""
    async with openai_upstream() as model:

        def calls(code: str) -> Script:
            arguments = json.dumps({"code": code})
            return Script(text=(), tool_calls=[{"name": "run_python", "arguments": [arguments]}], finish="tool_calls")

        tool = RunPython([sandbox])
        async with agent_service(tmp_path, [tool], llm_url=model.url, llm_model="m") as agent:
            model.script(calls("print('total')\nsum(range(101))"), calls("1 / 0"), Script(text=("5050",)))
            answer = await agent.ask("Add the numbers up to 100")
            assert answer["run"]["state"] == "done"
            first, second = [one for one in answer["message"]["parts"] if one["kind"] == "tool_result"]
            assert "total" in first["text"] and "5050" in first["text"]
            assert "ZeroDivisionError" in second["text"] + str(second["data"])
            sent = [one["content"] for one in model.received[-1].body["messages"] if one["role"] == "tool"]
            assert "5050" in sent[0] and "ZeroDivisionError" in sent[1]
