"""HTTP endpoints for connections and their schemas."""

from typing import Annotated

from fastapi import APIRouter, Body, Query

from aistack.access.access import Thing
from aistack.access.belongings import belongings_routes
from aistack.access.levels import at_least
from aistack.access.routes import People, access_routes
from aistack.access.rules import Audience, needs, open_to
from aistack.chassis.errors import Forbidden
from aistack.chassis.identity import principal
from aistack.connection.connections import Connections
from aistack.connection.export import connection_exports
from aistack.connection.lookup import thing
from aistack.connection.rights import KIND, Rights, Roles
from aistack.connection.schemas import Schemas
from aistack.connection.wire import (
    Candidate,
    ConnectionChange,
    ConnectionView,
    NewConnection,
    Relation,
    Rotated,
    Rules,
    SchemaHit,
    SchemaView,
    SealedTarget,
    TestView,
)
from aistack.stores.records import AnyRow

PREFIX = "/api/connections"
IDS_MAX = 10_000
FOR_MANAGERS = ("roles", "rules")  # they decide who sees what, as grants do


def connection_routes(connections: Connections, schemas: Schemas, people: People) -> APIRouter:
    """`/api/connections`."""
    router = APIRouter(prefix=PREFIX, tags=["connections"])
    lookup = connections.lookup
    creators: Audience = "members" if connections.settings.members_connect else "administrators"

    async def shared(asked: str) -> Thing:
        row, _ = await lookup.find(asked, principal.get())
        return thing(row)

    async def shown(row: AnyRow, rights: Rights) -> ConnectionView:
        view = _view(row, rights)
        if view.rules and at_least(view.yours, "edit"):
            view.rule_problems = await schemas.rule_problems(row)
        return view

    async def delete(connection_id: str) -> None:
        await connections.remove(connection_id)
        schemas.forget(connection_id)

    @router.get("", dependencies=[open_to("everyone")])
    async def list_connections() -> list[ConnectionView]:
        """The connections that you can see."""
        return [await shown(row, rights) for row, rights in await lookup.visible(principal.get())]

    @router.post("", status_code=201, dependencies=[open_to(creators)])
    async def create(new: NewConnection) -> ConnectionView:
        """Adds a connection of your own. Its account is tested, and rejected if it has too many privileges."""
        who = principal.get()
        row = await lookup.one(await connections.create(new, who))
        return await shown(row, await lookup.rights_of(row, who))

    @router.post("/rotate", dependencies=[open_to("administrators")])
    async def rotate() -> Rotated:
        """Encrypts everything with the first key of ENCRYPTION_KEY. The older keys can be removed afterwards."""
        resealed, locked_out = await connections.reseal()
        return Rotated(resealed=resealed, locked_out=locked_out)

    @router.post("/existing", dependencies=[open_to("services")])
    async def existing(ids: Annotated[list[str], Body(max_length=IDS_MAX)]) -> list[str]:
        """For services that keep something about connections: which of these exist."""
        return await lookup.existing(ids)

    router.include_router(belongings_routes("", lookup.access, {KIND: delete}, connection_exports(lookup.access)))

    @router.get("/{connection_id}", dependencies=[needs(KIND, "view")])
    async def show(connection_id: str) -> ConnectionView:
        return await shown(*await lookup.find(connection_id, principal.get()))

    @router.patch("/{connection_id}", dependencies=[needs(KIND, "edit")])
    async def change(connection_id: str, change: ConnectionChange) -> ConnectionView:
        """Changes a connection. A new address needs the password again; roles and rules need the level `manage`."""
        who = principal.get()
        row, rights = await lookup.find(connection_id, who)
        if rights.level != "manage" and change.model_fields_set & set(FOR_MANAGERS):
            raise Forbidden(f"you may edit {connection_id}, but only its managers can change its roles and rules")
        await connections.change(row, change, who)
        return await shown(*await lookup.find(row.id, who))

    @router.delete("/{connection_id}", status_code=204, dependencies=[needs(KIND, "manage")])
    async def remove(connection_id: str) -> None:
        row, _ = await lookup.find(connection_id, principal.get())
        await delete(row.id)

    @router.post("/{connection_id}/test", dependencies=[needs(KIND, "view")])
    async def test(connection_id: str) -> TestView:
        """Tests the connection: latency, the server's version, the account's privileges."""
        row, _ = await lookup.find(connection_id, principal.get())
        tested = await connections.test(connections.target(row))
        await connections.note_test(row, tested)
        return TestView.model_validate(tested)

    @router.get("/{connection_id}/schema", dependencies=[needs(KIND, "view")])
    async def schema(connection_id: str, refresh: bool = False) -> SchemaView:
        """Tables, views, columns, keys, indexes, comments, estimated row counts, frequent values."""
        row, _ = await lookup.find(connection_id, principal.get())
        return await schemas.shown(row, principal.get(), refresh=refresh)

    @router.get("/{connection_id}/schema/search", dependencies=[needs(KIND, "view")])
    async def search(connection_id: str, q: Annotated[str, Query(min_length=1, max_length=500)]) -> list[SchemaHit]:
        """Finds tables and columns by words in their names, comments and values."""
        row, _ = await lookup.find(connection_id, principal.get())
        return await schemas.search(row, q, principal.get())

    @router.get("/{connection_id}/candidates", dependencies=[open_to("services")])
    async def candidates(connection_id: str) -> list[Candidate]:
        """For services: all connections that an id or a name may mean, and who may use them."""
        return await lookup.candidates(connection_id)

    @router.get("/{connection_id}/target", dependencies=[open_to("services")])
    async def target(connection_id: str) -> SealedTarget:
        """For services that run statements: address and credentials, encrypted with the shared key."""
        return await connections.sealed_target(await lookup.one(connection_id))

    @router.get("/{connection_id}/relations", dependencies=[open_to("services")])
    async def relations(
        connection_id: str, age_seconds_max: Annotated[float, Query(ge=0, le=1e9)] = 3600
    ) -> list[Relation]:
        """For services that apply rules: the tables, and what views, partitions and foreign keys make of them."""
        return await schemas.relations(await lookup.one(connection_id), age_seconds_max)

    whole = APIRouter()
    whole.include_router(router)
    sharing = access_routes(PREFIX, KIND, lookup.access, shared, ["connections"], lookup.held_on, people=people)
    whole.include_router(sharing)
    return whole


def _view(row: AnyRow, rights: Rights) -> ConnectionView:
    assert rights.level is not None
    rules, roles = Rules.model_validate(row.rules), Roles.model_validate(row.roles)
    if not at_least(rights.level, "edit"):
        rules, roles = rules.against(principal.get()), Roles(see=[], ask=[], run=[], write=[])
    return ConnectionView(
        id=row.id, name=row.name, owner=row.owner, yours=rights.level, engine=row.engine, place=row.place,
        max_connections=row.max_connections, samples=row.samples, rights=list(rights.rights), roles=roles, rules=rules,
        tested=row.tested, created_at=row.created_at, updated_at=row.updated_at,
    )  # fmt: skip
