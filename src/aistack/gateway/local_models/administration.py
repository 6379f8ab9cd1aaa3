"""The models of this machine: what there is of each, and the changes that administrators make."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

from aistack.chassis.errors import Conflict, InvalidInput, NotFound
from aistack.chassis.telemetry.logs import get_log
from aistack.gateway.local_models.pulls import PullProgress, Pulls
from aistack.gateway.local_models.worker_link import WorkerAway, WorkerLink, WorkerRefused
from aistack.gateway.models.administration import ModelAdministration
from aistack.llm.known_models import KNOWN
from aistack.llm.model_folders import FolderRefused, LocalModel, local_model, local_models, remove_model
from aistack.stack.data_paths import DataPaths
from aistack.stack.description import Stack
from aistack.stack.errors import StackError
from aistack.stack.loader import load_stack
from aistack.stack.local_models import CHAT, ServedModels, needs_default, read_served, write_served
from aistack.stack.models import ROLES

MIRROR = "AISTACK_MODELS_MIRROR"
LOAD_SECONDS_MAX = 30.0  # a model that takes longer goes on loading


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """`loaded` is None while no worker answers."""

    model: LocalModel
    served: bool
    roles: tuple[str, ...]
    loaded: bool | None
    pull: PullProgress | None


class LocalModelAdministration:
    """`apply` puts a description that was read again in force in the model table; `start_worker` starts the worker if
    that is possible from here.
    """

    def __init__(
        self,
        stack: Stack,
        models: ModelAdministration,
        apply: Callable[[Stack], None],
        start_worker: Callable[[], None],
    ) -> None:
        self._stack = stack
        self._table = models
        self._apply = apply
        self._start_worker = start_worker
        self._folder = DataPaths(stack.data_dir).models
        self._worker = WorkerLink(lambda: self._stack.local_models.sidecar_address)
        self.pulls = Pulls(self._folder, lambda: self._stack.environment.get(MIRROR, ""))

    async def stop(self) -> None:
        """Ends what is in progress; pulls can be resumed."""
        self._worker.stop()
        await self.pulls.stop()

    def configure(self, stack: Stack) -> None:
        """Takes note of a description that was read again."""
        self._stack = stack

    async def all(self) -> list[ModelStatus]:
        """Every known or installed model. Raises InvalidInput if the choice of what is served is damaged."""
        found, served, loaded = (
            await asyncio.to_thread(local_models, self._folder),
            self._served(),
            await self._loaded(),
        )
        return [self._status(one, served, loaded) for one in found]

    async def one(self, name: str) -> ModelStatus:
        """Raises NotFound, InvalidInput."""
        return self._status(await self._found(name), self._served(), await self._loaded())

    async def pull(self, name: str) -> PullProgress:
        """Starts or resumes a pull. Raises NotFound, Conflict."""
        found = await self._found(name)
        if found.state == "installed":
            raise Conflict(f"{name} is installed already; remove it first to pull it again")
        if name not in KNOWN:
            raise NotFound(f"{name} is not a model that can be pulled; GET /gateway/local-models lists them")
        return await self.pulls.start(name)

    async def watch(self, name: str) -> AsyncGenerator[PullProgress]:
        """The progress of a pull. Raises NotFound if there was none since the gateway started."""
        if self.pulls.progress(name) is None:
            raise NotFound(f"{name} is not being pulled")
        return self.pulls.watch(name)

    async def use(self, name: str, roles: tuple[str, ...]) -> ModelStatus:
        """Serves an installed model, at once where a worker runs. Raises NotFound, Conflict, InvalidInput."""
        found = await self._found(name)
        if found.state != "installed":
            raise Conflict(f"{name} is not installed; pull it first")
        unknown = [role for role in roles if role not in ROLES]
        if unknown:
            raise InvalidInput(f"{unknown[0]!r} is not a role; roles: {', '.join(ROLES)}")
        served = self._served()
        if found.kind == CHAT and needs_default(self._table.entries, served):
            roles = (*roles, "default")
        self._choose(served, self._having(served, found, roles))
        for role in roles:
            if role in self._table.stored:  # set through the API earlier
                await self._table.delete(role)
        try:
            await self._worker.load(name, LOAD_SECONDS_MAX)
        except WorkerAway:
            get_log("gateway").info("local_model.waits_for_worker", model=name)
            self._start_worker()
        except WorkerRefused as error:
            now = self._served()
            self._choose(now, now.back_to(served, name))
            raise Conflict(f"{name} could not be loaded: {error}") from None
        get_log("gateway").info("local_model.served", model=name, roles=list(roles))
        return await self.one(name)

    async def stop_using(self, name: str) -> ModelStatus:
        """Serves a model no longer, and frees its memory; its files stay. Raises NotFound, Conflict."""
        await self._found(name)
        served = self._served()
        if name not in served.models:
            raise Conflict(f"{name} is not served")
        self._choose(served, served.without(name))
        try:
            await self._worker.unload(name)
        except (WorkerAway, WorkerRefused) as error:  # requests still use it: it is unloaded when they are done
            get_log("gateway").info("local_model.not_unloaded", model=name, error=str(error))
        return await self.one(name)

    async def remove(self, name: str) -> None:
        """Removes a model's files, and those of an interrupted pull. Raises NotFound, Conflict."""
        await self._found(name)
        if name in self._served().models:
            raise Conflict(f"{name} is served; stop serving it first")
        await self.pulls.cancel(name)
        try:
            removed = await asyncio.to_thread(remove_model, self._folder, name)
        except FolderRefused as error:
            raise Conflict(str(error)) from None
        if not removed:
            raise NotFound(f"{name} is not installed")
        self.pulls.forget(name)

    async def _found(self, name: str) -> LocalModel:
        found = await asyncio.to_thread(local_model, self._folder, name)
        if found.known is None and found.state == "absent":
            raise NotFound(f"no model has the name {name}; GET /gateway/local-models lists all")
        return found

    async def _loaded(self) -> frozenset[str] | None:
        return await self._worker.loaded() if self._stack.local_models.models else None

    def _status(self, model: LocalModel, served: ServedModels, loaded: frozenset[str] | None) -> ModelStatus:
        roles = tuple(role for role, name in served.roles.items() if name == model.name)
        is_loaded = None if loaded is None else model.name in loaded
        return ModelStatus(model, model.name in served.models, roles, is_loaded, self.pulls.progress(model.name))

    def _served(self) -> ServedModels:
        """The choice in the data folder; while that is damaged, the one in force, which the next change writes."""
        try:
            return read_served(self._folder)
        except StackError as error:
            in_force = self._stack.local_models
            if in_force.problem:
                raise InvalidInput(str(error)) from None
            get_log("gateway").warning("local_model.choice_damaged", error=str(error))
            return ServedModels(in_force.served, in_force.roles, in_force.kinds)

    def _having(self, served: ServedModels, model: LocalModel, roles: tuple[str, ...]) -> ServedModels:
        try:
            return served.having(model.name, roles, model.kind)
        except StackError as error:
            raise Conflict(str(error)) from None

    def _choose(self, before: ServedModels, after: ServedModels) -> None:
        """Writes the choice and puts it in force, or leaves everything as it was. Raises Conflict."""
        try:
            write_served(self._folder, after)
            try:
                described = load_stack(self._stack.source)
                self._apply(described)
            except StackError:
                write_served(self._folder, before)
                raise
        except StackError as error:
            raise Conflict(str(error)) from None
        self._stack = described
