"""`/gateway/kept-responses`: what data planes keep of `/v1/responses`, and read again. For them only."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Body, Path

from aistack.chassis.errors import Forbidden, NotFound
from aistack.chassis.identity import ANONYMOUS, principal
from aistack.gateway.models.responses.client import DATA_PLANE
from aistack.gateway.models.responses.store import ResponseStore

Owner = Annotated[str, Path(max_length=256)]
ResponseId = Annotated[str, Path(max_length=160)]


def kept_response_routes(opened: Callable[[], Awaitable[ResponseStore]], *, identified: bool) -> APIRouter:
    """`opened` opens the store when it is first needed.

    Services other than the gateway itself are refused: a conversation is its owner's.
    """
    router = APIRouter(prefix="/gateway/kept-responses", tags=["models"])

    def check() -> None:
        who = principal.get()
        if identified and (who is ANONYMOUS or who.id != DATA_PLANE.id):
            raise Forbidden("only the gateway itself may do this")

    @router.get("/{owner:path}/{response_id}")
    async def read_response(owner: Owner, response_id: ResponseId) -> dict[str, Any]:
        """A response, and the items that led to it."""
        check()
        found = await (await opened()).get(owner, response_id)
        if found is None:
            raise NotFound(f"there is no response {response_id}")
        return found

    @router.put("/{owner:path}/{response_id}", status_code=204)
    async def keep_response(owner: Owner, response_id: ResponseId, content: Annotated[dict[str, Any], Body()]) -> None:
        """Keeps a response until it expires."""
        check()
        await (await opened()).put(owner, response_id, content)

    @router.delete("/{owner:path}/{response_id}", status_code=204)
    async def delete_response(owner: Owner, response_id: ResponseId) -> None:
        """Deletes a response."""
        check()
        if not await (await opened()).delete(owner, response_id):
            raise NotFound(f"there is no response {response_id}")

    return router
