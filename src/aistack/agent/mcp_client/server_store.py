"""The rows of other servers: whose they are, who may use them, and which tools were accepted."""

import json
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from aistack.access.access import EVERYONE, Grant, Thing, held
from aistack.access.grants import AccessStore
from aistack.access.levels import Level
from aistack.access.rules import check_level
from aistack.agent.mcp_client.tables import MCP_SERVER, MCP_SERVER_THINGS, McpServerRow
from aistack.agent.mcp_client.tool_list import digest_of
from aistack.chassis.errors import Conflict, NotFound, Problem
from aistack.chassis.identity import OWNER, Principal, principal
from aistack.databases.sealing import CannotOpen, Sealer
from aistack.stores.records import AnyRow, Records


class ServerStore:
    """`sealer` keeps the headers."""

    def __init__(self, records: Records, access: AccessStore, sealer: Callable[[], Sealer]) -> None:
        self._records = records
        self._access = access
        self._sealer = sealer

    async def find(self, public_id: str) -> AnyRow:
        """The server, for the level that the route at hand needs. Raises NotFound and Forbidden."""
        row = await self.row(public_id)
        missing = NotFound(f"there is no MCP server {public_id[:40]}; GET /v1/agent/mcp-servers lists them")
        if row is None:
            raise missing
        check_level(thing_of(row), await self._access.held_on(principal.get(), thing_of(row)), missing, row.name)
        return row

    async def find_thing(self, public_id: str) -> Thing:
        return thing_of(await self.find(public_id))

    async def row(self, public_id: str) -> AnyRow | None:
        """Regardless of the caller."""
        async with self._records.read() as connection:
            query = select(McpServerRow).where(McpServerRow.public_id == public_id)
            return (await connection.execute(query)).one_or_none()

    async def level(self, row: AnyRow, who: Principal) -> Level | None:
        return await self._access.held_on(who, thing_of(row))

    async def visible(self, who: Principal, wanted: Level) -> list[tuple[AnyRow, Level]]:
        """The servers that somebody holds with a level, their own ones first, with the level."""
        query = select(McpServerRow).where(self._access.visible(who, MCP_SERVER, wanted)).order_by(McpServerRow.id)
        async with self._records.read() as connection:
            rows = (await connection.execute(query)).all()
        granted = await self._access.granted(who, MCP_SERVER)
        found: list[tuple[AnyRow, Level]] = []
        for row in rows:
            level = held(who, thing_of(row), granted.get(row.public_id, ()))
            if level is not None:
                found.append((row, level))
        return sorted(found, key=lambda one: one[0].owner != who.subject)

    async def create(self, name: str, url: str, headers: Mapping[str, str]) -> AnyRow:
        """Raises Conflict if the caller has a server of that name, or too many."""
        owner, public_id = principal.get().subject, secrets.token_hex(6)
        async with self._records.write() as connection:
            await MCP_SERVER_THINGS.check_quota(connection, owner)
            await _check_name(connection, owner, name)
            sealed = self._sealed(public_id, headers)
            return await self._insert(connection, public_id, owner, name=name, url=url, headers=sealed)

    async def change(self, row: AnyRow, headers: Mapping[str, str] | None, values: dict[str, Any]) -> AnyRow:
        """A new address begins without headers and tools. Raises Conflict."""
        if "url" in values and values["url"] != row.url:
            headers = headers or {}
            nothing: dict[str, Any] = {"tools": [], "digest": "", "reads": [], "found": [], "found_digest": ""}
            values |= nothing | {"checked_at": None}
        if headers is not None:
            values["headers"] = self._sealed(row.public_id, headers)
        values |= {"changed_at": datetime.now(UTC), "revision": McpServerRow.revision + 1, "error": ""}
        async with self._records.write() as connection:
            if values.get("name", row.name) != row.name:
                await _check_name(connection, row.owner, values["name"])
            return await _update(connection, row, values)

    async def note(
        self, row: AnyRow, tools: Sequence[dict[str, Any]] | None, error: str, *, accepts: bool = False
    ) -> AnyRow:
        """Keeps what a server gave just now: its tools, or an error. `accepts` pins them if none are."""
        values: dict[str, Any] = {"error": error.replace("\x00", ""), "checked_at": datetime.now(UTC)}
        if tools is not None:
            digest = digest_of(tools)
            if accepts and not row.digest:
                reads = [one["name"] for one in tools if one["says_it_reads"]]
                values |= {"tools": list(tools), "digest": digest, "reads": reads}
            is_known = digest in (row.digest, values.get("digest"))
            values |= {"found": [] if is_known else list(tools), "found_digest": "" if is_known else digest}
        async with self._records.write() as connection:
            return await _update(connection, row, values, McpServerRow.revision == row.revision)

    async def accept(self, row: AnyRow, digest: str, reads: Collection[str]) -> AnyRow:
        """Pins the list with a digest. Raises Conflict if the server has another one by now."""
        changed = Conflict("the digest is not that of the server's tools; look at them again before you accept them")
        if digest not in (row.found_digest, row.digest) or not digest:
            raise changed
        tools = row.found if digest == row.found_digest else row.tools
        named = [one["name"] for one in tools if one["name"] in reads]
        values: dict[str, Any] = {"tools": tools, "digest": digest, "reads": named, "found": [], "found_digest": ""}
        async with self._records.write() as connection:
            same = (McpServerRow.found_digest == row.found_digest) & (McpServerRow.digest == row.digest)
            return await _update(connection, row, values | {"changed_at": datetime.now(UTC)}, same, changed)

    async def remove(self, public_id: str) -> None:
        async with self._records.write() as connection:
            await connection.execute(delete(McpServerRow).where(McpServerRow.public_id == public_id))
            await self._access.remove_thing(connection, MCP_SERVER, public_id)

    async def ensure_commands(self, names: Collection[str]) -> list[AnyRow]:
        """The configured commands as servers of the stack's owners, which everyone may use at first."""
        for name in names:
            public_id = sha256(f"command:{name}".encode()).hexdigest()[:12]
            if await self.row(public_id) is None:
                with suppress(IntegrityError):  # another instance was first
                    async with self._records.write() as connection:
                        row = await self._insert(connection, public_id, OWNER, name=name, command=name)
                        await self._access.grant(connection, thing_of(row), Grant(EVERYONE, "use"))
        query = select(McpServerRow).where(McpServerRow.command.in_(names))
        async with self._records.read() as connection:
            return list((await connection.execute(query)).all())

    def headers(self, row: AnyRow) -> dict[str, str]:
        """Raises Problem if no key opens them."""
        if not row.headers:
            return {}
        try:
            return json.loads(self._sealer().open(row.headers, _purpose(row.public_id)))
        except CannotOpen as error:
            raise Problem(f"the headers of {row.name} cannot be read: {error}", code="sealed", status=500) from None

    def _sealed(self, public_id: str, headers: Mapping[str, str]) -> str:
        return self._sealer().seal(json.dumps(dict(headers)).encode(), _purpose(public_id)) if headers else ""

    async def _insert(self, connection: AsyncConnection, public_id: str, owner: str, **values: Any) -> AnyRow:
        now, empty = datetime.now(UTC), list[Any]()
        row = {"public_id": public_id, "owner": owner, "tools": empty, "reads": empty, "found": empty}
        new = insert(McpServerRow).values(**row, created_at=now, changed_at=now, **values)
        return (await connection.execute(new.returning(McpServerRow))).one()


async def _update(
    connection: AsyncConnection, row: AnyRow, values: Mapping[str, Any], condition: Any = True,
    otherwise: Problem | None = None,
) -> AnyRow:  # fmt: skip
    """The row after a change; as it is if the condition no longer holds, unless that raises `otherwise`."""
    changed = update(McpServerRow).where(McpServerRow.id == row.id, condition).values(**values)
    found = (await connection.execute(changed.returning(McpServerRow))).one_or_none()
    if found is None and otherwise is not None:
        raise otherwise
    if found is None:
        found = (await connection.execute(select(McpServerRow).where(McpServerRow.id == row.id))).one_or_none()
    if found is None:
        raise NotFound("the MCP server was deleted")
    return found


async def _check_name(connection: AsyncConnection, owner: str, name: str) -> None:
    named = select(func.count()).where(McpServerRow.owner == owner, McpServerRow.name == name)
    if await connection.scalar(named):
        raise Conflict(f"you already have an MCP server {name}")


def _purpose(public_id: str) -> str:
    return f"agent:mcp-headers:{public_id}"


def thing_of(row: AnyRow) -> Thing:
    """A server as the access rules see it."""
    return Thing(MCP_SERVER, row.public_id, row.owner)
