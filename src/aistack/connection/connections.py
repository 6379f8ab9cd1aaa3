"""The stored connections: encrypted at rest, tested when they are created, decrypted for the services that use them."""

import uuid
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr
from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from aistack.chassis.errors import Conflict, Forbidden, InvalidInput, Problem
from aistack.chassis.identity import Principal
from aistack.connection.addresses import check_places, checked_address, require_may_connect, require_secrets
from aistack.connection.lookup import Lookup, thing
from aistack.connection.rights import KIND
from aistack.connection.rules.binding import bind
from aistack.connection.rules.conditions import condition_problems
from aistack.connection.rules.model import Rules
from aistack.connection.rules.relations import read_relations
from aistack.connection.settings import ConnectionSettings
from aistack.connection.tables import Connection, StoredSchema
from aistack.connection.wire import ConnectionChange, NewConnection, SealedTarget
from aistack.databases.pool.session_factory import open_session
from aistack.databases.pool.ssh_tunnels import Tunnels
from aistack.databases.sealing import CannotOpen, Sealer
from aistack.databases.session import DatabaseFailed, Session
from aistack.databases.target import BadTarget, Target, decoded
from aistack.stores.records import AnyRow, Records

PURPOSE = "target"  # the sealing purpose of stored targets
TARGET_FIELDS = (
    "host", "port", "database", "user", "password", "path", "tls", "ca_file", "ssh_host", "ssh_port", "ssh_user",
    "ssh_password", "ssh_key", "ssh_host_key", "options",
)  # fmt: skip
OTHER_FIELDS = ("name", "max_connections", "samples", "roles", "rules")
STATUSES = {"unreachable": 502, "denied": 403, "time": 504, "busy": 503}


