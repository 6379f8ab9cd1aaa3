"""Runs a worker until it is told to stop; then it drains."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable

from aistack.chassis.runtime.memory import settle_memory
from aistack.chassis.telemetry.logs import configure_logs, get_log
from aistack.inference.backends.backend import PredictFailed
from aistack.inference.backends.opening import open_backend
from aistack.inference.worker.control import WorkerControl
from aistack.inference.worker.models import WorkerModels
from aistack.inference.worker.predictions import Counters
from aistack.inference.worker.server import WorkerServer
from aistack.inference.worker.service import InferenceService
from aistack.inference.worker.settings import WorkerSettings

DRAIN_SECONDS = 30.0


def run(settings: WorkerSettings, on_ready: Callable[[], None] = lambda: None) -> None:
    """Serves until SIGTERM or SIGINT; calls `on_ready` on the event loop once it listens. Raises CannotStart."""
    import uvloop

    configure_logs(os.environ.get("WORKER_LOG_LEVEL", "info"), os.environ.get("WORKER_LOG_FORMAT", "auto"))
    uvloop.run(_serve(settings, on_ready))


async def _serve(settings: WorkerSettings, on_ready: Callable[[], None]) -> None:
    models = WorkerModels(
        settings.models, lambda place: open_backend(place, settings.limits, settings.key), settings.keep_alive
    )
    counters = Counters()
    control = WorkerControl(settings, models, counters)
    server = WorkerServer(settings.uds_path, InferenceService(models, control, counters))
    await server.start()
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    models.start()
    preloading = asyncio.create_task(_preload(settings, models))
    get_log("worker").info("worker.ready", uds_path=str(settings.uds_path), models=models.names)
    settle_memory()
    on_ready()
    await stopping.wait()
    control.draining = True
    preloading.cancel()
    await server.drain(DRAIN_SECONDS)
    await models.close()
    get_log("worker").info("worker.stopped")


async def _preload(settings: WorkerSettings, models: WorkerModels) -> None:
    """Loads the first model, so that the first request need not wait."""
    if settings.preload and settings.models:
        with contextlib.suppress(PredictFailed):  # it is in the log; a request will try again and be told
            await models.load(settings.models[0].name)
