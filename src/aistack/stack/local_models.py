"""The models that run on this machine: `[services.worker]` and `[services.sidecar]`, and the variables for them.

Naming a model turns both on. Other settings of the two are checked by the programs themselves, when they start.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from aistack.stack import fields
from aistack.stack.catalogue import SIDECAR, WORKER
from aistack.stack.description import DescribedService, LocalModels, ModelEntry, ModelUpstream, SettingValue
from aistack.stack.environment import Environment, source_of
from aistack.stack.errors import refused

MODELS_VARIABLE = "WORKER_MODELS"
SOCKET_VARIABLE = "WORKER_SOCKET"
ADDRESS_VARIABLE = "SIDECAR_BIND_ADDR"
METRICS_VARIABLE = "SIDECAR_METRICS_PORT"
HOST_VARIABLE = "AISTACK_SIDECAR_HOST"
METRICS_PORT = 9090
MODELS_MAX = 64
MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}(=[^\s,]{1,1000})?")
BIND_ADDRESS = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(?P<port>[1-9][0-9]{0,4})")
ALLOWED = f"allowed: up to {MODELS_MAX} of NAME, a pulled model, or NAME=PLACE, a file, a folder or a URL"


def local_models(
    tables: Mapping[str, DescribedService], data_dir: Path, path: Path, environment: Environment
) -> LocalModels:
    """What the worker runs and where it is. `tables` are the two services. Raises StackError."""
    worker, sidecar = tables[WORKER], tables[SIDECAR]
    models = _models(worker.settings, path, environment) if worker.enabled and sidecar.enabled else ()
    socket = environment.get(SOCKET_VARIABLE) or worker.settings.get("socket") or data_dir / "run" / "worker.sock"
    host = environment.get(HOST_VARIABLE, "127.0.0.1")
    bound = environment.get(ADDRESS_VARIABLE, "")
    address = f"{host}:{sidecar.port}"
    if bound.startswith(("unix:", "/")):
        address = "unix:" + bound.removeprefix("unix:").replace("///", "/", 1)
    return LocalModels(models, Path(str(socket)), address, host, _metrics_port(sidecar.settings, path, environment))


def bound_port(environment: Environment) -> str:
    """The port in SIDECAR_BIND_ADDR; empty when it has none."""
    found = BIND_ADDRESS.fullmatch(environment.get(ADDRESS_VARIABLE, ""))
    return found["port"] if found else ""


def model_entries(local: LocalModels, known: Mapping[str, ModelEntry]) -> dict[str, ModelEntry]:
    """The entries of the model table for local models, except those with a name that is known."""
    return {
        name: ModelEntry(name, (ModelUpstream(model=name, worker=name, drain=False),), source="services.worker.models")
        for name in local.names
        if name not in known
    }


def _models(settings: Mapping[str, SettingValue], path: Path, environment: Environment) -> tuple[str, ...]:
    given, source = settings.get("models", []), str(path)
    models = fields.list_of_texts(given)
    if MODELS_VARIABLE in environment:
        models = [one.strip() for one in environment[MODELS_VARIABLE].split(",") if one.strip()]
        given, source = models, source_of(environment, MODELS_VARIABLE)
    if models is None or len(models) > MODELS_MAX:
        raise refused("services.worker.models", given, ALLOWED, source)
    for one in models:
        if not MODEL.fullmatch(one):
            raise refused("services.worker.models", one, ALLOWED, source)
    return tuple({one.partition("=")[0]: one for one in models}.values())


def _metrics_port(settings: Mapping[str, SettingValue], path: Path, environment: Environment) -> int:
    given: object = settings.get("metrics_port", METRICS_PORT)
    source = str(path)
    if text := environment.get(METRICS_VARIABLE, "").strip():
        given, source = int(text) if text.isdecimal() else text, source_of(environment, METRICS_VARIABLE)
    return (
        0 if given == 0 and not isinstance(given, bool) else fields.port(given, "services.sidecar.metrics_port", source)
    )
