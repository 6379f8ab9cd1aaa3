"""Semantic layers: show, save, restore, draft."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from aistack.access.access import Thing
from aistack.access.routes import access_routes
from aistack.access.rules import needs
from aistack.ai.prepared_databases import PreparedDatabases
from aistack.ai.schema.layer_access import LayerAccess
from aistack.ai.schema.layer_draft import draft_layer
from aistack.ai.schema.layer_versions import LayerVersions
from aistack.ai.tables import LAYER
from aistack.ai.wire import LayerVersionView, LayerView, NewLayer
from aistack.chassis.identity import principal
from aistack.connection.rights import as_maker
from aistack.stores.records import AnyRow

VERSION_MAX = 2**31 - 1


def layer_routes(prepared: PreparedDatabases, layers: LayerVersions, access: LayerAccess) -> APIRouter:
    """`/api/ai/connections/{connection_id}/layer`, and with whom it is shared at `/api/ai/layers/{connection_id}`."""
    router = APIRouter(prefix="/api/ai/connections/{connection_id}/layer", tags=["ai"])

    async def shared(asked: str) -> Thing:
        return (await access.find(asked, principal.get()))[1]

    @router.get("", dependencies=[needs(LAYER, "view")])
    async def show(connection_id: str, version: Annotated[int | None, Query(ge=0, le=VERSION_MAX)] = None) -> LayerView:
        """The current semantic layer, or an older version of it."""
        connection, _ = await access.find(connection_id, principal.get())
        return _view(connection.id, await layers.get(connection.id, version))

    @router.put("", dependencies=[needs(LAYER, "edit")])
    async def put(connection_id: str, new: NewLayer) -> LayerView:
        """Saves a new version. It is checked against the schema, and its SQL is checked like any other statement."""
        connection, _ = await access.find(connection_id, principal.get())
        database = await prepared.snapshot(connection.id, principal.get())
        row = await layers.save(database.connection, database.schema, new, principal.get())
        return _view(database.connection.id, row)

    @router.get("/versions", dependencies=[needs(LAYER, "view")])
    async def versions(connection_id: str) -> list[LayerVersionView]:
        """The latest versions, newest first."""
        connection, _ = await access.find(connection_id, principal.get())
        return [
            LayerVersionView(version=row.version, about=row.about, principal=row.principal, created_at=row.created_at)
            for row in await layers.history(connection.id)
        ]

    @router.post("/versions/{version}/restore", dependencies=[needs(LAYER, "edit")])
    async def restore(connection_id: str, version: Annotated[int, Path(ge=1, le=VERSION_MAX)]) -> LayerView:
        """Saves an older version as a new one."""
        connection, _ = await access.find(connection_id, principal.get())
        database = await prepared.snapshot(connection.id, principal.get())
        row = await layers.get(database.connection.id, version)
        assert row is not None
        new = NewLayer(text=row.text, about=f"restored from version {version}")
        saved = await layers.save(database.connection, database.schema, new, principal.get())
        return _view(database.connection.id, saved)

    @router.get("/draft", dependencies=[needs(LAYER, "use")])
    async def draft(connection_id: str) -> LayerView:
        """A draft to start from: the names, labels, times and joins that were inferred from the schema."""
        connection, _ = await access.find(connection_id, principal.get())
        database = await prepared.snapshot(connection.id, principal.get())
        return LayerView(
            connection_id=database.connection.id, version=0, text=draft_layer(database.schema, database.graph),
            about="", principal="", created_at=None,
        )  # fmt: skip

    whole = APIRouter()
    whole.include_router(router)
    whole.include_router(
        access_routes(
            "/api/ai/layers", LAYER, access.store, shared, ["ai"], access.held_on,
            caller=lambda: as_maker(principal.get()), otherwise=access.held_by_connection,
        )
    )  # fmt: skip
    return whole


def _view(connection_id: str, row: AnyRow | None) -> LayerView:
    if row is None:
        return LayerView(connection_id=connection_id, version=0, text="", about="", principal="", created_at=None)
    return LayerView(
        connection_id=connection_id, version=row.version, text=row.text, about=row.about, principal=row.principal,
        created_at=row.created_at,
    )  # fmt: skip
