"""What belongs to a person in one service, and what becomes of it when the person leaves. For the gateway only."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from aistack.access.access import Thing
from aistack.access.exporting.exports import Export, ExportResponse, framed, parts_of
from aistack.access.grants import AccessStore
from aistack.access.routes import OWNER_PATTERN
from aistack.access.rules import open_to
from aistack.chassis.errors import InvalidInput

Delete = Callable[[str], Awaitable[None]]  # deletes the thing with this id; one that is gone is no error

Owner = Annotated[str, Query(pattern=OWNER_PATTERN)]
Listed = Annotated[bool, Query(alias="list", description="name each thing, too")]


class Belonging(BaseModel):
    """`name` is the question or statement of things that have no name."""

    id: str
    name: str


class Belongings(BaseModel):
    """How many things of each kind belong to the subject, and which if they are asked for."""

    subject: str
    counts: dict[str, int]
    things: dict[str, list[Belonging]] | None = None


class Bequest(BaseModel):
    """`heir` gets what belongs to the subject; without an heir it is deleted."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"subject": "user:0123456789ab", "heir": "owner"}]}
    )

    subject: str = Field(pattern=OWNER_PATTERN)
    heir: str | None = Field(pattern=OWNER_PATTERN)


def belongings_routes(
    prefix: str, store: AccessStore, deletions: Mapping[str, Delete], exports: Mapping[str, Export]
) -> APIRouter:
    """`PREFIX/belongings`. `deletions` delete a thing by its id, by kind.

    `exports` give the contents of what belongs to a subject, by kind; there may be more kinds than things have.
    """
    router = APIRouter(prefix=f"{prefix}/belongings", tags=["access"])

    @router.get("", dependencies=[open_to("services")])
    async def show_belongings(subject: Owner, listed: Listed = False) -> Belongings:
        """What belongs to a subject."""
        if not listed:
            return Belongings(subject=subject, counts=await store.counts(subject))
        things = await _things_of(store, subject)
        return Belongings(subject=subject, counts={kind: len(rows) for kind, rows in things.items()}, things=things)

    @router.get("/contents", response_class=Response, dependencies=[open_to("services")])
    async def export_belongings(subject: Owner) -> ExportResponse:
        """The contents of what belongs to a subject: files, and what is left out, in frames."""
        return ExportResponse(framed(parts_of(exports, subject)), media_type="application/octet-stream")

    @router.post("", dependencies=[open_to("services")])
    async def hand_over(bequest: Bequest) -> Belongings:
        """Hands everything over to the heir, or deletes it, and removes the subject's grants. Returns what there was.

        Repeat it if it fails: what was handled stays handled.
        """
        if bequest.heir == bequest.subject:
            raise InvalidInput("the heir must be someone else")
        before = await store.counts(bequest.subject)
        for kind in store.kinds:
            for thing_id in await store.owned(bequest.subject, kind):
                if bequest.heir is None:
                    await deletions[kind](thing_id)
                else:
                    await store.transfer(Thing(kind, thing_id, bequest.subject), bequest.heir)
        await store.forget(bequest.subject)
        return Belongings(subject=bequest.subject, counts=before)

    return router


async def _things_of(store: AccessStore, subject: str) -> dict[str, list[Belonging]]:
    """The things of each kind that belong to a subject."""
    found: dict[str, list[Belonging]] = {}
    async with store.records.read() as connection:
        for one in store.kinds.values():
            rows = await connection.execute(select(one.key, one.name).where(one.owner == subject).order_by(one.id))
            found[one.kind] = [Belonging(id=key, name=name) for key, name in rows]
    return found
