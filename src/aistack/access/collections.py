"""Collections: named things that a service keeps others in. Whose they are, what they are called, who may see them.

A collection has an id that is unique, and a name that is unique among what its owner creates. A name means the caller's
own collection first, then one that is shared with the caller, so nobody learns which names others use. The collection
`default` is everyone's.
"""

import contextlib
import re
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import String, func, insert, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from aistack.access.access import EVERYONE, Grant, Thing, held
from aistack.access.grants import AccessStore
from aistack.access.levels import Level
from aistack.access.rules import check_level
from aistack.chassis.errors import Conflict, InvalidInput, NotFound
from aistack.chassis.identity import OWNER, Principal, principal
from aistack.stores.records import AnyRow, BigId, Records, UtcDateTime

COLLECTION = "collection"
DEFAULT = "default"
COLLECTIONS_MAX = 1000  # of one owner
ID = re.compile(r"[0-9a-f]{12}")


class CollectionColumns:
    """The columns of a table of collections, which needs a unique index of `owner` and `name`."""

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(64), index=True)
    owner: Mapped[str] = mapped_column(String(256))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Collections:
    """The collections of everyone, in a mapped class with CollectionColumns; `path` lists them.

    Methods that take a reference, an id or a name, act for the request's caller.
    """

    def __init__(self, records: Records, table: Any, access: AccessStore, path: str) -> None:
        self.records = records
        self.access = access
        self._table = table
        self._path = path

    async def ensure_default(self) -> None:
        """Creates the default collection, which is everyone's, if it does not exist."""
        async with self.records.read() as connection:
            known = await connection.scalar(select(self._table.id).where(self._table.name == DEFAULT).limit(1))
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

    async def find(self, reference: str) -> AnyRow:
        """The collection with this id or name, for the level that the route at hand needs.

        Raises NotFound if there is none that the caller may see, Forbidden if the caller may only do less with it,
        Conflict if several shared collections have this name.
        """
        who, table = principal.get(), self._table
        named = or_(table.public_id == reference, table.name == reference)
        query = select(table).where(named, self.access.visible(who, COLLECTION)).order_by(table.id)
        async with self.records.read() as connection:
            rows = (await connection.execute(query.limit(COLLECTIONS_MAX))).all()
        missing = NotFound(f"there is no collection {reference}; GET {self._path} lists them")
        candidates = _meant(rows, reference, who)
        if not candidates:
            raise missing
        if len(candidates) > 1:
            ids = ", ".join(row.public_id for row in candidates[:10])
            raise Conflict(f"there are several collections {reference}; use the id of one of them: {ids}")
        thing = thing_of(candidates[0])
        check_level(thing, await self.access.held_on(who, thing), missing, candidates[0].name)
        return candidates[0]

    async def find_thing(self, reference: str) -> Thing:
        """As `find`, for the routes of access."""
        return thing_of(await self.find(reference))

    async def visible(self) -> list[tuple[AnyRow, Level]]:
        """The caller's collections and those shared with it, by name, with the caller's level."""
        who, table = principal.get(), self._table
        query = select(table).where(self.access.visible(who, COLLECTION)).order_by(table.name, table.id)
        async with self.records.read() as connection:
            rows = (await connection.execute(query)).all()
        granted = await self.access.granted(who, COLLECTION)
        found: list[tuple[AnyRow, Level]] = []
        for row in rows:
            level = held(who, thing_of(row), granted.get(row.public_id, ()))
            if level is not None:  # it was taken back between the two queries otherwise
                found.append((row, level))
        return found

    async def row(self, collection_id: int) -> AnyRow | None:
        """The row with an id in the database, regardless of the caller."""
        async with self.records.read() as connection:
            return (await connection.execute(select(self._table).where(self._table.id == collection_id))).one_or_none()

    async def with_id(self, public_id: str) -> AnyRow | None:
        """The row with a public id, regardless of the caller."""
        query = select(self._table).where(self._table.public_id == public_id)
        async with self.records.read() as connection:
            return (await connection.execute(query)).one_or_none()

    async def _insert(self, name: str, owner: str) -> AnyRow:
        table = self._table
        row = {"public_id": secrets.token_hex(6), "name": name, "owner": owner, "created_at": datetime.now(UTC)}
        async with self.records.write() as connection:
            owned = select(func.count()).select_from(table).where(table.owner == owner)
            if (await connection.scalar(owned) or 0) >= COLLECTIONS_MAX:
                raise Conflict(f"you already have {COLLECTIONS_MAX} collections; delete one first")
            try:
                added = (await connection.execute(insert(table).values(**row).returning(table))).one()
            except IntegrityError:
                raise Conflict(f"collection {name} already exists") from None
            if name == DEFAULT:
                await self.access.grant(connection, thing_of(added), Grant(EVERYONE, "edit"))
        self.access.version += 1
        return added


def thing_of(row: AnyRow) -> Thing:
    """A collection as the access rules see it."""
    return Thing(COLLECTION, row.public_id, row.owner)


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
