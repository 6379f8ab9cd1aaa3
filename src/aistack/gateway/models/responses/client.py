"""The data plane's way to the kept responses: HTTP to the control app, over its Unix socket."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aistack.chassis.identity import PRINCIPAL_HEADER, Principal, sign

PATH = "/gateway/kept-responses/"
CONTROL = "gateway"
DATA_PLANE = Principal("service:gateway", "service", CONTROL)
SECONDS_MAX = 5.0
TOKEN_SECONDS = 60


class KeepingFailed(Exception):
    """The control app or its records did not do it. `status` is that of its answer, 503 without one."""

    def __init__(self, message: str, status: int = 503) -> None:
        super().__init__(message)
        self.status = status


class KeptResponses:
    """`secret` signs what the data plane asks; empty while identity is off."""

    def __init__(self, socket: Path, secret: str) -> None:
        self._socket = socket
        self._secret = secret

    async def get(self, owner: str, response_id: str) -> dict[str, Any] | None:
        """What was kept of a response; None if this owner has no such response. Raises KeepingFailed."""
        found = await self._ask("GET", owner, response_id)
        return None if found is None else json.loads(found)

    async def put(self, owner: str, response_id: str, content: dict[str, Any]) -> None:
        """Raises KeepingFailed."""
        await self._ask("PUT", owner, response_id, json.dumps(content, ensure_ascii=False).encode())

    async def delete(self, owner: str, response_id: str) -> bool:
        """Whether there was one. Raises KeepingFailed."""
        return await self._ask("DELETE", owner, response_id) is not None

    async def _ask(self, method: str, owner: str, response_id: str, body: bytes = b"") -> bytes | None:
        """The body of the answer; None for 404."""
        path = f"{PATH}{quote(owner, safe='')}/{response_id}"
        lines = [
            f"{method} {path} HTTP/1.1", "host: localhost", "connection: close",
            "content-type: application/json", f"content-length: {len(body)}",
        ]  # fmt: skip
        if self._secret:
            token = sign(DATA_PLANE, self._secret, time.time() + TOKEN_SECONDS, CONTROL)
            lines.append(f"{PRINCIPAL_HEADER}: {token}")
        try:
            async with asyncio.timeout(SECONDS_MAX):
                reader, writer = await asyncio.open_unix_connection(str(self._socket))
                try:
                    writer.write("\r\n".join([*lines, "", ""]).encode() + body)
                    await writer.drain()
                    answer = await reader.read(-1)
                finally:
                    writer.close()
        except (OSError, TimeoutError) as error:
            raise KeepingFailed(f"kept responses cannot be reached: {error or 'no answer in time'}") from None
        head, _, content = answer.partition(b"\r\n\r\n")
        status = head[9:12]
        if status == b"404":
            return None
        if status[:1] != b"2":
            text = content.decode("utf-8", "replace")[:300]
            raise KeepingFailed(f"kept responses answered {status.decode()}: {text}", int(status or b"503"))
        return content
