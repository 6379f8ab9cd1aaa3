"""HTTP endpoints for connections and their schemas."""

from typing import Annotated

from fastapi import APIRouter, Query

from aistack.chassis.authorization import require_administrator, require_service
from aistack.chassis.identity import principal
from aistack.connection.connections import Connections
from aistack.connection.schemas import Schemas
from aistack.connection.wire import (
    ConnectionChange,
    ConnectionView,
    NewConnection,
    Right,
    Roles,
    Rotated,
    SchemaHit,
    SchemaView,
    SealedTarget,
    TestView,
)
from aistack.stores.records import AnyRow


def connection_routes(connections: Connections, schemas: Schemas) -> APIRouter:
    """`/api/connections`."""
    router = APIRouter(prefix="/api/connections", tags=["connections"])

    async def allowed(connection_id: str, right: Right) -> tuple[AnyRow, list[Right]]:
        row, who = await connections.one(connection_id), principal.get()
        if who.kind == "service":  # it may fetch the target anyway; rights are checked for the principal that it serves
            return row, [right]
        return row, Roles.model_validate(row.roles).require(right, who, connection_id)

    @router.get("")
    async def list_connections() -> list[ConnectionView]:
        """The connections that you can see."""
        who = principal.get()
        rows = [(row, Roles.model_validate(row.roles).held_by(who)) for row in await connections.all()]
        return [_view(row, held) for row, held in rows if held or who.is_administrator]

    @router.post("", status_code=201)
    async def create(new: NewConnection) -> ConnectionView:
        """Adds a connection. Its account is tested, and rejected if it has too many privileges."""
        require_administrator("change connections")
        row = await connections.one(await connections.create(new))
        return _view(row, Roles.model_validate(row.roles).held_by(principal.get()))

    @router.post("/rotate")
    async def rotate() -> Rotated:
        """Encrypts everything with the first key of ENCRYPTION_KEY. The older keys can be removed afterwards."""
        require_administrator("change connections")
        resealed, locked_out = await connections.reseal()
        return Rotated(resealed=resealed, locked_out=locked_out)

    @router.get("/{connection_id}")
    async def show(connection_id: str) -> ConnectionView:
        return _view(*await allowed(connection_id, "see"))

    @router.patch("/{connection_id}")
    async def change(connection_id: str, change: ConnectionChange) -> ConnectionView:
        require_administrator("change connections")
        row = await connections.one(connection_id)
        await connections.change(row, change)
        return _view(*await allowed(row.id, "see"))

    @router.delete("/{connection_id}", status_code=204)
    async def remove(connection_id: str) -> None:
        require_administrator("change connections")
        row = await connections.one(connection_id)
        await connections.remove(row)
        schemas.forget(row.id)

    @router.post("/{connection_id}/test")
    async def test(connection_id: str) -> TestView:
        """Tests the connection: latency, the server's version, the account's privileges."""
        row, _ = await allowed(connection_id, "see")
        tested = await connections.test(connections.target(row))
        await connections.note_test(row, tested)
        return TestView.model_validate(tested)

    @router.get("/{connection_id}/schema")
    async def schema(connection_id: str, refresh: bool = False) -> SchemaView:
        """Tables, views, columns, keys, indexes, comments, estimated row counts, frequent values."""
        row, _ = await allowed(connection_id, "see")
        return await schemas.shown(row, principal.get(), refresh=refresh)

    @router.get("/{connection_id}/schema/search")
    async def search(connection_id: str, q: Annotated[str, Query(min_length=1, max_length=500)]) -> list[SchemaHit]:
        """Finds tables and columns by words in their names, comments and values."""
        row, _ = await allowed(connection_id, "see")
        return await schemas.search(row, q, principal.get())

    @router.get("/{connection_id}/target")
    async def target(connection_id: str) -> SealedTarget:
        """For services that run statements: address and credentials, encrypted with the shared key."""
        require_service()
        return connections.sealed_target(await connections.one(connection_id))

    return router


def _view(row: AnyRow, held: list[Right]) -> ConnectionView:
    return ConnectionView(
        id=row.id, name=row.name, engine=row.engine, place=row.place, max_connections=row.max_connections,
        samples=row.samples, rights=held, roles=row.roles, rules=row.rules, tested=row.tested,
        created_at=row.created_at, updated_at=row.updated_at,
    )  # fmt: skip
