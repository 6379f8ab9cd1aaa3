"""The worker as a service of a stack: its settings come from the description instead of the command line.

A model that is not installed yet does not keep it from starting: a request for it is answered with how to pull it, and
once it is pulled the next request loads it.
"""

import os
from collections.abc import Callable, Mapping

from aistack.inference.backends.backend import Limits
from aistack.inference.worker.main import run as serve
from aistack.inference.worker.settings import CannotStart, ModelSpec, WorkerSettings, model_spec, seconds
from aistack.stack.data_paths import DataPaths
from aistack.stack.description import SettingValue, Stack
from aistack.stack.errors import StackError, refused

COUNTS = {"context": (256, 1 << 20), "parallel": (1, 256), "threads": (0, 1024), "answer_tokens": (1, 1 << 20)}
KEYS = {*COUNTS, "models", "socket", "keep_alive", "preload", "adapters"}
SHARED = {"WORKER_LOG_LEVEL": "LOG_LEVEL", "WORKER_LOG_FORMAT": "LOG_FORMAT"}
SWITCH = {"true": True, "1": True, "false": False, "0": False}


def run(stack: Stack, on_ready: Callable[[], None]) -> None:
    """Serves until SIGTERM or SIGINT. Raises StackError."""
    settings = check(stack)
    for own, shared in SHARED.items():
        if shared in os.environ:
            os.environ.setdefault(own, os.environ[shared])
    try:
        serve(settings, on_ready)
    except CannotStart as error:
        raise StackError(str(error)) from None


def check(stack: Stack) -> WorkerSettings:
    """The settings in force. Raises StackError."""
    service, place = stack.programs["worker"], str(stack.source)
    unknown = service.settings.keys() - KEYS
    if unknown:
        names = ", ".join(sorted(KEYS | {"enabled"}))
        raise StackError(f"{place}: services.worker.{min(unknown)} is not a key; allowed here: {names}")
    environ = stack.environment_of(service)
    given: dict[str, SettingValue] = dict(service.settings)
    for key in KEYS:
        if text := environ.get(f"WORKER_{key.upper()}", "").strip():
            given[key] = text
    folder = DataPaths(stack.data_dir).models
    counts = {key: _count(given, key, place) for key in COUNTS}
    preload = given.get("preload", True)
    preload = SWITCH.get(preload.lower(), preload) if isinstance(preload, str) else preload
    if not isinstance(preload, bool):
        raise refused("services.worker.preload", preload, "allowed: true or false", place)
    limits = Limits(
        counts["context"], counts["parallel"], counts["threads"], counts["answer_tokens"], _adapters(given, place)
    )
    try:
        specs = tuple(_spec(one, stack) for one in stack.local_models.models)
        keep_alive = seconds(str(given.get("keep_alive", "10m")))
    except CannotStart as error:
        raise StackError(f"{place}: services.worker: {error}") from None
    key = environ.get("WORKER_UPSTREAM_KEY", "")
    return WorkerSettings(stack.local_models.socket, specs, folder, keep_alive, preload, "worker", key, limits)


def _spec(text: str, stack: Stack) -> ModelSpec:
    """A model, installed or not. Raises CannotStart."""
    folder = DataPaths(stack.data_dir).models
    if "=" in text:
        return model_spec(text, folder)
    return ModelSpec(text, str(folder / text))


def _count(given: Mapping[str, SettingValue], key: str, place: str) -> int:
    least, most = COUNTS[key]
    default = getattr(Limits(), key)
    value = given.get(key, default)
    number = int(value) if isinstance(value, str) and value.isdecimal() else value
    if isinstance(number, bool) or not isinstance(number, int) or not least <= number <= most:
        raise refused(f"services.worker.{key}", value, f"allowed: an integer from {least} to {most}", place)
    return number


def _adapters(given: Mapping[str, SettingValue], place: str) -> dict[str, str]:
    none: list[str] = []
    value = given.get("adapters", none)
    entries = value if isinstance(value, list) else [one.strip() for one in str(value).split(",") if one.strip()]
    named = dict(one.split("=", 1) for one in entries if "=" in one)
    if len(named) != len(entries):
        raise refused("services.worker.adapters", value, "allowed: a list of NAME=FILE.gguf", place)
    return named
