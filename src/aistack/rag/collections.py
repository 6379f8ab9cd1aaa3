"""Collections: whose they are, what they are called, and who may do what with them.

A collection has an id that is unique, and a name that is unique among what its owner creates. A name means the caller's
own collection first, then one that is shared with the caller, so nobody learns which names others use.
"""

import contextlib
import re
import secrets
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from aistack.access.access import EVERYONE, Grant, Thing, held
from aistack.access.grants import CACHE_SECONDS, AccessStore
from aistack.access.levels import Level
from aistack.access.rules import check_level, needed_level
from aistack.access.tables import Things
from aistack.chassis.errors import Conflict, InvalidInput, NotFound
from aistack.chassis.identity import OWNER, Principal, principal
from aistack.rag.contents import lock_collection, unused_files
from aistack.rag.tables import GRANTS, WAITING, Collection, Document, Job, JobItem, Source, document_table
from aistack.stores.records import AnyRow, Records

COLLECTION, SOURCE = "collection", "source"
DEFAULT = "default"
COLLECTIONS_MAX = 1000  # of one owner
ID = re.compile(r"[0-9a-f]{12}")
ALL = "*"
CALLERS_MAX = 1_000  # whose collections are cached


def thing_of(row: AnyRow) -> Thing:
    """A collection as the access rules see it."""
    return Thing(COLLECTION, row.public_id, row.owner)


