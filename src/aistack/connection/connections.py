"""The stored connections: encrypted at rest, tested when they are created, decrypted for the services that use them."""

import uuid
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from aistack.chassis.errors import Conflict, Forbidden, InvalidInput, Problem
from aistack.chassis.identity import Principal
from aistack.connection.lookup import Lookup, thing
from aistack.connection.rights import KIND, is_restricted_key_of_owner
from aistack.connection.settings import ConnectionSettings
from aistack.connection.tables import Connection, StoredSchema
from aistack.connection.wire import ConnectionChange, NewConnection, SealedTarget
from aistack.databases.pool.session_factory import open_session
from aistack.databases.pool.ssh_tunnels import Tunnels
from aistack.databases.sealing import CannotOpen, Sealer
from aistack.databases.session import DatabaseFailed, Session
from aistack.databases.target import FILES, BadTarget, Target, checked, data_files, decoded
from aistack.stores.records import AnyRow, Records

PURPOSE = "target"  # the sealing purpose of stored targets
TARGET_FIELDS = (
    "host", "port", "database", "user", "password", "path", "tls", "ca_file", "ssh_host", "ssh_port", "ssh_user",
    "ssh_password", "ssh_key", "ssh_host_key", "options",
)  # fmt: skip
OTHER_FIELDS = ("name", "max_connections", "samples", "roles", "rules")
ADDRESS = ("host", "port", "path", "tls", "ca_file", "ssh_host", "ssh_port", "ssh_user", "ssh_host_key", "options")
SECRETS = ("password", "ssh_password", "ssh_key")
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
            self._check_places(target)
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
        self._require_may_connect(who)
        fields = {name: _plain_value(getattr(new, name)) for name in TARGET_FIELDS}
        target = self._checked(Target(new.engine, **fields), who)
        tested = await self.test(target) if new.test else None
        self._require_accepted(tested)
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
        if any(value is None for value in (*values.values(), *target_fields.values())):
            raise InvalidInput("a value cannot be null; leave out what should not change")
        if target_fields:
            self._require_may_connect(who)
            before = self.target(row)
            target = self._checked(replace(before, **target_fields), who)
            _require_secrets(before, target, given)
            tested = await self.test(target) if change.test else None
            self._require_accepted(tested)
            values |= {
                "sealed": self.sealer.seal(target.encoded(), PURPOSE),
                "place": target.place,
                "revision": row.revision + 1,
                "tested": tested,
            }
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
            self._check_places(target)  # links and the allowed folders may have changed
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

    def _require_may_connect(self, who: Principal) -> None:
        """Raises Forbidden. An address makes the service connect to it, so not everyone may choose one."""
        if who.is_administrator:
            return
        if not self.settings.members_connect or is_restricted_key_of_owner(who) or who.role == "guest":
            raise Forbidden(
                "only an administrator can connect databases; use an unrestricted API key, or set "
                "CONNECTION_MEMBERS_CONNECT"
            )

    def _checked(self, target: Target, who: Principal) -> Target:
        try:
            found = checked(target)
            if found.local_places and not who.is_administrator and not self.settings.file_folders:
                raise BadTarget(
                    "only files in the folders of CONNECTION_FILE_FOLDERS can be connected, and it is empty"
                )
            self._check_places(found)
            if found.ca_file and not Path(found.ca_file).is_file():
                raise BadTarget(f"ca_file {found.ca_file} does not exist")
            if found.engine == "duckdb":
                data_files(found.path)
        except BadTarget as error:
            raise InvalidInput(str(error)) from None
        return found

    def _check_places(self, target: Target) -> None:
        """Raises BadTarget for paths that may not be read: files, certificates, Unix sockets."""
        for place in target.local_places:
            self._check_place(place, own_data=target.engine not in FILES)

    def _check_place(self, place: str, *, own_data: bool) -> None:
        try:
            real = Path(place).resolve()
            folders = [Path(folder).expanduser().resolve() for folder in self.settings.file_folders]
        except (OSError, RuntimeError, ValueError) as error:  # a symlink loop, no home directory, a null character
            raise BadTarget(f"{place!r} cannot be resolved: {error}") from None
        if not own_data and real.is_relative_to(self.settings.data_dir.resolve()):
            raise BadTarget(f"{place} is in the stack's own data folder, which cannot be connected")
        if any(real.is_relative_to(folder) for folder in folders):
            return
        if folders:
            raise BadTarget(f"{place} is not in one of the folders of CONNECTION_FILE_FOLDERS")
        if not self.settings.identity:
            raise BadTarget(
                f"{place} cannot be connected: without identity, only files in folders that you name can be connected; "
                f"set CONNECTION_FILE_FOLDERS={real.parent}, or file_folders under [services.connection] in stack.toml"
            )

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


def _require_secrets(before: Target, after: Target, given: set[str]) -> None:
    """Raises InvalidInput if a stored secret would go to another address: whoever changes that must know it."""
    changed = [name for name in ADDRESS if getattr(before, name) != getattr(after, name)]
    missing = [name for name in SECRETS if getattr(before, name) and name not in given]
    if changed and missing:
        raise InvalidInput(f"changing {', '.join(changed)} needs {' and '.join(missing)} again; send it as well")


def database_problem(kind: str, message: str) -> Problem:
    """A failure of the database during a test or a schema read, with a gateway error status."""
    return Problem(message, code=f"database-{kind}", status=STATUSES.get(kind, 502))


def _plain_value(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return value.model_dump() if hasattr(value, "model_dump") else value
