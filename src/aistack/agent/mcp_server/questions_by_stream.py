"""Asking the user of a client of a revision with a handshake (elicitation, 2025-06-18), in the stream of the answer.

The client's reply is a request of its own, which may reach another instance, so replies are rows. What the client can
do is only known from its `initialize`; it is sealed in the id of its session, so that no instance has to remember it.
"""

import asyncio
import json
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update

from aistack.agent.json_values import as_object, is_object
from aistack.agent.mcp_server.tables import McpQuestion
from aistack.chassis.identity import Principal
from aistack.databases.sealing import CannotOpen, Sealer
from aistack.stores.records import Records

PURPOSE = "agent:mcp-session"
WAIT_SECONDS = 600.0
LOOK_SECONDS = 0.5
REPLY_CHARACTERS_MAX = 10_000


class StreamQuestions:
    """Questions that wait for the reply of their caller."""

    def __init__(self, records: Records, sealer: Callable[[], Sealer]) -> None:
        self._records = records
        self._sealer = sealer

    def session_of(self, capabilities: Any) -> str:
        """The id of a session for a client that can ask its user; empty for others, which need none."""
        modes = as_object(capabilities).get("elicitation")
        if not is_object(modes) or (modes and "form" not in modes):
            return ""
        return self._sealer().seal(json.dumps({"elicitation": {}}).encode(), PURPOSE)

    def capabilities_of(self, session: str) -> dict[str, Any] | None:
        """What the client of a session can do; None if the id is not one of ours."""
        try:
            return as_object(json.loads(self._sealer().open(session, PURPOSE)))
        except (CannotOpen, ValueError):
            return None

    async def ask(self, form: Mapping[str, Any], who: Principal, outgoing: asyncio.Queue[dict[str, Any]]) -> bool:
        """Whether the user approves; not, if they do not reply in time."""
        question_id = secrets.token_hex(16)
        row: dict[str, Any] = {"id": question_id, "caller": who.id, "reply": {}, "created_at": datetime.now(UTC)}
        async with self._records.write() as connection:
            await connection.execute(insert(McpQuestion).values(**row))
        params = {key: value for key, value in form.items() if key != "mode"}
        message = {"jsonrpc": "2.0", "id": question_id, "method": "elicitation/create", "params": params}
        outgoing.put_nowait(message)
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                while not (reply := await self._reply(question_id)):  # noqa: ASYNC110  # another instance may set it
                    await asyncio.sleep(LOOK_SECONDS)
        except TimeoutError:
            return False
        result = as_object(reply.get("result"))
        return result.get("action") == "accept" and as_object(result.get("content")).get("approve") is True

    async def take(self, message: Mapping[str, Any], who: Principal) -> None:
        """Keeps the reply of a client to a question that it was asked, once; others are ignored."""
        reply = {key: message[key] for key in ("result", "error") if key in message}
        if len(json.dumps(reply)) > REPLY_CHARACTERS_MAX:
            reply = {"error": {"message": "too long"}}
        open_one = (McpQuestion.id == str(message.get("id"))[:32]) & (McpQuestion.caller == who.id)
        given = update(McpQuestion).where(open_one, McpQuestion.has_reply.is_(False))
        async with self._records.write() as connection:
            await connection.execute(given.values(reply=reply, has_reply=True))

    async def purge(self) -> None:
        old = McpQuestion.created_at < datetime.now(UTC) - timedelta(seconds=2 * WAIT_SECONDS)
        async with self._records.write() as connection:
            await connection.execute(delete(McpQuestion).where(old))

    async def _reply(self, question_id: str) -> dict[str, Any]:
        query = select(McpQuestion.reply).where(McpQuestion.id == question_id, McpQuestion.has_reply)
        async with self._records.read() as connection:
            return await connection.scalar(query) or {}
