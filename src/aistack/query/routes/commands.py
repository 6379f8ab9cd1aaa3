"""HTTP endpoints for databases without SQL: read-only commands and pages of keys."""

from typing import Annotated

from fastapi import APIRouter, Query

from aistack.access.rules import needs
from aistack.chassis.identity import principal
from aistack.connection.rights import KIND as CONNECTION
from aistack.query.execution.runner import Runner
from aistack.query.execution.store_commands import StoreCommands
from aistack.query.wire import CommandAnswer, CommandRequest, KeyPage


def command_routes(runner: Runner) -> APIRouter:
    """`/api/query/command` and `/api/query/keys`."""
    router = APIRouter(prefix="/api/query", tags=["query"])
    commands = StoreCommands(runner)

    @router.post("/command", dependencies=[needs(CONNECTION, "use")])
    async def command(body: CommandRequest) -> CommandAnswer:
        """Runs a read-only command on Redis or MongoDB."""
        return await commands.run(body, principal.get())

    @router.get("/keys", dependencies=[needs(CONNECTION, "use")])
    async def keys(
        connection_id: str,
        pattern: Annotated[str, Query(max_length=500)] = "",
        cursor: Annotated[int, Query(ge=0, le=2**64 - 1)] = 0,
        count: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> KeyPage:
        """Lists about `count` keys of a Redis database, starting at a cursor."""
        return await commands.keys(connection_id, pattern, cursor, count, principal.get())

    return router
