"""Commands to a worker, and its health: reload, load, unload, drain, resume, status."""

from collections.abc import Mapping

from aistack import __version__
from aistack.inference.backends.backend import PredictFailed
from aistack.inference.worker.models import WorkerModel, WorkerModels
from aistack.inference.worker.predictions import Counters
from aistack.inference.worker.settings import CannotStart, WorkerSettings, model_spec

COMMANDS = ("reload", "load", "unload", "drain", "resume", "status")


class WorkerControl:
    """Runs commands. While `draining`, no new predictions are accepted."""

    def __init__(self, settings: WorkerSettings, models: WorkerModels, counters: Counters) -> None:
        self._settings = settings
        self._models = models
        self._counters = counters
        self.draining = False

    async def run(self, command: str, payload: Mapping[str, str]) -> dict[str, str]:
        """The answer's payload. Raises PredictFailed."""
        name = payload.get("model", "")
        if command == "load":
            return await self._load(name, payload.get("place", ""))
        if command == "unload":
            return {"model": self._models.get(name).spec.name, "unloaded": str(await self._models.unload(name)).lower()}
        if command == "reload":
            return await self._reload(name)
        if command in ("drain", "resume"):
            self.draining = command == "drain"
            return {"draining": str(self.draining).lower(), "running": str(self._counters.running)}
        if command == "status":
            return await self.metrics()
        text = f"unknown command {command!r}; commands: {', '.join(COMMANDS)}"
        raise PredictFailed(400, "unknown_command", text, "command")

    async def metrics(self) -> dict[str, str]:
        """Everything that is counted; the models' own counters as `model.NAME.COUNTER`."""
        counted = self._counters
        found = {
            "name": self._settings.name,
            "version": __version__,
            "models": ",".join(self._models.names),
            "adapters": ",".join(self._settings.limits.adapters),
            "loaded": ",".join(one.spec.name for one in self._models.all() if one.loaded),
            "draining": str(self.draining).lower(),
            "running": str(counted.running),
            "served": str(counted.served),
            "failed": str(counted.failed),
            "cancelled": str(counted.cancelled),
            "prompt_tokens": str(counted.prompt_tokens),
            "completion_tokens": str(counted.completion_tokens),
        }
        for model in self._models.all():
            found |= {f"model.{model.spec.name}.{key}": value for key, value in (await self._of_model(model)).items()}
        return found

    async def _of_model(self, model: WorkerModel) -> dict[str, str]:
        backend = model.backend
        found = {"loaded": str(model.loaded).lower(), "loads": str(model.loads), "users": str(model.users)}
        if backend is None:
            return found
        tasks = ",".join(sorted(task.lower() for task in backend.tasks))
        context = getattr(backend, "context", 0)
        about = {"backend": backend.kind, "tasks": tasks} | ({"context": str(context)} if context else {})
        return found | about | await backend.metrics()

    async def _load(self, name: str, place: str) -> dict[str, str]:
        if place or name not in self._models.names:
            try:
                spec = model_spec(f"{name}={place}" if place else name, self._settings.models_dir)
            except CannotStart as error:
                raise PredictFailed(404, "model_not_found", str(error), "model") from None
            if place and "/" in place and not place.startswith(str(self._settings.models_dir)):
                raise PredictFailed(400, "invalid_value", "place must be the name of a pulled model", "place")
            self._models.add(spec)
            name = spec.name
        model = await self._models.load(name)
        memory = model.backend.memory().described if model.backend is not None else ""
        return {"model": model.spec.name, "loaded": "true", "memory": memory}

    async def _reload(self, name: str) -> dict[str, str]:
        """Loads what is loaded again; the caller drains first, and what is in use refuses."""
        chosen = [self._models.get(name)] if name else [one for one in self._models.all() if one.loaded]
        for model in chosen:
            await self._models.unload(model.spec.name)
        for model in chosen:
            await self._models.load(model.spec.name)
        return {"reloaded": ",".join(one.spec.name for one in chosen)}
