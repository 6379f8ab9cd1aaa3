"""The worker's models: loaded on first use, unloaded when idle, loaded again after a crash."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from aistack.chassis.telemetry.logs import get_log
from aistack.inference.backends.backend import Backend, LoadFailed, PredictFailed
from aistack.inference.backends.resource_limits import free_memory
from aistack.inference.worker.settings import ModelSpec

MODELS_MAX = 64
CHECK_SECONDS = 1.0
LOG = "worker"

Opener = Callable[[str], Backend]


class WorkerModel:
    """A model that may be loaded. `users` counts the requests that hold it."""

    def __init__(self, spec: ModelSpec) -> None:
        self.spec = spec
        self.backend: Backend | None = None
        self.users = 0
        self.used_at = 0.0
        self.loads = 0
        self.lock = asyncio.Lock()

    @property
    def loaded(self) -> bool:
        return self.backend is not None and self.backend.alive


class WorkerModels:
    """All models of a worker, by name. Close it to unload them."""

    def __init__(self, specs: tuple[ModelSpec, ...], opener: Opener, keep_alive: float) -> None:
        self._models = {spec.name: WorkerModel(spec) for spec in specs}
        self._opener = opener
        self._keep_alive = keep_alive
        self._watching: asyncio.Task[None] | None = None

    @property
    def names(self) -> list[str]:
        return list(self._models)

    def start(self) -> None:
        """Begins to unload what is idle."""
        if self._keep_alive:
            self._watching = asyncio.create_task(self._watch())

    async def close(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
        for model in self._models.values():
            await self._unload(model)

    def get(self, name: str) -> WorkerModel:
        """The model of a name; the only one for an empty name. Raises PredictFailed."""
        if not name and len(self._models) == 1:
            return next(iter(self._models.values()))
        model = self._models.get(name)
        if model is None:
            known = ", ".join(self._models) or "none"
            raise PredictFailed(404, "model_not_found", f"there is no model {name!r} here; models: {known}", "model")
        return model

    @asynccontextmanager
    async def use(self, name: str) -> AsyncGenerator[Backend]:
        """The loaded backend of a model, held while it is used. Raises PredictFailed."""
        model = self.get(name)
        model.users += 1
        try:
            yield await self._loaded(model)
        finally:
            model.users -= 1
            model.used_at = time.monotonic()

    async def load(self, name: str) -> WorkerModel:
        """Raises PredictFailed."""
        model = self.get(name)
        await self._loaded(model)
        return model

    async def unload(self, name: str) -> bool:
        """Whether the model was loaded. Raises PredictFailed while requests use it."""
        model = self.get(name)
        if model.users:
            text = f"{model.spec.name} is in use by {model.users} requests; drain the worker first"
            raise PredictFailed(409, "model_in_use", text)
        return await self._unload(model)

    def add(self, spec: ModelSpec) -> None:
        """Makes another model known. Raises PredictFailed."""
        if spec.name in self._models:
            return
        if len(self._models) >= MODELS_MAX:
            raise PredictFailed(400, "too_many_models", f"a worker has at most {MODELS_MAX} models")
        self._models[spec.name] = WorkerModel(spec)

    def all(self) -> list[WorkerModel]:
        return list(self._models.values())

    async def _loaded(self, model: WorkerModel) -> Backend:
        if model.backend is not None and model.backend.alive:
            return model.backend
        async with model.lock:
            if model.backend is not None and model.backend.alive:
                return model.backend
            if model.backend is not None:
                get_log(LOG).warning("model.crashed", model=model.spec.name)
                await model.backend.close()
                model.backend = None
            return await self._load(model)

    async def _load(self, model: WorkerModel) -> Backend:
        name, begun = model.spec.name, time.monotonic()
        try:
            backend = self._opener(model.spec.place)
            memory = backend.memory()
            await self._make_room(name, memory.total)
            get_log(LOG).info("model.loading", model=name, backend=backend.kind, memory=memory.described)
            await backend.load()
        except LoadFailed as error:
            get_log(LOG).error("model.load_failed", model=name, error=str(error))
            raise PredictFailed(503, "model_not_loaded", f"{name} could not be loaded: {error}") from None
        model.backend, model.used_at = backend, time.monotonic()
        model.loads += 1
        get_log(LOG).info("model.loaded", model=name, duration_ms=round((time.monotonic() - begun) * 1000))
        return backend

    async def _make_room(self, name: str, needed: int) -> None:
        """Unloads idle models, the longest unused first, until a model fits. Raises LoadFailed if it does not."""
        idle = sorted(
            (one for one in self._models.values() if one.loaded and not one.users), key=lambda one: one.used_at
        )
        while (free := free_memory()) < needed and idle:
            await self._unload(idle.pop(0))
        if free < needed:
            raise LoadFailed(
                f"it takes about {needed >> 20} MB of memory, and {free >> 20} MB are free; unload other models, "
                "choose a smaller one, or set a smaller --context"
            )

    async def _unload(self, model: WorkerModel) -> bool:
        async with model.lock:
            backend, model.backend = model.backend, None
            if backend is None:
                return False
            await backend.close()
            get_log(LOG).info("model.unloaded", model=model.spec.name)
            return True

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(min(CHECK_SECONDS, self._keep_alive))
            for model in self._models.values():
                idle = time.monotonic() - model.used_at
                if model.backend is not None and not model.users and idle >= self._keep_alive:
                    await self._unload(model)
