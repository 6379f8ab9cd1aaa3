"""Semantic layers: show, save, restore, draft."""

from fastapi import APIRouter

from aistack.ai.prepared_databases import PreparedDatabases
from aistack.ai.schema.layer_draft import draft_layer
from aistack.ai.schema.layer_versions import LayerVersions
from aistack.ai.wire import LayerVersionView, LayerView, NewLayer
from aistack.chassis.authorization import require_administrator
from aistack.chassis.identity import principal
from aistack.stores.records import AnyRow


def layer_routes(prepared: PreparedDatabases, layers: LayerVersions) -> APIRouter:
    """`/api/ai/connections/{connection_id}/layer`."""
    router = APIRouter(prefix="/api/ai/connections/{connection_id}/layer", tags=["ai"])

    @router.get("")
    async def show(connection_id: str, version: int | None = None) -> LayerView:
        """The current semantic layer, or an older version of it."""
        connection = await prepared.databases.connection(connection_id, principal.get())
        return _view(connection.id, await layers.get(connection.id, version))

    @router.put("")
    async def put(connection_id: str, new: NewLayer) -> LayerView:
        """Saves a new version. It is checked against the schema, and its SQL is checked like any other statement."""
        require_administrator("change semantic layers")
        database = await prepared.snapshot(connection_id, principal.get())
        row = await layers.save(database.connection.id, database.schema, new, principal.get())
        return _view(database.connection.id, row)

    @router.get("/versions")
    async def versions(connection_id: str) -> list[LayerVersionView]:
        """The latest versions, newest first."""
        connection = await prepared.databases.connection(connection_id, principal.get())
        return [
            LayerVersionView(version=row.version, about=row.about, principal=row.principal, created_at=row.created_at)
            for row in await layers.history(connection.id)
        ]

    @router.post("/versions/{version}/restore")
    async def restore(connection_id: str, version: int) -> LayerView:
        """Saves an older version as a new one."""
        require_administrator("change semantic layers")
        database = await prepared.snapshot(connection_id, principal.get())
        row = await layers.get(database.connection.id, version)
        assert row is not None
        new = NewLayer(text=row.text, about=f"restored from version {version}")
        saved = await layers.save(database.connection.id, database.schema, new, principal.get())
        return _view(database.connection.id, saved)

    @router.get("/draft")
    async def draft(connection_id: str) -> LayerView:
        """A draft to start from: the names, labels, times and joins that were inferred from the schema."""
        database = await prepared.snapshot(connection_id, principal.get())
        return LayerView(
            connection_id=database.connection.id, version=0, text=draft_layer(database.schema, database.graph),
            about="", principal="", created_at=None,
        )  # fmt: skip

    return router


def _view(connection_id: str, row: AnyRow | None) -> LayerView:
    if row is None:
        return LayerView(connection_id=connection_id, version=0, text="", about="", principal="", created_at=None)
    return LayerView(
        connection_id=connection_id, version=row.version, text=row.text, about=row.about, principal=row.principal,
        created_at=row.created_at,
    )  # fmt: skip
