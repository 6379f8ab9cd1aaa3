"""Versions of semantic layers: each change is validated and stored as a new version; any version can be restored."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from aistack.ai.databases import Databases
from aistack.ai.schema.layer_validation import invalid_sql, statements_of, unknown_names
from aistack.ai.schema.semantic_layer import Layer, parse_layer
from aistack.ai.tables import GRANTS, LAYER, LayerVersion, OwnedLayer
from aistack.ai.wire import NewLayer
from aistack.chassis.errors import Conflict, Forbidden, InvalidInput, NotFound
from aistack.chassis.identity import Principal
from aistack.connection.wire import ConnectionView, SchemaView
from aistack.stores.records import AnyRow, Records

VERSIONS_SHOWN = 200
PROBLEMS_SHOWN = 10
PARSED_MAX = 100


class LayerVersions:
    def __init__(self, records: Records, databases: Databases) -> None:
        self._records, self._databases = records, databases
        self._parsed: dict[tuple[str, int], Layer] = {}

    async def current_version(self, connection_id: str) -> int:
        """The latest version; 0 if there is none."""
        mine = LayerVersion.connection == connection_id
        async with self._records.read() as connection:
            return await connection.scalar(select(func.max(LayerVersion.version)).where(mine)) or 0

    async def get(self, connection_id: str, version: int | None = None) -> AnyRow | None:
        """A version, by default the current one. Raises NotFound for a version that does not exist."""
        query = select(LayerVersion).where(LayerVersion.connection == connection_id)
        query = query.where(LayerVersion.version == version) if version else query
        async with self._records.read() as connection:
            row = (await connection.execute(query.order_by(LayerVersion.version.desc()).limit(1))).first()
        if row is None and version:
            raise NotFound(f"this semantic layer has no version {version}")
        return row

    async def current(self, connection_id: str) -> tuple[int, Layer]:
        """The current version's number and content; 0 and an empty layer if there is none."""
        version = await self.current_version(connection_id)
        if not version:
            return 0, Layer()
        key = connection_id, version
        if key not in self._parsed:
            row = await self.get(connection_id, version)
            assert row is not None
            if len(self._parsed) > PARSED_MAX:
                self._parsed.clear()
            self._parsed[key] = parse_layer(row.text)
        return version, self._parsed[key]

    async def history(self, connection_id: str) -> Sequence[AnyRow]:
        """The latest versions, newest first."""
        query = select(LayerVersion).where(LayerVersion.connection == connection_id)
        async with self._records.read() as connection:
            return (await connection.execute(query.order_by(LayerVersion.version.desc()).limit(VERSIONS_SHOWN))).all()

    async def connections(self) -> Sequence[str]:
        """The connections that have a semantic layer."""
        async with self._records.read() as connection:
            return list(await connection.scalars(select(OwnedLayer.id)))

    async def forget(self, connection_id: str) -> None:
        """Deletes a semantic layer with all its versions and grants."""
        grants = GRANTS.c
        async with self._records.write() as connection:
            await connection.execute(delete(GRANTS).where(grants.kind == LAYER, grants.thing == connection_id))
            await connection.execute(delete(LayerVersion).where(LayerVersion.connection == connection_id))
            await connection.execute(delete(OwnedLayer).where(OwnedLayer.id == connection_id))

    async def save(self, database: ConnectionView, schema: SchemaView, new: NewLayer, who: Principal) -> AnyRow:
        """Raises InvalidInput that lists what is wrong, Conflict if someone else saved a version in the meantime.

        Raises Forbidden for new SQL of somebody who may not run it.
        """
        connection_id, layer = database.id, parse_layer(new.text)
        if "run" not in database.rights:
            _, current = await self.current(connection_id)
            added = set(statements_of(layer).items()) - set(statements_of(current).items())
            if added:
                raise Forbidden(f"you may not run SQL on {database.name}, so you cannot change {min(added)[0]}")
        problems = [
            *unknown_names(layer, schema),
            *await invalid_sql(layer, self._databases, connection_id, who),
        ]
        if problems:
            more = f"; and {len(problems) - PROBLEMS_SHOWN} more" if len(problems) > PROBLEMS_SHOWN else ""
            raise InvalidInput("; ".join(problems[:PROBLEMS_SHOWN]) + more)
        version = await self.current_version(connection_id)
        if new.version is not None and new.version != version:
            raise Conflict(
                f"your changes are based on version {new.version}, but version {version} is current;"
                " reload it and apply your changes again"
            )
        values = {
            "connection": connection_id, "version": version + 1, "text": new.text, "about": new.about,
            "principal": who.id, "created_at": datetime.now(UTC),
        }  # fmt: skip
        try:
            async with self._records.write() as connection:
                return (await connection.execute(insert(LayerVersion).values(**values).returning(LayerVersion))).one()
        except IntegrityError:
            raise Conflict("someone else saved this semantic layer at the same time; reload it and try again") from None
