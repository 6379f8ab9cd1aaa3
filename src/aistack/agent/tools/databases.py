"""Questions to databases and SQL as tools, by the ai and the query service, which check rights and statements."""

import asyncio
import re
import time
from collections.abc import Iterable
from typing import Any

from pydantic import Field

from aistack.agent.tool_protocol import Citation, Permission, ToolContext, ToolResult
from aistack.agent.tools.gateway import GatewayAccess
from aistack.agent.tools.typed_tool import Arguments, TypedTool
from aistack.ai.client import AiClient
from aistack.ai.wire import QUESTION_CHARACTERS_MAX
from aistack.chassis.errors import InvalidInput, Problem
from aistack.chassis.identity import Principal
from aistack.chassis.telemetry.logs import get_log
from aistack.connection.client import ConnectionClient
from aistack.query.client import QueryClient
from aistack.query.wire import QueryAnswer

ROWS_SHOWN = 50
ROWS_MAX = 1_000
CELL_CHARACTERS_MAX = 200
SQL_CHARACTERS_MAX = 20_000

SCHEMA_SECONDS_MAX = 5.0
CONNECTIONS_READ_MAX = 20
WORDS_KEPT_SECONDS = 300.0
PEOPLE_KEPT_MAX = 1_000
# Columns of most tables have such names, so that they do not point to one.
COMMON_WORDS = frozenset((
    "address", "area", "body", "code", "content", "count", "created", "data", "date", "day", "description", "end",
    "file", "first", "flag", "group", "hour", "info", "key", "kind", "last", "level", "line", "link", "list",
    "local", "main", "message", "month", "name", "note", "number", "other", "page", "part", "password", "path",
    "place", "position", "reference", "result", "row", "size", "source", "start", "state", "status", "system",
    "text", "time", "title", "type", "unit", "updated", "url", "value", "version", "year",
))  # fmt: skip

_CONNECTION = "name or id of the database connection; empty if there is only one"


class DatabaseQuestion(Arguments):
    question: str = Field(min_length=1, max_length=QUESTION_CHARACTERS_MAX)
    connection: str = Field("", max_length=100, description=_CONNECTION)


class AskDatabase(TypedTool[DatabaseQuestion]):
    name = "ask_database"
    description = (
        "Answers a question in words from a connected database: counts, sums, rankings, lists, developments. It writes "
        "and runs the SQL itself. Use it for figures that are kept in tables, such as customers, orders or sales."
    )
    arguments = DatabaseQuestion
    seconds_max = 120.0

    def __init__(self, gateway: GatewayAccess) -> None:
        self._gateway = gateway
        self._words: dict[Principal, tuple[float, frozenset[str]]] = {}

    async def table_words(self, who: Principal) -> frozenset[str]:
        """Words of the tables and columns that a person may see; none while the databases cannot be read."""
        known = self._words.get(who)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        client, words = self._gateway.client(ConnectionClient), set[str]()
        try:
            async with asyncio.timeout(SCHEMA_SECONDS_MAX):
                headers = self._gateway.headers(who, "connection")
                for one in (await client.connections(headers))[:CONNECTIONS_READ_MAX]:
                    schema = await client.schema(one.id, headers=headers)
                    for table in schema.tables:
                        columns = [(column.name, column.comment) for column in table.columns]
                        words |= words_of_names([(table.name, table.comment), *columns])
        except (Problem, TimeoutError) as error:
            get_log("agent").warning("tables.unread", who=who.subject, error=str(error)[:200])
        if len(self._words) >= PEOPLE_KEPT_MAX:
            self._words.clear()
        self._words[who] = time.monotonic() + WORDS_KEPT_SECONDS, frozenset(words)
        return self._words[who][1]

    async def call(self, arguments: DatabaseQuestion, context: ToolContext) -> ToolResult:
        connection = arguments.connection or await _only_connection(self._gateway, context)
        request = {"question": arguments.question, "connection_id": connection}
        headers = self._gateway.headers(context.who, "ai")
        found = await self._gateway.client(AiClient).ask(request, headers)
        data = found.model_dump(mode="json", exclude={"trace"})
        citations = [Citation(one.name, connection, one.about) for one in found.references]
        if found.status == "failed":
            return ToolResult("", data, error=found.error or "the database could not be asked")
        if found.clarification is not None:
            options = "\n".join(f"- {one.label}" for one in found.clarification.options)
            return ToolResult(f"{found.clarification.question}\n{options}".strip(), data, is_untrusted=True)
        rows = _table(found.result) if found.result is not None else ""
        text = "\n".join(one for one in (found.answer, found.sql, rows, found.error) if one)
        return ToolResult(text, data, citations, is_untrusted=True)


