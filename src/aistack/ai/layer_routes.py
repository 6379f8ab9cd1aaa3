"""HTTP in and out of semantic layers."""

from fastapi import APIRouter

from aistack.ai.drawing import drawn
from aistack.ai.knowing import Knowing
from aistack.ai.layers import Layers
from aistack.ai.wire import LayerVersionView, LayerView, NewLayer
from aistack.chassis.authorization import require_administrator
from aistack.chassis.identity import principal
from aistack.stores.records import AnyRow


def layer_routes(knowing: Knowing, layers: Layers) -> APIRouter:
    """`/api/ai/connections/{connection_id}/layer`."""
    router = APIRouter(prefix="/api/ai/connections/{connection_id}/layer", tags=["ai"])

    @router.get("")
    async def show(connection_id: str, version: int | None = None) -> LayerView:
        """The semantic layer in force, or an older version of it."""
        known = await knowing.databases.connection(connection_id, principal.get())
        return _view(known.id, await layers.one(known.id, version))

    @router.put("")
    async def put(connection_id: str, new: NewLayer) -> LayerView:
        """A new version, checked against the schema; each part in SQL goes through the walls."""
        require_administrator("change semantic layers")
        known = await knowing.of(connection_id, principal.get())
        row = await layers.put(known.connection.id, known.schema, new, principal.get())
        return _view(known.connection.id, row)

    @router.get("/versions")
    async def versions(connection_id: str) -> list[LayerVersionView]:
        known = await knowing.databases.connection(connection_id, principal.get())
        return [
            LayerVersionView(version=row.version, about=row.about, principal=row.principal, created_at=row.created_at)
            for row in await layers.versions(known.id)
        ]

    @router.post("/versions/{version}/restore")
    async def restore(connection_id: str, version: int) -> LayerView:
        """Puts an older version in force again, as a new one."""
        require_administrator("change semantic layers")
        known = await knowing.of(connection_id, principal.get())
        row = await layers.one(known.connection.id, version)
        assert row is not None
        new = NewLayer(text=row.text, about=f"version {version} again")
        return _view(known.connection.id, await layers.put(known.connection.id, known.schema, new, principal.get()))

    @router.get("/draft")
    async def draft(connection_id: str) -> LayerView:
        """A layer to begin with, drawn from the schema: what the rules take tables and columns for."""
        known = await knowing.of(connection_id, principal.get())
        text = drawn(known.schema, known.knowledge)
        return LayerView(
            connection_id=known.connection.id, version=0, text=text, about="", principal="", created_at=None
        )

    return router


def _view(connection_id: str, row: AnyRow | None) -> LayerView:
    if row is None:
        return LayerView(connection_id=connection_id, version=0, text="", about="", principal="", created_at=None)
    return LayerView(
        connection_id=connection_id, version=row.version, text=row.text, about=row.about, principal=row.principal,
        created_at=row.created_at,
    )  # fmt: skip
