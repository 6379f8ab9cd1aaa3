"""A conversation with one server, in the newest revision that both speak.

A server is asked for `server/discover` first. Unless that shows the stateless revision, the conversation begins with
`initialize`, as before it.
"""

import asyncio
from collections.abc import Mapping
from itertools import count
from typing import Any

from aistack import __version__
from aistack.agent.json_values import as_list
from aistack.agent.mcp_client.failures import ConnectionEnded, Refused, ServerFailed
from aistack.agent.mcp_client.transport import Transport
from aistack.agent.mcp_revisions import (
    META,
    METHOD_HEADER,
    NAME_HEADER,
    NAMED_BY,
    STATELESS,
    VERSION_HEADER,
    WITH_HANDSHAKE,
    encoded,
)

OLDEST = "2024-11-05"  # with local commands only a different transport over HTTP
PROBE_SECONDS = 5.0
CLIENT = {"name": "aistack-agent", "title": "AI Stack", "version": __version__}


class Peer:
    """Several requests may run at once."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.revision = ""
        self._ids = count(1)
        self._beginning = asyncio.Lock()

    async def request(
        self, method: str, params: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """The result. Raises ServerFailed; the time is the caller's to limit."""
        for _ in range(2):
            if not self.revision:
                await self._begin()
            try:
                return await self._send(self.revision, method, params, headers or {})
            except ConnectionEnded:
                self.revision = ""
            except Refused as error:
                if error.status:  # the server may have forgotten the handshake, or speak another revision by now
                    self.revision = ""
                raise
        raise ServerFailed("its connection ends as soon as it begins")

    async def close(self) -> None:
        self.revision = ""
        await self.transport.close()

    async def _begin(self) -> None:
        async with self._beginning:
            if self.revision:
                return
            try:
                await self.transport.begin()
                self.revision = STATELESS if await self._is_stateless() else await self._shake_hands()
            except ConnectionEnded:
                raise ServerFailed("its connection ends as soon as it begins") from None

    async def _is_stateless(self) -> bool:
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                found = await self._send(STATELESS, "server/discover", {}, {})
        except (Refused, TimeoutError):
            return False
        return STATELESS in as_list(found.get("supportedVersions"))

    async def _shake_hands(self) -> str:
        wanted = WITH_HANDSHAKE[-1]
        hello = {"protocolVersion": wanted, "capabilities": {}, "clientInfo": CLIENT}
        found = await self._send("", "initialize", hello, {})
        revision = found.get("protocolVersion")
        if revision not in (*WITH_HANDSHAKE, OLDEST):
            raise ServerFailed(f"it speaks revision {str(revision)[:40]} of MCP, which is not supported")
        ready = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        await self.transport.notify(ready, {VERSION_HEADER: revision})
        return revision

    async def _send(
        self, revision: str, method: str, params: Mapping[str, Any], headers: Mapping[str, str]
    ) -> dict[str, Any]:
        sent = {VERSION_HEADER: revision} if revision else {}
        if revision == STATELESS:
            meta = {
                META + "protocolVersion": revision, META + "clientInfo": CLIENT, META + "clientCapabilities": {},
            }  # fmt: skip
            params = {**params, "_meta": meta}
            sent |= {METHOD_HEADER: method, **headers}
            name = params.get(NAMED_BY.get(method, ""))
            if isinstance(name, str):
                sent[NAME_HEADER] = encoded(name)
        message = {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": dict(params)}
        result = await self.transport.request(message, sent)
        kind = result.get("resultType", "complete")
        if kind != "complete":
            raise ServerFailed(f"it answered with {str(kind)[:40]}, which this client did not offer to take")
        return result