class Connections:
    """`sealer` and `settings` are replaced when the settings are reloaded, for example after a key rotation."""

    def __init__(self, records: Records, sealer: Sealer, settings: ConnectionSettings) -> None:
        self.records = records
        self.sealer = sealer
        self.settings = settings
        self.lookup = Lookup(records)
        self._tunnels = Tunnels()

    async def open(self, target: Target) -> Session:
        """A new session, for a test or a schema. Raises DatabaseFailed."""
        try:
            check_places(target, self.settings)
        except BadTarget as error:
            raise DatabaseFailed("denied", str(error)) from None
        seconds = self.settings.connect_seconds_max
        return await open_session(await self._tunnels.reach(target, seconds), seconds)

    async def close(self) -> None:
        await self._tunnels.close()

    def target(self, row: AnyRow) -> Target:
        """Raises Problem if no key opens it."""
        try:
            return decoded(self.sealer.open(row.sealed, PURPOSE))
        except CannotOpen as error:
            raise Problem(
                f"the credentials of {row.name} cannot be decrypted: {error}", code="sealed", status=500
            ) from None

    async def create(self, new: NewConnection, who: Principal) -> str:
        """Creates a principal's connection and returns its id.

        Raises Forbidden, InvalidInput, Conflict, or Problem if the test fails.
        """
        require_may_connect(who, self.settings)
        fields = {name: _plain_value(getattr(new, name)) for name in TARGET_FIELDS}
        target = checked_address(Target(new.engine, **fields), who, self.settings)
        tested = await self.test(target) if new.test else None
        self._require_accepted(tested)
        await self._require_rules_bind(new.rules, target, required=new.test)
        connection_id, now = uuid.uuid4().hex, datetime.now(UTC)
        values = {
            "id": connection_id, "name": new.name, "owner": who.subject, "engine": new.engine,
            "place": target.place, "revision": 1,
            "sealed": self.sealer.seal(target.encoded(), PURPOSE),
            "max_connections": new.max_connections, "samples": new.samples,
            "roles": new.roles.model_dump(), "rules": new.rules.model_dump(), "tested": tested,
            "created_at": now, "updated_at": now,
        }  # fmt: skip
        async with self.records.write() as connection:
            await _require_new_name(connection, who.subject, new.name)
            await connection.execute(insert(Connection).values(**values))
        return connection_id

    async def change(self, row: AnyRow, change: ConnectionChange, who: Principal) -> None:
        """Raises Forbidden, InvalidInput, Conflict, or Problem if the target changes and its test fails."""
        given = change.model_fields_set
        values: dict[str, Any] = {name: _plain_value(getattr(change, name)) for name in OTHER_FIELDS if name in given}
        target_fields = {name: _plain_value(getattr(change, name)) for name in TARGET_FIELDS if name in given}
        target = None
        if any(value is None for value in (*values.values(), *target_fields.values())):
            raise InvalidInput("a value cannot be null; leave out what should not change")
        if target_fields:
            require_may_connect(who, self.settings)
            before = self.target(row)
            target = checked_address(replace(before, **target_fields), who, self.settings)
            require_secrets(before, target, given)
            tested = await self.test(target) if change.test else None
            self._require_accepted(tested)
            values |= {
                "sealed": self.sealer.seal(target.encoded(), PURPOSE),
                "place": target.place,
                "revision": row.revision + 1,
                "tested": tested,
            }
        if change.rules or (target_fields and row.rules):
            rules = change.rules or Rules.model_validate(row.rules)
            target = target or self.target(row)
            await self._require_rules_bind(rules, target, required=change.test)
        async with self.records.write() as connection:
            if "name" in values and values["name"] != row.name:
                await _require_new_name(connection, row.owner, values["name"])
            where = update(Connection).where(Connection.id == row.id)
            await connection.execute(where.values(updated_at=datetime.now(UTC), **values))

    async def remove(self, connection_id: str) -> None:
        async with self.records.write() as connection:
            await self.lookup.access.remove_thing(connection, KIND, connection_id)
            await connection.execute(delete(StoredSchema).where(StoredSchema.connection_id == connection_id))
            await connection.execute(delete(Connection).where(Connection.id == connection_id))

    async def test(self, target: Target) -> dict[str, Any]:
        """The outcome of a connection test, as it is stored and shown. Failures do not raise."""
        now = datetime.now(UTC).isoformat()
        try:
            session = await self.open(target)
            try:
                probe = await session.probe()
            finally:
                await session.close()
        except DatabaseFailed as error:
            return {"ok": False, "error": str(error), "kind": error.kind, "tested_at": now}
        return {"ok": True, "tested_at": now} | asdict(probe)

    async def note_test(self, row: AnyRow, tested: dict[str, Any]) -> None:
        async with self.records.write() as connection:
            await connection.execute(update(Connection).where(Connection.id == row.id).values(tested=tested))

    async def sealed_target(self, row: AnyRow) -> SealedTarget:
        """The target for another service, sealed with its own purpose. Raises Forbidden."""
        target = self.target(row)
        try:
            check_places(target, self.settings)  # links and the allowed folders may have changed
        except BadTarget as error:
            raise Forbidden(f"{row.name} cannot be opened: {error}") from None
        return SealedTarget(
            id=row.id, name=row.name, owner=row.owner, grants=list(await self.lookup.access.of(thing(row))),
            engine=row.engine, revision=row.revision,
            sealed=self.sealer.seal(target.encoded(), f"{PURPOSE}:{row.id}"),
            max_connections=row.max_connections or self.settings.max_connections,
            roles=row.roles, rules=row.rules,
        )  # fmt: skip

    async def locked_out(self, sealer: Sealer) -> list[str]:
        """The names of the connections that none of the sealer's keys opens."""
        names: list[str] = []
        for row in await self.lookup.all():
            try:
                sealer.open(row.sealed, PURPOSE)
            except CannotOpen:
                names.append(row.name)
        return names

    async def reseal(self) -> tuple[int, list[str]]:
        """Seals everything with the current key. Returns how many were resealed, and the names that no key opens."""
        count = 0
        locked: list[str] = []
        for row in await self.lookup.all():
            if self.sealer.is_current(row.sealed):
                continue
            try:
                sealed = self.sealer.seal(self.sealer.open(row.sealed, PURPOSE), PURPOSE)
            except CannotOpen:
                locked.append(row.name)
                continue
            async with self.records.write() as connection:
                same = (Connection.id == row.id) & (Connection.sealed == row.sealed)
                await connection.execute(update(Connection).where(same).values(sealed=sealed))
            count += 1
        return count, locked

    async def _require_rules_bind(self, rules: Rules, target: Target, *, required: bool) -> None:
        """Raises InvalidInput for rules that match nothing, Problem if the schema is required but cannot be read.

        Rules of an untested connection are checked when its schema can be read; they close its tables until then.
        """
        if not rules:
            return
        try:
            session = await self.open(target)
            try:
                relations = await read_relations(session, await session.schema(), target)
            finally:
                await session.close()
        except DatabaseFailed as error:
            if required:
                raise database_problem(error.kind, str(error)) from None
            return
        bound = bind(rules, relations, target.engine, target.database)
        problems = list(bound.problems)
        for name, table in bound.tables.items():
            for one in table.filters:
                problems += condition_problems(
                    one.where, bound.all[name], relations, target.dialect, target.engine, target.database
                )
        if problems:
            raise InvalidInput("; ".join(dict.fromkeys(problems)))

    def _require_accepted(self, tested: dict[str, Any] | None) -> None:
        if tested is None:
            return
        if not tested["ok"]:
            raise database_problem(tested["kind"], tested["error"])
        if tested["refused"] and not self.settings.allow_privileged:
            reasons = "; ".join(tested["refused"])
            advice = "create one that can only read (see docs/databases.md), or set CONNECTION_ALLOW_PRIVILEGED"
            raise InvalidInput(f"this account has too many privileges: {reasons}; {advice}")


async def _require_new_name(connection: AsyncConnection, owner: str, name: str) -> None:
    """Raises Conflict. Others may use the same name for theirs."""
    same = select(Connection.id).where(Connection.owner == owner, Connection.name == name)
    if (await connection.execute(same)).first() is not None:
        raise Conflict(f"a connection named {name} already exists")


def database_problem(kind: str, message: str) -> Problem:
    """A failure of the database during a test or a schema read, with a gateway error status."""
    return Problem(message, code=f"database-{kind}", status=STATUSES.get(kind, 502))


def _plain_value(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return value.model_dump() if hasattr(value, "model_dump") else value