class Collections:
    """The collections of everyone. Methods that take a reference, an id or a name, act for the request's caller."""

    def __init__(self, records: Records) -> None:
        self._records = records
        table, sources = Collection.__table__.c, Source.__table__.c
        kinds = (
            Things(COLLECTION, table.public_id, table.owner, table.name, COLLECTIONS_MAX),
            Things(SOURCE, sources.id, sources.owner, sources.place),
        )
        self.access = AccessStore(records, GRANTS, kinds, _keep_apart)
        self._all: dict[tuple[Principal, Level], tuple[int, float, tuple[int, ...]]] = {}

    async def ensure_default(self) -> None:
        """Creates the default collection, which is everyone's, if it does not exist."""
        async with self._records.read() as connection:
            known = await connection.scalar(select(Collection.id).where(Collection.name == DEFAULT).limit(1))
        if known is None:
            with contextlib.suppress(Conflict):  # another instance created it first
                await self._insert(DEFAULT, OWNER)

    async def create(self, name: str) -> AnyRow:
        """The caller's new collection. Raises Conflict if the caller has one of that name, or COLLECTIONS_MAX."""
        if ID.fullmatch(name):
            raise InvalidInput("a name of 12 hexadecimal digits looks like an id; use another name")
        if name == DEFAULT:
            raise Conflict("collection default already exists")
        return await self._insert(name, principal.get().subject)

    async def _insert(self, name: str, owner: str) -> AnyRow:
        row = {"public_id": secrets.token_hex(6), "name": name, "owner": owner, "created_at": datetime.now(UTC)}
        async with self._records.write() as connection:
            owned = select(func.count()).select_from(Collection).where(Collection.owner == owner)
            if (await connection.scalar(owned) or 0) >= COLLECTIONS_MAX:
                raise Conflict(f"you already have {COLLECTIONS_MAX} collections; delete one first")
            try:
                added = (await connection.execute(insert(Collection).values(**row).returning(Collection))).one()
            except IntegrityError:
                raise Conflict(f"collection {name} already exists") from None
            if name == DEFAULT:
                await self.access.grant(connection, thing_of(added), Grant(EVERYONE, "edit"))
        self.access.version += 1
        return added

    async def find(self, reference: str) -> AnyRow:
        """The collection with this id or name, for the level that the route at hand needs.

        Raises NotFound if there is none that the caller may see, Forbidden if the caller may only do less with it,
        Conflict if several shared collections have this name.
        """
        who = principal.get()
        query = select(Collection).where(
            or_(Collection.public_id == reference, Collection.name == reference),
            self.access.visible(who, COLLECTION),
        )
        async with self._records.read() as connection:
            rows = (await connection.execute(query.order_by(Collection.id).limit(COLLECTIONS_MAX))).all()
        missing = NotFound(f"there is no collection {reference}; GET /v1/rag/collections lists them")
        candidates = _meant(rows, reference, who)
        if not candidates:
            raise missing
        if len(candidates) > 1:
            ids = ", ".join(row.public_id for row in candidates[:10])
            raise Conflict(f"there are several collections {reference}; use the id of one of them: {ids}")
        await self.check(candidates[0], missing)
        return candidates[0]

    async def check(self, row: AnyRow, missing: NotFound) -> None:
        """Raises `missing`, or Forbidden, unless the caller holds the level that the route at hand needs."""
        thing = thing_of(row)
        check_level(thing, await self.access.held_on(principal.get(), thing), missing, row.name)

    async def find_thing(self, reference: str) -> Thing:
        """As `find`, for the routes of access."""
        return thing_of(await self.find(reference))

    async def find_ids(self, references: Sequence[str] | str) -> list[int]:
        """The ids in the database of several collections, each once; ALL means all that the route's level allows."""
        if isinstance(references, str) and references == ALL:
            return list(await self._all_ids(principal.get(), needed_level()))
        names = [references] if isinstance(references, str) else references
        return list(dict.fromkeys([(await self.find(one)).id for one in names]))

    async def _all_ids(self, who: Principal, level: Level) -> Sequence[int]:
        """All that a principal holds with a level, at most CACHE_SECONDS old."""
        now = time.monotonic()
        key: tuple[Principal, Level] = (who, level)
        known = self._all.get(key)
        if known is not None and known[0] == self.access.version and now - known[1] < CACHE_SECONDS:
            return known[2]
        version = self.access.version
        query = select(Collection.id).where(self.access.visible(who, COLLECTION, level)).order_by(Collection.id)
        async with self._records.read() as connection:
            found = tuple(await connection.scalars(query))
        if len(self._all) >= CALLERS_MAX:
            self._all.clear()
        self._all[key] = version, now, found
        return found

    async def check_still_held(self, collection_ids: Sequence[int], level: Level) -> None:
        """Raises NotFound if the caller does not hold one of these with a level any more."""
        held_now = self.access.visible(principal.get(), COLLECTION, level)
        query = select(func.count()).select_from(Collection).where(Collection.id.in_(collection_ids), held_now)
        async with self._records.read() as connection:
            count = await connection.scalar(query)
        if count != len(collection_ids):
            raise NotFound("a collection that the answer uses was deleted, or is not shared with you any more")

    async def visible(self) -> list[tuple[AnyRow, Level]]:
        """The caller's collections and those shared with it, by name, with the caller's level.

        Each row has the number of `documents` that are ready.
        """
        who = principal.get()
        ready = func.count(document_table.c.id).filter(document_table.c.version > 0)
        query = (
            select(Collection, ready.label("documents"))
            .outerjoin(document_table, document_table.c.collection_id == Collection.id)
            .where(self.access.visible(who, COLLECTION))
            .group_by(Collection.id)
            .order_by(Collection.name, Collection.id)
        )
        async with self._records.read() as connection:
            rows = (await connection.execute(query)).all()
        granted = await self.access.granted(who, COLLECTION)
        found: list[tuple[AnyRow, Level]] = []
        for row in rows:
            level = held(who, thing_of(row), granted.get(row.public_id, ()))
            if level is not None:  # it was taken back between the two queries otherwise
                found.append((row, level))
        return found

    async def row(self, collection_id: int) -> AnyRow | None:
        """The row with an id in the database."""
        async with self._records.read() as connection:
            return (await connection.execute(select(Collection).where(Collection.id == collection_id))).one_or_none()

    async def with_id(self, public_id: str) -> AnyRow | None:
        """The row with a public id, regardless of the caller."""
        async with self._records.read() as connection:
            return (await connection.execute(select(Collection).where(Collection.public_id == public_id))).one_or_none()

    async def delete(self, row: AnyRow) -> list[str]:
        """Deletes a collection and its grants. Returns the SHA-256 keys of files that are no longer used."""
        async with self._records.write() as connection:
            await lock_collection(connection, row.id)
            documents = delete(Document).where(Document.collection_id == row.id).returning(Document.sha256)
            waiting = select(JobItem.sha256).join(Job, Job.id == JobItem.job_id)
            waiting = waiting.where(Job.collection_id == row.id, JobItem.state.in_(WAITING))
            keys = [*await connection.scalars(documents), *await connection.scalars(waiting)]
            await connection.execute(delete(Collection).where(Collection.id == row.id))
            await self.access.remove_thing(connection, COLLECTION, row.public_id)
            return await unused_files(connection, keys)


def _meant(rows: Sequence[AnyRow], reference: str, who: Principal) -> Sequence[AnyRow]:
    """The rows that a reference can mean: the one with this id, otherwise the caller's own, otherwise shared ones.

    Of these, the one of the stack's owners comes first: nobody else can make its name ambiguous.
    """
    groups = [
        [row for row in rows if row.public_id == reference],
        [row for row in rows if row.owner == who.subject],
        [row for row in rows if row.owner == OWNER],
    ]
    return next((group for group in groups if group), rows)


async def _keep_apart(connection: AsyncConnection, thing: Thing, heir: str, _taken_over: bool) -> None:
    """Before a collection goes to an owner who has one of the same name."""
    if thing.kind != COLLECTION:
        return
    name = select(Collection.name).where(Collection.public_id == thing.id).scalar_subquery()
    taken = select(func.max(Collection.namesake)).where(Collection.owner == heir, Collection.name == name)
    highest = await connection.scalar(taken)
    values = {"namesake": 0 if highest is None else highest + 1}
    await connection.execute(update(Collection).where(Collection.public_id == thing.id).values(**values))
