"""Commands for databases without SQL (Redis, MongoDB): read-only commands, and keys page by page.

Rights, session pools, limits and the history are those of SQL statements.
"""

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
from aistack.query.execution.runner import Execution, Runner, database_problem, limits_of
from aistack.query.execution.targets import ResolvedConnection
from aistack.query.wire import CommandAnswer, CommandRequest, KeyPage, KeyView, QueryRequest, Statement


class StoreSession(Protocol):
    """A session of a database without SQL."""

    async def command(self, command: Any, limits: Limits) -> Any: ...


class StoreCommands:
    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def run(self, request: CommandRequest, who: Principal) -> CommandAnswer:
        """Runs one command. Raises Problem. Every outcome is recorded in the history."""
        connection = await self._connection(request.connection_id, who)
        if connection.target.engine == "redis":
            command: Any = words_of(request.command)
            text = shlex.join(command)
        else:
            command = document_of(request.command)
            text = json.dumps(command, ensure_ascii=False)

        async def work(session: StoreSession, limits: Any) -> Any:
            return await session.command(command, limits)

        value, execution = await self._run(connection, request.connection_id, text, who, work)
        return CommandAnswer(query_id=execution.id, value=value, elapsed_ms=execution.elapsed_ms)

    async def keys(self, connection_id: str, pattern: str, cursor: int, count: int, who: Principal) -> KeyPage:
        """A page of Redis keys. Raises Problem."""
        connection = await self._connection(connection_id, who)
        if connection.target.engine != "redis":
            raise InvalidInput(f"{connection.name} has collections, not keys; page through documents with find")

        async def work(session: Any, limits: Any) -> Any:
            return await session.keys(pattern, cursor, count, limits)

        text = f"SCAN {cursor} MATCH {pattern or '*'}"
        (next_cursor, found), _ = await self._run(connection, connection_id, text, who, work)
        return KeyPage(cursor=next_cursor, keys=[KeyView.model_validate(one) for one in found])

    async def _run(
        self, connection: ResolvedConnection, name: str, text: str, who: Principal, work: Any
    ) -> tuple[Any, Execution]:
        runner, begun = self._runner, datetime.now(UTC)
        limits = limits_of(QueryRequest(connection_id=name, sql=text), runner.settings)
        execution = Execution(uuid.uuid4().hex, connection, "read")
        try:
            pool = await runner.pools.of(
                connection.id, connection.revision, connection.target, connection.max_connections
            )
            async with pool.session(runner.settings.wait_seconds_max) as session:
                value = await work(session, limits)
                execution.rows = 1
                return value, execution
        except DatabaseFailed as error:
            execution.error = error
            raise database_problem(error) from None
        finally:
            execution.ended = time.monotonic()
            runner.history.record(execution.outcome(begun), Statement(connection_id=name, sql=text), who)

    async def _connection(self, connection_id: str, who: Principal) -> ResolvedConnection:
        connection = await self._runner.targets.of(connection_id, who)
        connection.rights.require("run", connection_id)
        if connection.target.engine not in STORES:
            raise InvalidInput(f"{connection.name} is an SQL database; send statements to /api/query")
        return connection


def document_of(command: str | list[str]) -> Any:
    """A MongoDB command from its JSON text. Raises InvalidInput."""
    try:
        return json.loads(command) if isinstance(command, str) else None
    except ValueError as error:
        raise InvalidInput(f"the command is not a valid JSON document: {error}") from None


def words_of(command: str | list[str]) -> list[str]:
    """The words of a Redis command; a single line is split as a shell would. Raises InvalidInput."""
    if isinstance(command, list):
        return command
    try:
        return shlex.split(command)
    except ValueError as error:
        raise InvalidInput(f"the command cannot be split into words: {error}") from None
