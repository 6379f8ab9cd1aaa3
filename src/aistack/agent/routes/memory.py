"""HTTP endpoints for the facts that the assistant remembers about you."""

from typing import Annotated

from fastapi import APIRouter, Query

from aistack.access.rules import open_to
from aistack.agent.memory.facts import FactStore
from aistack.agent.wire import FactText, FactView
from aistack.chassis.errors import NotFound
from aistack.chassis.identity import principal
from aistack.stores.records import AnyRow


def memory_routes(facts: FactStore) -> APIRouter:
    """`/v1/agent/memory`: always the caller's own facts."""
    router = APIRouter(prefix="/v1/agent/memory", tags=["agent"])

    @router.get("", dependencies=[open_to("everyone")])
    async def list_facts(
        q: Annotated[str, Query(max_length=1_000)] = "", limit: Annotated[int, Query(ge=1, le=2_000)] = 500
    ) -> list[FactView]:
        """What is remembered about you, newest first; with `q`, what matches it, best first."""
        owner = principal.get().subject
        found = await facts.find(owner, q, limit) if q.strip() else (await facts.of(owner))[:limit]
        return [_view(one) for one in found]

    @router.post("", status_code=201, dependencies=[open_to("members")])
    async def add_fact(new: FactText) -> FactView:
        return _view(await facts.add(principal.get().subject, new.text, "", "user"))

    @router.put("/{fact}", dependencies=[open_to("members")])
    async def change_fact(fact: str, new: FactText) -> FactView:
        return _view(await facts.change(principal.get().subject, fact, new.text))

    @router.delete("/{fact}", status_code=204, dependencies=[open_to("members")])
    async def delete_fact(fact: str) -> None:
        if not await facts.remove(principal.get().subject, [fact]):
            raise NotFound(f"you have no fact {fact[:40]}; GET /v1/agent/memory lists them")

    return router


def _view(row: AnyRow) -> FactView:
    return FactView(
        id=row.public_id, text=row.text, source=row.source, session_id=row.session_id or None,
        created_at=row.created_at, changed_at=row.changed_at,
    )  # fmt: skip
