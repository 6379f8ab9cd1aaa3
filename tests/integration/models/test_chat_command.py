"""`aistack chat`: a conversation in the terminal, and one question from a pipe."""

import asyncio
import contextlib
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.processes import SERVER_SECONDS_MAX
from harness.servers.openai_upstream import OpenAIUpstream, Script
from harness.services.gateway import Gateway


@pytest.fixture
def models_toml(upstream: OpenAIUpstream) -> str:
    """An upstream whose work ends when the client leaves."""
    return f"[models.small]\nupstreams = [{{ url = '{upstream.url}', model = 'm', drain = false }}]\n"


@pytest.fixture
def environ(gateway: Gateway, tmp_path: Path) -> dict[str, str]:
    description = tmp_path / "cli.toml"
    port = gateway.url.rpartition(":")[2]
    description.write_text(f"[stack]\ndata_dir = '{tmp_path}/cli'\n[services.gateway]\nport = {port}\n")
    return os.environ | {"AISTACK_STACK": str(description), "PYTHONUNBUFFERED": "1", "TERM": "dumb"}


async def piped(environ: dict[str, str], question: str | bytes, *words: str) -> tuple[int, str, str]:
    command = (sys.executable, "-m", "aistack.cli", "chat", *words)
    process = await asyncio.create_subprocess_exec(
        *command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    out, err = await process.communicate(question.encode() if isinstance(question, str) else question)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


def _obey_interrupts() -> None:
    """A suite that runs in the background ignores SIGINT, and so would its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Terminal:
    """The command in a terminal of its own."""

    def __init__(self, environ: dict[str, str], *words: str) -> None:
        self.master, slave = pty.openpty()
        command = [sys.executable, "-m", "aistack.cli", "chat", *words]
        self.process = subprocess.Popen(
            command, env=environ, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            preexec_fn=_obey_interrupts,
        )  # fmt: skip
        os.close(slave)
        os.set_blocking(self.master, False)
        self.seen = ""

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    async def shows(self, text: str) -> str:
        """Waits for a text; returns what came before it, and forgets both."""
        deadline = asyncio.get_running_loop().time() + SERVER_SECONDS_MAX
        while text not in self.seen:
            ended = "" if self.process.poll() is None else f"; it ended with {self.process.returncode}"
            assert asyncio.get_running_loop().time() < deadline, f"no {text!r} in {self.seen!r}{ended}"
            with contextlib.suppress(BlockingIOError, OSError):
                self.seen += os.read(self.master, 65536).decode("utf-8", "replace")
            await asyncio.sleep(0.02)
        before, _, self.seen = self.seen.partition(text)
        return before

    async def ends(self) -> int:
        async with asyncio.timeout(SERVER_SECONDS_MAX):
            while self.process.poll() is None:
                await asyncio.sleep(0.02)
        return self.process.returncode

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.master)


@pytest.fixture
def terminal(environ: dict[str, str]) -> Iterator[Terminal]:
    made = Terminal(environ, "small")
    yield made
    made.close()


class TestPipe:
    async def test_a_question_is_answered(self, environ: dict[str, str], upstream: OpenAIUpstream):
        words = ("small", "--system", "Be brief.", "--temperature", "0", "--max-tokens", "9")
        assert await piped(environ, "Who?\n", *words) == (0, "Hello\n", "")
        body = upstream.received[-1].body
        assert body["messages"] == [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Who?"}]
        assert (body["temperature"], body["max_tokens"], body["stream"]) == (0, 9, True)

    async def test_what_fails_is_told_in_one_line(self, environ: dict[str, str]):
        status, out, err = await piped(environ, "Who?", "nosuch")
        assert status == 1 and out == "" and "nosuch" in err and err.count("\n") == 1
        status, _, err = await piped(environ, " ", "small")
        assert status == 1 and "standard input is empty" in err
        status, _, err = await piped(environ, "你好".encode("gbk"), "small")
        assert status == 1 and "is not UTF-8 text" in err and err.count("\n") == 1
        status, _, err = await piped(environ, "Who?", "small", "--system", os.fsdecode(b"\xff"))
        assert status == 1 and "is not valid Unicode" in err and err.count("\n") == 1

    async def test_a_model_cannot_steer_the_terminal(self, environ: dict[str, str], upstream: OpenAIUpstream):
        upstream.script(Script(text=("a\x1b]0;title\x07", "b\x9bc\td\n")))
        assert (await piped(environ, "Who?", "small"))[1] == "a]0;titlebc\td\n\n"


class TestTerminal:
    async def test_a_conversation_goes_on(self, terminal: Terminal, upstream: OpenAIUpstream):
        await terminal.shows(">>> ")
        terminal.type("One?\n")
        await terminal.shows("Hello")
        await terminal.shows(">>> ")
        terminal.type('"""Two\nlines?"""\n')
        await terminal.shows("Hello")
        said = [(one["role"], one["content"]) for one in upstream.received[-1].body["messages"]]
        assert said == [("user", "One?"), ("assistant", "Hello"), ("user", "Two\nlines?")]
        await terminal.shows(">>> ")
        terminal.type("/clear\n")
        await terminal.shows(">>> ")
        terminal.type("Three?\n")
        await terminal.shows("Hello")
        assert len(upstream.received[-1].body["messages"]) == 1
        await terminal.shows(">>> ")
        terminal.type("/bye\n")
        assert await terminal.ends() == 0

    async def test_models_are_listed_and_switched(self, terminal: Terminal):
        await terminal.shows(">>> ")
        terminal.type("/model\n")
        await terminal.shows("small\r\n")
        await terminal.shows(">>> ")
        terminal.type("/model other\n")
        await terminal.shows(">>> ")
        terminal.type("Who?\n")
        assert "other" in await terminal.shows(">>> ")
        terminal.type("/nonsense\n")
        await terminal.shows("is not a command")
        terminal.type("\x04")
        assert await terminal.ends() == 0

    async def test_an_answer_is_stopped_and_what_came_is_kept(self, terminal: Terminal, upstream: OpenAIUpstream):
        upstream.script(Script(text=("Half", "never"), later=asyncio.Event()), Script())
        await terminal.shows(">>> ")
        terminal.type("Long?\n")
        await terminal.shows("Half")
        terminal.process.send_signal(signal.SIGINT)
        await terminal.shows(">>> ")
        async with asyncio.timeout(SERVER_SECONDS_MAX):
            await upstream.received[-1].left.wait()
        terminal.type("Next?\n")
        await terminal.shows("Hello")
        assert [one["content"] for one in upstream.received[-1].body["messages"]] == ["Long?", "Half", "Next?"]
