"""The watches of all collections."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from aistack.access.grants import AccessStore
from aistack.chassis.errors import Conflict, Forbidden, InvalidInput, NotFound
from aistack.chassis.identity import Principal, principal
from aistack.stores.records import AnyRow, Records
from aistack.trend.watches.matching import Matcher
from aistack.trend.watches.tables import WATCH, WATCH_THINGS, Watch
from aistack.trend.watches.wire import NewWatch, WatchQuery


class Watches:
    def __init__(self, records: Records, access: AccessStore) -> None:
        self._records = records
        self._access = access

    async def check(self, collection_id: int, query: WatchQuery) -> None:
        """Raises InvalidInput for a term that cannot be."""
        try:
            Matcher(query)
        except ValueError as error:
            raise InvalidInput(str(error)) from None

    async def add(self, collection_id: int, new: NewWatch) -> AnyRow:
        """The caller's new watch. Raises InvalidInput, or Conflict if the caller has one of that name."""
        await self.check(collection_id, new.query)
        now, owner = datetime.now(UTC), principal.get().subject
        row = {
            "id": secrets.token_hex(6), "collection_id": collection_id, "owner": owner, "name": new.name,
            "query": new.query.model_dump(), "created_at": now, "changed_at": now,
        }  # fmt: skip
        async with self._records.write() as connection:
            await WATCH_THINGS.check_quota(connection, owner)
            try:
                return (await connection.execute(insert(Watch).values(**row).returning(Watch))).one()
            except IntegrityError:
                raise Conflict(f"you already have a watch {new.name} in this collection") from None

    async def change(self, collection_id: int, watch_id: str, new: NewWatch) -> AnyRow:
        """Raises NotFound, Forbidden unless it is the caller's, InvalidInput and Conflict as `add`."""
        await self.check(collection_id, new.query)
        check_own(await self.find(collection_id, watch_id), "watch")
        values = {"name": new.name, "query": new.query.model_dump(), "changed_at": datetime.now(UTC)}
        changed = update(Watch).where(Watch.id == watch_id).values(**values).returning(Watch)
        async with self._records.write() as connection:
            try:
                row = (await connection.execute(changed)).one_or_none()
            except IntegrityError:
                raise Conflict(f"you already have a watch {new.name} in this collection") from None
        if row is None:
            raise _missing(watch_id)
        return row

    async def of(self, collection_id: int) -> Sequence[AnyRow]:
        query = select(Watch).where(Watch.collection_id == collection_id).order_by(Watch.created_at, Watch.id)
        async with self._records.read() as connection:
            return (await connection.execute(query)).all()

    async def find(self, collection_id: int, watch_id: str) -> AnyRow:
        """Raises NotFound."""
        query = select(Watch).where(Watch.id == watch_id, Watch.collection_id == collection_id)
        async with self._records.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise _missing(watch_id)
        return row

    async def remove(self, collection_id: int, watch_id: str) -> None:
        """Removes a watch and its subscribers. Raises NotFound, Forbidden unless it is the caller's."""
        check_own(await self.find(collection_id, watch_id), "watch")
        await self.remove_any(watch_id)

    async def remove_any(self, watch_id: str) -> None:
        """As `remove`, for any caller; one that is gone is no error."""
        async with self._records.write() as connection:
            await connection.execute(delete(Watch).where(Watch.id == watch_id))
            await self._access.remove_thing(connection, WATCH, watch_id)


def is_own(row: AnyRow, who: Principal) -> bool:
    """Whether a thing belongs to someone, or they administer the stack."""
    return who.kind == "anonymous" or who.is_administrator or row.owner == who.subject


def check_own(row: AnyRow, kind: str) -> None:
    """Raises Forbidden unless it belongs to the caller, or the caller administers the stack."""
    if not is_own(row, principal.get()):
        raise Forbidden(f"{kind} {row.id} belongs to someone else; create one of your own")


def _missing(watch_id: str) -> NotFound:
    return NotFound(f"there is no watch {watch_id} in this collection")