class Sql(Arguments):
    sql: str = Field(min_length=1, max_length=SQL_CHARACTERS_MAX, description="one statement in the database's dialect")
    connection: str = Field("", max_length=100, description=_CONNECTION)
    limit: int = Field(100, ge=1, le=ROWS_MAX, description="rows at most")


class RunSql(TypedTool[Sql]):
    """Runs a statement without committing anything."""

    name = "run_sql"
    description = (
        "Runs one SQL statement that reads, and shows its rows. A statement that writes is rolled back after showing "
        "how many rows it would change. Use it when the SQL is given or you wrote it; else use ask_database."
    )
    arguments = Sql
    seconds_max = 60.0
    applies = False

    def __init__(self, gateway: GatewayAccess) -> None:
        self._gateway = gateway

    async def call(self, arguments: Sql, context: ToolContext) -> ToolResult:
        connection = arguments.connection or await _only_connection(self._gateway, context)
        request: dict[str, Any] = {"connection_id": connection, "sql": arguments.sql, "limit": arguments.limit}
        if self.applies:
            request["apply"] = True
        found = await self._gateway.client(QueryClient).run(request, self._gateway.headers(context.who, "query"))
        if found.error:
            return ToolResult(_table(found), found.model_dump(mode="json"), error=found.error, is_untrusted=True)
        if found.changed is not None:
            done = "changed" if found.applied else "would change; nothing was applied"
            return ToolResult(f"{found.changed} rows {done}", found.model_dump(mode="json"))
        citations = [Citation(connection, connection, arguments.sql)]
        return ToolResult(_table(found), found.model_dump(mode="json"), citations, is_untrusted=True)


class WriteSql(RunSql):
    """As RunSql, and commits."""

    name = "write_sql"
    description = "Runs one SQL statement that changes rows, and commits it. Only for changes that the user asked for."
    permission = Permission.WRITE
    applies = True


def words_of_names(names: Iterable[tuple[str, str]]) -> set[str]:
    """The words of names such as `orderItems` or `order_items`, singular, and Chinese comments, without common ones."""
    found = set[str]()
    for name, comment in names:
        parts = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[\u4e00-\u9fff]+", name)
        found |= {_singular(one.lower()) for one in parts}
        found |= set(re.findall(r"[\u4e00-\u9fff]{2,8}", comment))
    return {one for one in found if (len(one) > 2 or not one.isascii()) and one not in COMMON_WORDS}


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


async def _only_connection(gateway: GatewayAccess, context: ToolContext) -> str:
    """The id of the single connection that the person may use. Raises InvalidInput if there are several or none."""
    headers = gateway.headers(context.who, "connection")
    found = await gateway.client(ConnectionClient).connections(headers)
    if len(found) == 1:
        return found[0].id
    names = ", ".join(one.name for one in found[:20])
    raise InvalidInput(f"choose a connection: {names}" if found else "no database is connected; add a connection first")


def _table(found: QueryAnswer) -> str:
    """The first rows as a Markdown table."""
    names = [one.name for one in found.columns]
    lines = [names, ["---"] * len(names), *found.rows[:ROWS_SHOWN]]
    shown = ["| " + " | ".join(map(_cell, line)) + " |" for line in lines]
    if found.row_count > ROWS_SHOWN or found.truncated:
        more = " or more" if found.truncated else ""
        shown.append(f"({min(ROWS_SHOWN, found.row_count)} of {found.row_count}{more} rows)")
    return "\n".join(shown)


def _cell(value: object) -> str:
    text = "" if value is None else str(value).replace("|", "\\|").replace("\n", " ")
    return text if len(text) <= CELL_CHARACTERS_MAX else text[:CELL_CHARACTERS_MAX] + "…"
