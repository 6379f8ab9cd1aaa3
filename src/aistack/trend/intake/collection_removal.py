"""Deleting a collection with all that is in it."""

from sqlalchemy import delete

from aistack.access.collections import COLLECTION, Collections
from aistack.chassis.errors import Conflict
from aistack.stores.records import AnyRow
from aistack.trend.tables import Collection


async def remove_collection(collections: Collections, row: AnyRow) -> None:
    """Raises Conflict for the default collection."""
    if row.name == "default":
        raise Conflict("the default collection cannot be deleted; delete its sources and documents instead")
    async with collections.records.write() as connection:
        await connection.execute(delete(Collection).where(Collection.id == row.id))
        await collections.access.remove_thing(connection, COLLECTION, row.public_id)
