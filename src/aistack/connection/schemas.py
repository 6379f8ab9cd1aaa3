"""Schemas of the connected databases: read on first use, cached in the records, refreshed after a while."""

import asyncio
import re
from collections import Counter
from collections.abc import Container
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select

from aistack.chassis.identity import Principal
from aistack.chassis.telemetry.logs import get_log
from aistack.connection.connections import Connections, database_problem
from aistack.connection.rules.binding import BoundRules, TableRules, bind
from aistack.connection.rules.model import Relation, Rules
from aistack.connection.rules.relations import read_relations
from aistack.connection.tables import StoredSchema
from aistack.connection.wire import SchemaHit, SchemaView, TableView
from aistack.databases.identifiers import qualified, quoted
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
        self._checked: dict[tuple[str, int], datetime] = {}  # when a stored schema was found to be current

    async def of(self, row: AnyRow, *, refresh: bool = False) -> SchemaView:
        """The schema of a connection. Raises Problem if the database cannot be read."""
        age = 0.0 if refresh else self._connections.settings.schema_seconds_max
        return _view(row, *await self._fresh(row, age))

    async def relations(self, row: AnyRow, age_seconds_max: float) -> list[Relation]:
        """What rules need to know of the schema. Raises Problem if the database cannot be read.

        A schema without changes is not read again with its sample values.
        """
        begun = datetime.now(UTC)
        async with self._locks.setdefault(row.id, asyncio.Lock()):
            stored = await self._stored(row)
            known: list[Any] | None = None if stored is None else stored.document["relations"]
            oldest = begun - timedelta(seconds=age_seconds_max)
            if stored is None or known is None or self._checked_at(row, stored) < oldest:
                now = await self._read_relations(row)
                self._checked[row.id, row.revision] = datetime.now(UTC)
                if now != known:
                    await self._store(row, await self._read(row))
                known = now
        return [Relation.model_validate(one) for one in known]

    def _checked_at(self, row: AnyRow, stored: AnyRow) -> datetime:
        return max(stored.read_at, self._checked.get((row.id, row.revision), stored.read_at))

    async def rule_problems(self, row: AnyRow) -> list[str]:
        """The rules that do not match the schema as it was last read."""
        stored = await self._stored(row)
        return [] if stored is None else self._bound(row, Rules.model_validate(row.rules), stored.document).problems

    async def shown(self, row: AnyRow, who: Principal, *, refresh: bool = False) -> SchemaView:
        """The schema for a principal: without tables that it cannot read, and without what tells of hidden rows.

        Tables with row filters have no sizes and sample values, masked columns no sample values.
        """
        document, read_at = await self._fresh(row, 0.0 if refresh else self._connections.settings.schema_seconds_max)
        schema, rules = _view(row, document, read_at), Rules.model_validate(row.rules).against(who)
        if not rules:
            return schema
        bound = self._bound(row, rules, document)
        shown: list[TableView] = []
        for table in schema.tables:
            ruled = bound.tables.get(table.name, TableRules())
            if table.name not in bound.relations or ruled.closed or bound.closed:
                continue
            table.rows = None if ruled.filters else table.rows
            table.foreign_keys = [one for one in table.foreign_keys if one.table in bound.relations]
            for column in table.columns:
                if ruled.filters or column.name in ruled.masks:
                    column.samples = []
            shown.append(table)
        return schema.model_copy(update={"tables": shown})

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
        self._checked = {key: at for key, at in self._checked.items() if key[0] != connection_id}

    async def _fresh(self, row: AnyRow, age_seconds_max: float) -> tuple[dict[str, Any], datetime]:
        """The stored schema and when it was read, if that is not too long ago; otherwise it is read now."""
        begun = datetime.now(UTC)
        async with self._locks.setdefault(row.id, asyncio.Lock()):
            stored = await self._stored(row)
            if stored is not None and stored.read_at >= begun - timedelta(seconds=age_seconds_max):
                return stored.document, stored.read_at
            document = await self._read(row)
            return document, await self._store(row, document)

    def _bound(self, row: AnyRow, rules: Rules, document: dict[str, Any]) -> BoundRules:
        relations = [Relation.model_validate(one) for one in document["relations"]]
        return bind(rules, relations, row.engine, self._connections.target(row).database)

    async def _stored(self, row: AnyRow) -> AnyRow | None:
        where = (StoredSchema.connection_id == row.id) & (StoredSchema.revision == row.revision)
        async with self._connections.records.read() as connection:
            stored = (await connection.execute(select(StoredSchema).where(where))).one_or_none()
        return stored if stored is not None and "relations" in stored.document else None  # older versions had none

    async def _store(self, row: AnyRow, document: dict[str, Any]) -> datetime:
        now, rules = datetime.now(UTC), Rules.model_validate(row.rules)
        if rules and (problems := self._bound(row, rules, document).problems):
            get_log("connection").warning("rules.not_bound", connection=row.name, problems=problems)
        async with self._connections.records.write() as connection:
            await connection.execute(delete(StoredSchema).where(StoredSchema.connection_id == row.id))
            values = {"connection_id": row.id, "revision": row.revision, "document": document, "read_at": now}
            await connection.execute(insert(StoredSchema).values(**values))
        return now

    async def _read_relations(self, row: AnyRow) -> list[dict[str, Any]]:
        target = self._connections.target(row)
        try:
            session = await self._connections.open(target)
            try:
                relations = await read_relations(session, await session.schema(), target)
            finally:
                await session.close()
        except DatabaseFailed as error:
            raise database_problem(error.kind, str(error)) from None
        return [one.model_dump() for one in relations]

    async def _read(self, row: AnyRow) -> dict[str, Any]:
        target = self._connections.target(row)
        try:
            session = await self._connections.open(target)
            try:
                schema = await session.schema()
                relations = await read_relations(session, schema, target)
                if row.samples:
                    only = Rules(only=Rules.model_validate(row.rules).only)
                    bound = bind(only, relations, target.engine, target.database)
                    await add_samples(session, schema, target.engine, set(bound.relations))
            finally:
                await session.close()
        except DatabaseFailed as error:
            raise database_problem(error.kind, str(error)) from None
        return asdict(schema) | {"relations": [one.model_dump() for one in relations]}


async def add_samples(session: Session, schema: Schema, engine: str, names: Container[str]) -> None:
    """Adds frequent values of text columns to the tables of these names, from a sample of their rows.

    Unreadable tables are skipped.
    BigQuery is skipped: it bills every read of a column as a read of the whole column.
    """
    if engine == "bigquery":
        return
    for table in [one for one in schema.tables if one.name in names][:SAMPLED_TABLES_MAX]:
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
