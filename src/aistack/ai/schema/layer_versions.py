"""Semantic layers: each change is a version, checked against the schema, and an older one can be put in force again."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from aistack.ai.databases import Databases
from aistack.ai.schema.semantic_layer import Layer, parsed
from aistack.ai.tables import LayerVersion
from aistack.ai.wire import NewLayer
from aistack.chassis.errors import Conflict, InvalidInput, NotFound
from aistack.chassis.identity import Principal
from aistack.connection.wire import SchemaView
from aistack.stores.records import AnyRow, Records

VERSIONS_SHOWN = 200
PROBLEMS_SHOWN = 10


class Layers:
    def __init__(self, records: Records, databases: Databases) -> None:
        self._records, self._databases = records, databases
        self._parsed: dict[tuple[str, int], Layer] = {}

    async def version(self, connection_id: str) -> int:
        """The one in force; 0 while there is none."""
        mine = LayerVersion.connection == connection_id
        async with self._records.read() as connection:
            return await connection.scalar(select(func.max(LayerVersion.version)).where(mine)) or 0

    async def one(self, connection_id: str, version: int | None = None) -> AnyRow | None:
        """A version, the one in force when none is said. Raises NotFound for a version that there is not."""
        query = select(LayerVersion).where(LayerVersion.connection == connection_id)
        query = query.where(LayerVersion.version == version) if version else query
        async with self._records.read() as connection:
            row = (await connection.execute(query.order_by(LayerVersion.version.desc()).limit(1))).first()
        if row is None and version:
            raise NotFound(f"there is no version {version} of this semantic layer")
        return row

    async def in_force(self, connection_id: str) -> tuple[int, Layer]:
        version = await self.version(connection_id)
        if not version:
            return 0, Layer()
        key = connection_id, version
        if key not in self._parsed:
            row = await self.one(connection_id, version)
            assert row is not None
            if len(self._parsed) > 100:
                self._parsed.clear()
            self._parsed[key] = parsed(row.text)
        return version, self._parsed[key]

    async def versions(self, connection_id: str) -> Sequence[AnyRow]:
        query = select(LayerVersion).where(LayerVersion.connection == connection_id)
        async with self._records.read() as connection:
            return (await connection.execute(query.order_by(LayerVersion.version.desc()).limit(VERSIONS_SHOWN))).all()

    async def put(self, connection_id: str, schema: SchemaView, new: NewLayer, who: Principal) -> AnyRow:
        """Raises InvalidInput that names what is wrong, Conflict when somebody else changed it meanwhile."""
        layer = parsed(new.text)
        problems = [*unknown_names(layer, schema), *await self._wrong_fragments(layer, connection_id, who)]
        if problems:
            more = f"; and {len(problems) - PROBLEMS_SHOWN} more" if len(problems) > PROBLEMS_SHOWN else ""
            raise InvalidInput("; ".join(problems[:PROBLEMS_SHOWN]) + more)
        version = await self.version(connection_id)
        if new.version is not None and new.version != version:
            raise Conflict(
                f"version {version} is in force, not {new.version}: somebody changed it; look at theirs first"
            )
        values = {
            "connection": connection_id, "version": version + 1, "text": new.text, "about": new.about,
            "principal": who.id, "created_at": datetime.now(UTC),
        }  # fmt: skip
        try:
            async with self._records.write() as connection:
                return (await connection.execute(insert(LayerVersion).values(**values).returning(LayerVersion))).one()
        except IntegrityError:
            raise Conflict("somebody else changes this semantic layer right now; look at theirs first") from None

    async def _wrong_fragments(self, layer: Layer, connection_id: str, who: Principal) -> list[str]:
        """What is wrong about the SQL in it: each part goes through the same walls as any statement."""
        wanted = {
            f"metrics.{name}": f"SELECT {one.expression} FROM {one.table} WHERE {one.where or '1 = 1'}"
            for name, one in layer.metrics.items()
        } | {
            f"tables.{table}.qualities.{name}": f"SELECT 1 FROM {table} WHERE {one.where}"
            for table, facts in layer.tables.items()
            for name, one in facts.qualities.items()
        }
        found: list[str] = []
        for where, sql in wanted.items():
            validity = await self._databases.validate(connection_id, sql, who)
            if not validity.valid:
                found.append(f"{where}: {validity.error}")
        return found


def unknown_names(layer: Layer, schema: SchemaView) -> list[str]:
    """Tables and columns that the layer names and the schema lacks."""
    columns = {table.name: {column.name for column in table.columns} for table in schema.tables}

    def lacks(text: str) -> bool:
        table, _, name = text.strip().rpartition(".")
        return name not in columns.get(table, ())

    found = [f"tables.{table}: there is no such table" for table in layer.tables if table not in columns]
    for table, facts in layer.tables.items():
        named = [*facts.key, *facts.label, *([facts.time] if facts.time else []), *facts.columns]
        named += [one.extreme_of for one in facts.columns.values() if one.extreme_of]
        known = columns.get(table, {*named})
        found += [f"tables.{table}: there is no column {name}" for name in named if name not in known]
    sides = [side for join in layer.joins for pair in join.match.split(" and ") for side in pair.split("=")]
    sides += [
        side for one in layer.relations for step in one.path for pair in step.split(" and ") for side in pair.split("=")
    ]
    named = [*sides, *layer.values, *(one.column for one in layer.dimensions.values())]
    named += [one.time for one in layer.metrics.values() if one.time]
    found += [f"{text.strip()}: there is no such column; write TABLE.COLUMN" for text in named if lacks(text)]
    found += [
        f"metrics.{name}: there is no table {one.table}"
        for name, one in layer.metrics.items()
        if one.table not in columns
    ]
    return found
