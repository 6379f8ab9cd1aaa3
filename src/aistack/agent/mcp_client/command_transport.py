"""Messages over the standard streams of a local command, a line each. The command does not inherit our environment."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping
from typing import Any

from aistack.agent.mcp_client.command_file import Command
from aistack.agent.mcp_client.failures import ConnectionEnded, ServerFailed
from aistack.agent.mcp_client.transport import MESSAGE_BYTES_MAX, answer_to, decode, encode, is_response, result_of

INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR")
END_SECONDS = 2.0
COMPLAINT_BYTES_MAX = 2_000


class CommandTransport:
    """A process that is started by `begin`, and by `begin` again after it ended."""

    def __init__(self, command: Command) -> None:
        self._command = command
        self._process: asyncio.subprocess.Process | None = None
        self._readers: list[asyncio.Task[None]] = []
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._complaint = b""
        self.list_changed = False

    async def begin(self) -> None:
        await self.close()
        kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
        self._complaint = b""
        try:
            process = await asyncio.create_subprocess_exec(
                self._command.program, *self._command.arguments, env=kept | dict(self._command.environment),
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
                limit=MESSAGE_BYTES_MAX, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise ServerFailed(f"{self._command.program} cannot be started: {error.strerror or error}") from None
        self._process = process
        self._readers = [
            asyncio.create_task(self._read(process), name="agent:mcp-command"),
            asyncio.create_task(self._listen_to_complaints(process), name="agent:mcp-complaints"),
        ]

    async def request(self, message: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, Any]:
        request_id = message["id"]
        answer = self._waiting[request_id] = asyncio.get_running_loop().create_future()
        try:
            await self._write(message)
            return result_of(await answer)
        except asyncio.CancelledError:
            with contextlib.suppress(ConnectionEnded):
                await self._write(
                    {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": request_id}}
                )
            raise
        finally:
            self._waiting.pop(request_id, None)

    async def notify(self, message: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        await self._write(message)

    async def close(self) -> None:
        """Ends the command with everything that it started."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                async with asyncio.timeout(END_SECONDS):
                    await process.wait()
                    break
            except TimeoutError:
                _signal_group(process.pid, number)
        _signal_group(process.pid, signal.SIGKILL)
        for one in self._readers:
            one.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)
        self._fail_all("it was stopped")

    async def _write(self, message: Mapping[str, Any]) -> None:
        process = self._process
        if process is None or process.returncode is not None or process.stdin is None:
            raise ConnectionEnded
        try:
            process.stdin.write(encode(message) + b"\n")
            await process.stdin.drain()
        except (ConnectionError, RuntimeError):
            raise ConnectionEnded from None

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        reason = ""
        try:
            while line := await process.stdout.readline():
                if line.strip():
                    await self._receive(line)
        except (ValueError, ServerFailed, ConnectionEnded) as error:
            is_long = isinstance(error, ValueError)
            reason = f"it sent more than {MESSAGE_BYTES_MAX} bytes in a line" if is_long else str(error)
            _signal_group(process.pid, signal.SIGKILL)
        code = await process.wait()
        said = self._complaint.decode("utf-8", "replace").strip()
        self._fail_all(reason or f"it ended (exit code {code})" + (f": {said}" if said else ""))

    async def _receive(self, line: bytes) -> None:
        message = decode(line)
        if message.get("method") == "notifications/tools/list_changed":
            self.list_changed = True
        for request_id, answer in self._waiting.items():
            if is_response(message, request_id) and not answer.done():
                answer.set_result(message)
                return
        reply = answer_to(message)
        if reply is not None:
            await self._write(reply)

    async def _listen_to_complaints(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        while piece := await process.stderr.read(4096):
            self._complaint = (self._complaint + piece)[-COMPLAINT_BYTES_MAX:]

    def _fail_all(self, reason: str) -> None:
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(ServerFailed(reason))


def _signal_group(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)
