"""Stores that speak no SQL: commands that only read, and keys in pages. Rights, pools, audit log are the same."""

import json
import shlex
import time
import uuid
from datetime import UTC, datetime
from typing import Any, Protocol

from aistack.chassis.errors import InvalidInput
from aistack.chassis.identity import Principal
from aistack.databases.session import DatabaseFailed, Limits
from aistack.databases.target import STORES
from aistack.query.execution.runner import Execution, Runner, limits_of, problem
from aistack.query.execution.targets import Known
from aistack.query.wire import CommandAnswer, CommandRequest, KeyPage, KeyView, QueryRequest, Statement


class Store(Protocol):
    """A session of a store that speaks no SQL."""

    async def command(self, command: Any, limits: Limits) -> Any: ...


class Stores:
    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def command(self, asked: CommandRequest, who: Principal) -> CommandAnswer:
        """Raises Problem; every outcome is in the history."""
        known = await self._known(asked.connection_id, who)
        if known.target.engine == "redis":
            command: Any = words_of(asked.command)
            said = shlex.join(command)
        else:
            command = document_of(asked.command)
            said = json.dumps(command, ensure_ascii=False)

        async def work(session: Store, limits: Any) -> Any:
            return await session.command(command, limits)

        value, execution = await self._run(known, asked.connection_id, said, who, work)
        return CommandAnswer(query_id=execution.id, value=value, elapsed_ms=execution.elapsed_ms)

    async def keys(self, connection_id: str, pattern: str, cursor: int, count: int, who: Principal) -> KeyPage:
        known = await self._known(connection_id, who)
        if known.target.engine != "redis":
            raise InvalidInput(f"{known.name} has collections; ask for documents with find, skip and limit")

        async def work(session: Any, limits: Any) -> Any:
            return await session.keys(pattern, cursor, count, limits)

        (following, found), _ = await self._run(
            known, connection_id, f"SCAN {cursor} MATCH {pattern or '*'}", who, work
        )
        return KeyPage(cursor=following, keys=[KeyView.model_validate(one) for one in found])

    async def _run(self, known: Known, name: str, said: str, who: Principal, work: Any) -> tuple[Any, Execution]:
        runner, begun = self._runner, datetime.now(UTC)
        limits = limits_of(QueryRequest(connection_id=name, sql=said), runner.settings)
        execution = Execution(uuid.uuid4().hex, known, "read")
        try:
            pool = await runner.pools.of(known.id, known.revision, known.target, known.max_connections)
            async with pool.session(runner.settings.wait_seconds_max) as session:
                value = await work(session, limits)
                execution.rows = 1
                return value, execution
        except DatabaseFailed as error:
            execution.error = error
            raise problem(error) from None
        finally:
            execution.ended = time.monotonic()
            runner.history.note(execution, Statement(connection_id=name, sql=said), who, begun, ())

    async def _known(self, connection_id: str, who: Principal) -> Known:
        known = await self._runner.targets.of(connection_id)
        known.roles.require("run", who, connection_id)
        if known.target.engine not in STORES:
            raise InvalidInput(f"{known.name} speaks SQL; send statements to /api/query")
        return known


def document_of(command: str | list[str]) -> Any:
    """A command that is a document. Raises InvalidInput."""
    try:
        return json.loads(command) if isinstance(command, str) else None
    except ValueError as error:
        raise InvalidInput(f"the command is no JSON document: {error}") from None


def words_of(command: str | list[str]) -> list[str]:
    """A command's words; one in a line is cut as a shell would. Raises InvalidInput."""
    if isinstance(command, list):
        return command
    try:
        return shlex.split(command)
    except ValueError as error:
        raise InvalidInput(f"the command cannot be cut into words: {error}") from None
