"""`/gateway/local-models`: the models of this machine: pull, serve, remove. For administrators."""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import StreamingResponse

from aistack.gateway.local_models.administration import LocalModelAdministration, ModelStatus
from aistack.gateway.local_models.pulls import PullProgress
from aistack.gateway.routes.scope_guard import actor_of
from aistack.gateway.wire.models import LocalModelList, LocalModelView, PullView, UseRequest

Name = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")]
Note = Callable[[str, str, str, str], Awaitable[None]]  # action, subject, detail and address to the audit log
MEGABYTE = 1_000_000


def local_model_routes(local: LocalModelAdministration, guard: Callable[[], None] | None, note: Note) -> APIRouter:
    """`guard` rejects callers that are not administrators; None while identity is off."""
    guards = [Depends(guard)] if guard else []
    router = APIRouter(prefix="/gateway/local-models", tags=["local models"], dependencies=guards)

    @router.get("")
    async def list_local_models() -> LocalModelList:
        """The models that can be pulled, and those that are installed."""
        return LocalModelList(models=[_view(one) for one in await local.all()])

    @router.get("/{name}")
    async def get_local_model(name: Name) -> LocalModelView:
        """One of them."""
        return _view(await local.one(name))

    @router.delete("/{name}", status_code=204)
    async def remove_local_model(name: Name, request: Request) -> None:
        """Removes the files of a model that is not served, and those of an interrupted pull."""
        await local.remove(name)
        await note("local_model.removed", name, "", actor_of(request.scope).address)

    @router.post("/{name}/pull", status_code=202)
    async def start_pull(name: Name, request: Request) -> PullView:
        """Starts a pull, or resumes an interrupted one. One that is in progress goes on."""
        started = await local.pull(name)
        await note("local_model.pull", name, "", actor_of(request.scope).address)
        return _pull(started)

    @router.get("/{name}/pull", response_class=StreamingResponse)
    async def watch_pull(name: Name) -> StreamingResponse:
        """The progress of a pull as server-sent events, `progress` each time it changes, until it ends."""
        changes = await local.watch(name)
        return StreamingResponse(
            _events(changes), media_type="text/event-stream", headers={"cache-control": "no-store"}
        )

    @router.delete("/{name}/pull", status_code=204)
    async def cancel_pull(name: Name, request: Request) -> None:
        """Stops a pull. What it received is kept: the next pull resumes it."""
        await local.pulls.cancel(name)
        await note("local_model.pull_cancelled", name, "", actor_of(request.scope).address)

    @router.put("/{name}/use")
    async def use(name: Name, wanted: UseRequest, request: Request) -> LocalModelView:
        """Serves an installed model at /v1, at once where a worker runs. The first one becomes `default`."""
        used = await local.use(name, tuple(wanted.roles))
        await note("local_model.used", name, " ".join(used.roles), actor_of(request.scope).address)
        return _view(used)

    @router.delete("/{name}/use")
    async def stop_using(name: Name, request: Request) -> LocalModelView:
        """Serves a model no longer. Its files stay."""
        stopped = await local.stop_using(name)
        await note("local_model.stopped", name, "", actor_of(request.scope).address)
        return _view(stopped)

    return router


async def _events(changes: AsyncGenerator[PullProgress]) -> AsyncGenerator[str]:
    async for progress in changes:
        yield f"event: progress\ndata: {json.dumps(_pull(progress).model_dump())}\n\n"


def _pull(progress: PullProgress) -> PullView:
    return PullView(
        state=progress.state,
        file=progress.file,
        bytes=progress.received,
        total=progress.total,
        error=progress.error,
    )


def _view(status: ModelStatus) -> LocalModelView:
    model, known = status.model, status.model.known
    pull = status.pull
    return LocalModelView(
        name=model.name,
        state="pulling" if pull is not None and pull.state == "pulling" else model.state,
        kind=model.kind,
        about=known.about if known else "",
        languages=known.languages if known else "",
        licence=known.licence if known else "",
        sources=known.sources if known else "",
        bytes=model.size,
        download_bytes=known.megabytes * MEGABYTE if known else 0,
        served=status.served,
        roles=list(status.roles),
        loaded=status.loaded,
        pull=_pull(pull) if pull else None,
    )
