"""Schemas of the connected databases: read on first use, cached in the records, refreshed after a while."""

import asyncio
import re
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select

from aistack.chassis.identity import Principal
from aistack.connection.connections import Connections, database_problem
from aistack.connection.tables import StoredSchema
from aistack.connection.wire import Rules, SchemaHit, SchemaView
from aistack.databases.identifiers import bare, qualified, quoted
from aistack.databases.schema import Schema
from aistack.databases.session import DatabaseFailed, Limits, Session
from aistack.stores.records import AnyRow

SAMPLED_TABLES_MAX = 300
SAMPLED_ROWS = 500
SAMPLES_MAX = 12
SAMPLE_CHARACTERS_MAX = 60
FIRST_ROWS = {
    "": "SELECT {} FROM {} LIMIT {}",
    "sqlserver": "SELECT TOP ({2}) {0} FROM {1}",
    "oracle": "SELECT {} FROM {} FETCH FIRST {} ROWS ONLY",
}
SAMPLE_SECONDS = 5.0
TEXT_TYPE = re.compile(r"char|text|enum|string|clob|^set", re.I)
WORD = re.compile(r"[A-Za-z]+|\d+|[\u3040-\u9fff]")
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
HITS_MAX = 50


class Schemas:
    """The schemas of all connections. Concurrent requests for one schema read it once."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._locks: dict[str, asyncio.Lock] = {}

    async def of(self, row: AnyRow, *, refresh: bool = False) -> SchemaView:
        """The schema of a connection. Raises Problem if the database cannot be read."""
        begun = datetime.now(UTC)
        async with self._locks.setdefault(row.id, asyncio.Lock()):
            stored = await self._stored(row)
            age = timedelta(seconds=self._connections.settings.schema_seconds_max)
            is_stale = stored is None or stored.read_at < (begun if refresh else begun - age)
            if stored is not None and not is_stale:
                return _view(row, stored.document, stored.read_at)
            document = await self._read(row)
            return _view(row, document, await self._store(row, document))

    async def shown(self, row: AnyRow, who: Principal, *, refresh: bool = False) -> SchemaView:
        """The schema for a principal: without sample values of masked columns and of tables with row filters."""
        schema = await self.of(row, refresh=refresh)
        rules = Rules.model_validate(row.rules).against(who)
        if not (rules.masks or rules.filters):
            return schema
        masked = {(bare(mask.table), mask.column.lower()) for mask in rules.masks}
        filtered = {bare(one.table) for one in rules.filters}
        for table in schema.tables:
            for column in table.columns:
                if bare(table.name) in filtered or (bare(table.name), column.name.lower()) in masked:
                    column.samples = []
        return schema

    async def search(self, row: AnyRow, query: str, who: Principal) -> list[SchemaHit]:
        """Tables and columns whose names, comments or frequent values contain words of the query, best first."""
        wanted = set(words_of(query))
        hits: list[SchemaHit] = []
        for table in (await self.shown(row, who)).tables:
            score = _score(wanted, table.name, table.comment)
            if score:
                hits.append(SchemaHit(table=table.name, column="", comment=table.comment, score=score))
            for column in table.columns:
                score = _score(wanted, column.name, f"{column.comment} {' '.join(column.samples)}")
                if score:
                    hits.append(SchemaHit(table=table.name, column=column.name, comment=column.comment, score=score))
        return sorted(hits, key=lambda hit: (-hit.score, hit.table, hit.column))[:HITS_MAX]

    def forget(self, connection_id: str) -> None:
        self._locks.pop(connection_id, None)

    async def _stored(self, row: AnyRow) -> AnyRow | None:
        where = (StoredSchema.connection_id == row.id) & (StoredSchema.revision == row.revision)
        async with self._connections.records.read() as connection:
            return (await connection.execute(select(StoredSchema).where(where))).one_or_none()

    async def _store(self, row: AnyRow, document: dict[str, Any]) -> datetime:
        now = datetime.now(UTC)
        async with self._connections.records.write() as connection:
            await connection.execute(delete(StoredSchema).where(StoredSchema.connection_id == row.id))
            values = {"connection_id": row.id, "revision": row.revision, "document": document, "read_at": now}
            await connection.execute(insert(StoredSchema).values(**values))
        return now

    async def _read(self, row: AnyRow) -> dict[str, Any]:
        target = self._connections.target(row)
        try:
            session = await self._connections.open(target)
            try:
                schema = await session.schema()
                if row.samples:
                    await add_samples(session, schema, target.engine)
            finally:
                await session.close()
        except DatabaseFailed as error:
            raise database_problem(error.kind, str(error)) from None
        return asdict(schema)


async def add_samples(session: Session, schema: Schema, engine: str) -> None:
    """Adds frequent values of text columns, from a sample of each table's rows. Unreadable tables are skipped.

    BigQuery is skipped: it bills every read of a column as a read of the whole column.
    """
    if engine == "bigquery":
        return
    for table in schema.tables[:SAMPLED_TABLES_MAX]:
        texts = [column for column in table.columns if TEXT_TYPE.search(column.type)]
        if not texts or session.broken:
            continue
        names = ", ".join(quoted(column.name, engine) for column in texts)
        query = FIRST_ROWS.get(engine, FIRST_ROWS[""]).format(names, qualified(table.name, engine), SAMPLED_ROWS)
        try:
            async with session.run(query, (), Limits(SAMPLE_SECONDS, SAMPLED_ROWS, 4 << 20)) as result:
                rows = [row async for batch in result.batches for row in batch]
        except DatabaseFailed:
            continue
        for at, column in enumerate(texts):
            counted = Counter(value for row in rows if isinstance(value := row[at], str) and value)
            frequent = (value for value, _ in counted.most_common(SAMPLES_MAX))
            column.samples = [value for value in frequent if len(value) <= SAMPLE_CHARACTERS_MAX]


def words_of(text: str) -> list[str]:
    """Words in lower case: each part of camelCase and snake_case names, each Chinese character."""
    return [word.lower() for word in WORD.findall(CAMEL.sub(" ", text))]


def _score(wanted: set[str], name: str, about: str) -> float:
    """Shared words: 3 points for a word of the name, 1.5 for a common prefix, 1 for a word of the comment."""
    named, commented = words_of(name), set(words_of(about))
    score = 0.0
    for word in wanted:
        if word in named:
            score += 3
        elif len(word) > 2 and any(one.startswith(word) or word.startswith(one) for one in named if len(one) > 2):
            score += 1.5
        elif word in commented:
            score += 1
    return round(score / (len(named) + 2), 4)


def _view(row: AnyRow, document: dict[str, Any], read_at: datetime) -> SchemaView:
    return SchemaView(connection=row.id, engine=row.engine, read_at=read_at, tables=document["tables"])
