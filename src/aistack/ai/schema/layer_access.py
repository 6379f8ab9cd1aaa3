"""Who may see and change a semantic layer: the connection's people with their levels, and those it is shared with.

A layer belongs to the owner of its connection. Grants on it let somebody describe the data without changing
the connection; they count only for people who may see the connection.
"""

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from aistack.access.access import Thing
from aistack.access.grants import AccessStore
from aistack.access.levels import Level, highest
from aistack.access.rules import check_level, needed_level
from aistack.ai.databases import Databases
from aistack.ai.tables import GRANTS, LAYER, THINGS, OwnedLayer
from aistack.chassis.identity import Principal
from aistack.connection.rights import as_maker, no_connection
from aistack.connection.wire import ConnectionView
from aistack.stores.records import Records


class LayerAccess:
    def __init__(self, records: Records, databases: Databases) -> None:
        self._records, self._databases = records, databases
        self.store = AccessStore(records, GRANTS, THINGS)

    async def find(self, asked: str, who: Principal) -> tuple[ConnectionView, Thing]:
        """The connection and its layer, for the level that the route needs. Raises NotFound, Forbidden."""
        wanted = needed_level()
        connection = await self._databases.connection(asked, who, "see")
        layer = await self._layer(connection)
        check_level(layer, await self._held(who, layer, connection), no_connection(asked), asked, wanted)
        return connection, layer

    async def held_on(self, who: Principal, layer: Thing) -> Level | None:
        return await self._held(who, layer, await self._databases.connection(layer.id, who, "see"))

    async def held_by_connection(self, who: Principal, layer: Thing) -> Level | None:
        """The level that a principal holds on a layer through its connection alone."""
        return (await self._databases.connection(layer.id, who, "see")).yours

    async def _held(self, who: Principal, layer: Thing, connection: ConnectionView) -> Level | None:
        granted = await self.store.held_on(as_maker(who), layer)
        return highest([connection.yours, *([granted] if granted is not None else [])])

    async def _layer(self, connection: ConnectionView) -> Thing:
        query = select(OwnedLayer.owner).where(OwnedLayer.id == connection.id)
        async with self._records.read() as reading:
            owner = await reading.scalar(query)
        if owner is None:
            try:
                async with self._records.write() as writing:
                    await writing.execute(insert(OwnedLayer).values(id=connection.id, owner=connection.owner))
            except IntegrityError:  # another request did at the same time
                pass
        elif owner != connection.owner:
            async with self._records.write() as writing:
                whose = update(OwnedLayer).where(OwnedLayer.id == connection.id)
                await writing.execute(whose.values(owner=connection.owner))
        return Thing(LAYER, connection.id, connection.owner)
