"""Calls that take long (the extension io.modelcontextprotocol/tasks): the client gets a handle and asks for the result.

A task is a row before its handle is given out. Every instance answers for it. If the instance that works on it dies,
the next one that is asked repeats the call if it only reads, and otherwise says that its outcome is not known.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aistack.agent.mcp_server.protocol import INTERNAL_ERROR, INVALID_PARAMS, RpcError
from aistack.agent.mcp_server.tables import COMPLETED, FAILED, WORKING
from aistack.agent.mcp_server.task_store import KEPT_SECONDS, TaskStore
from aistack.agent.tool_protocol import Permission, Tool
from aistack.chassis.identity import Principal, principal
from aistack.chassis.telemetry.logs import get_log
from aistack.stores.records import AnyRow

POLL_MILLISECONDS = 1_000
STOP_SECONDS = 5.0
LOST = "the instance that carried the call out stopped; it is not known whether the call took effect"

Result = Mapping[str, Any]
Call = Callable[[Tool, Mapping[str, Any], Principal, str], Awaitable[Result]]
Find = Callable[[str, Principal], Awaitable[Tool | None]]


class Tasks:
    """`call` carries a tool out, and `find` gives the tool of a name."""

    def __init__(self, store: TaskStore, call: Call, find: Find) -> None:
        self._store = store
        self._call = call
        self._find = find
        self._running: dict[str, asyncio.Task[Result]] = {}
        self._endings: set[asyncio.Task[None]] = set()

    async def hand_over(
        self, work: asyncio.Task[Result], tool: Tool, arguments: Mapping[str, Any], who: Principal, language: str
    ) -> dict[str, Any]:
        """The handle of a call in progress. Raises Conflict for a caller with too many."""
        row = await self._store.add(who, tool.name, arguments, language)
        self._follow(row.id, work)
        return {"resultType": "task", **_view(row)}

    async def show(self, task_id: Any, who: Principal) -> dict[str, Any]:
        """A task with its result. Raises RpcError if the caller has no such task."""
        row = await self._row(task_id, who)
        if row.state == WORKING and row.id not in self._running and (taken := await self._store.take_over(row)):
            await self._again(taken)
            row = await self._row(task_id, who)
        shown = _view(row)
        if row.state == COMPLETED:
            shown["result"] = row.result
        elif row.state == FAILED:
            shown["error"] = row.result
        return shown

    async def cancel(self, task_id: Any, who: Principal) -> None:
        """Raises RpcError if the caller has no such task."""
        row = await self._row(task_id, who)
        await self._store.cancel(row.id)
        if (work := self._running.get(row.id)) is not None:
            work.cancel()

    async def check(self, task_id: Any, who: Principal) -> None:
        """Raises RpcError if the caller has no such task."""
        await self._row(task_id, who)

    async def beat(self) -> None:
        """Keeps the leases, and stops what was cancelled through another instance."""
        if self._running:
            held = list(self._running)
            kept = await self._store.extend(held)
            for task_id in held:
                if task_id not in kept and (work := self._running.get(task_id)) is not None:
                    work.cancel()

    async def close(self) -> None:
        """Ends the work here. What only reads is done again by the instance that is asked for it."""
        for work in self._running.values():
            work.cancel()
        if self._endings:
            await asyncio.wait(self._endings, timeout=STOP_SECONDS)

    def _follow(self, task_id: str, work: asyncio.Task[Result]) -> None:
        self._running[task_id] = work
        ending = asyncio.create_task(self._end(task_id, work), name=f"agent:mcp-task:{task_id}")
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)

    async def _end(self, task_id: str, work: asyncio.Task[Result]) -> None:
        try:
            await asyncio.wait((work,))
            if work.cancelled():
                return
            if (error := work.exception()) is None:
                await self._store.end(task_id, COMPLETED, work.result())
            else:
                get_log("agent").error("mcp.task_failed", task=task_id, exc_info=error)
                await self._store.end(task_id, FAILED, {"code": INTERNAL_ERROR, "message": "the call failed"})
        finally:
            self._running.pop(task_id, None)

    async def _again(self, row: AnyRow) -> None:
        who = Principal.from_claims(row.who)
        tool = await self._find(row.tool, who)
        if tool is None or tool.permission is not Permission.READ:
            await self._store.end(row.id, FAILED, {"code": INTERNAL_ERROR, "message": LOST}, LOST)
            return
        before = principal.set(who)
        try:
            work = asyncio.ensure_future(self._call(tool, row.arguments, who, row.language))
        finally:
            principal.reset(before)
        self._follow(row.id, work)

    async def _row(self, task_id: Any, who: Principal) -> AnyRow:
        row = await self._store.find(task_id, who.id) if isinstance(task_id, str) else None
        if row is None:
            raise RpcError(INVALID_PARAMS, "there is no such task, or it has expired")
        return row


def _view(row: AnyRow) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "taskId": row.id, "status": row.state, "createdAt": row.created_at.isoformat(),
        "lastUpdatedAt": row.changed_at.isoformat(), "ttlMs": KEPT_SECONDS * 1_000,
        "pollIntervalMs": POLL_MILLISECONDS,
    }  # fmt: skip
    return shown | ({"statusMessage": row.message} if row.message else {})
