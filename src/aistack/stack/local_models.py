"""The models that run on this machine: `[services.worker]` and `[services.sidecar]`, and the variables for them.

The installed models that `aistack models use` and the console chose are in `models/served.json` of the data folder.
They add to those that `stack.toml` names, and a role that one of them got, such as `default`, wins over it.

Naming a model turns both on. Other settings of the two are checked by the programs themselves, when they start.
"""

import json
import os
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import cast

from aistack.stack import fields
from aistack.stack.catalogue import SIDECAR, WORKER
from aistack.stack.description import (
    LOCAL_FIRST_TOKEN_SECONDS,
    DescribedService,
    LocalModels,
    ModelEntry,
    ModelUpstream,
    SettingValue,
)
from aistack.stack.environment import Environment, source_of
from aistack.stack.errors import StackError, refused

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

CHAT = "chat"
TINIEST = "smollm2-135m"  # to chat with; too small to write answers of the services
SERVED_FILE, SERVED_SOURCE = "served.json", "aistack models use"
SERVED_FORM = 'allowed: {"models": [NAME, ...], "roles": {ROLE: NAME, ...}, "kinds": {NAME: KIND, ...}}'


@dataclass(frozen=True, slots=True)
class ServedModels:
    """Names of installed models, in the order in which they were chosen, and roles that they have.

    `kinds` says what those are for that do not chat: `embedding` or `rerank`.
    """

    models: tuple[str, ...] = ()
    roles: Mapping[str, str] = field(default_factory=dict[str, str])
    kinds: Mapping[str, str] = field(default_factory=dict[str, str])

    def having(self, name: str, roles: tuple[str, ...], kind: str = CHAT) -> "ServedModels":
        """With one more model, in these roles. Raises StackError."""
        models = self.models if name in self.models else (*self.models, name)
        if len(models) > MODELS_MAX:
            raise StackError(f"{MODELS_MAX} models are served already; stop one first: aistack models stop NAME")
        kinds = {**self.kinds, name: kind} if kind != CHAT else self.kinds
        return ServedModels(models, {**self.roles, **dict.fromkeys(roles, name)}, kinds)

    def without(self, name: str) -> "ServedModels":
        """Without a model and its roles."""
        roles = {role: one for role, one in self.roles.items() if one != name}
        kinds = {one: kind for one, kind in self.kinds.items() if one != name}
        return ServedModels(tuple(one for one in self.models if one != name), roles, kinds)

    def back_to(self, before: "ServedModels", name: str) -> "ServedModels":
        """With one model as it was before; what was chosen for others since stays."""
        kept = self if name in before.models else self.without(name)
        roles = {role: one for role, one in kept.roles.items() if one != name or before.roles.get(role) == name}
        freed = {role: one for role, one in before.roles.items() if self.roles.get(role) == name}
        return ServedModels(kept.models, {**roles, **freed}, kept.kinds)


def read_served(models: Path) -> ServedModels:
    """What is served of the models in this folder; those whose files are gone are left out. Raises StackError."""
    path = models / SERVED_FILE
    try:
        held = json.loads(path.read_text("utf-8"))
        served = ServedModels(tuple(_texts(held["models"])), _roles(held["roles"]), _roles(held.get("kinds", {})))
    except FileNotFoundError:
        return ServedModels()
    except OSError as error:
        if not os.access(models, os.X_OK):
            return ServedModels()  # a start names the data folder that cannot be used
        raise StackError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, LookupError, TypeError, RecursionError):
        way_out = f"remove it and run `aistack models use NAME` again, or repair it ({SERVED_FORM})"
        raise StackError(f"{path} is damaged; {way_out}") from None
    there = tuple(name for name in served.models[:MODELS_MAX] if (models / name).is_dir())
    roles = {role: one for role, one in served.roles.items() if one in there}
    return ServedModels(there, roles, {one: kind for one, kind in served.kinds.items() if one in there})


def _texts(value: object) -> list[str]:
    texts = fields.list_of_texts(value)
    if texts is None or not all(MODEL.fullmatch(one) for one in texts):
        raise ValueError("not a list of names")
    return texts


def _roles(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ValueError("not an object")
    table = cast(dict[str, object], value)
    return dict(zip(table, _texts(list(table.values())), strict=True))


def write_served(models: Path, served: ServedModels) -> None:
    """Replaces the choice, all of it or nothing. Raises StackError."""
    path, new = models / SERVED_FILE, models / f".{SERVED_FILE}.{secrets.token_hex(4)}"
    try:
        models.mkdir(parents=True, exist_ok=True)
        try:
            with new.open("w", encoding="utf-8") as file:
                json.dump(asdict(served), file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            new.replace(path)
        finally:
            new.unlink(missing_ok=True)
    except OSError as error:
        raise StackError(f"{path} cannot be written: {error}") from None


def needs_default(entries: Iterable[ModelEntry], served: ServedModels) -> bool:
    """Whether no model is the default one: none is named so, and none runs elsewhere, as the first would be it."""
    return all(entry.name != "default" and (entry.alias_of or entry.name in served.models) for entry in entries)


def local_models(
    tables: Mapping[str, DescribedService], data_dir: Path, path: Path, environment: Environment
) -> LocalModels:
    """What the worker runs and where it is. `tables` are the two services. Raises StackError.

    A choice that cannot be read is named in `problem`; the models of `stack.toml` run without it.
    """
    worker, sidecar = tables[WORKER], tables[SIDECAR]
    served, problem = ServedModels(), ""
    if worker.enabled and sidecar.enabled:
        try:
            served = read_served(data_dir / "models")
        except StackError as error:
            problem = str(error)
    models = _models(worker.settings, path, environment) if worker.enabled and sidecar.enabled else ()
    named = {one.partition("=")[0] for one in models}
    models = (*models, *(name for name in served.models if name not in named))
    socket = environment.get(SOCKET_VARIABLE) or worker.settings.get("socket") or data_dir / "run" / "worker.sock"
    host = environment.get(HOST_VARIABLE, "127.0.0.1")
    bound = environment.get(ADDRESS_VARIABLE, "")
    address = f"{host}:{sidecar.port}"
    if bound.startswith(("unix:", "/")):
        address = "unix:" + bound.removeprefix("unix:").replace("///", "/", 1)
    metrics_port = _metrics_port(sidecar.settings, path, environment)
    of_served = (served.models, served.roles, served.kinds)
    return LocalModels(models, Path(str(socket)), address, host, metrics_port, *of_served, problem)


def bound_port(environment: Environment) -> str:
    """The port in SIDECAR_BIND_ADDR; empty when it has none."""
    found = BIND_ADDRESS.fullmatch(environment.get(ADDRESS_VARIABLE, ""))
    return found["port"] if found else ""


def model_entries(local: LocalModels, known: Mapping[str, ModelEntry]) -> dict[str, ModelEntry]:
    """The entries of the model table for local models, except those with a name that is known, and for their roles."""
    entries = {
        name: ModelEntry(
            name,
            (ModelUpstream(model=name, worker=name, drain=False),),
            first_token_seconds=LOCAL_FIRST_TOKEN_SECONDS,
            source=SERVED_SOURCE if name in local.served else "services.worker.models",
            chats=name not in local.kinds,
            services=name != TINIEST,
        )
        for name in local.names
        if name not in known
    }
    return entries | {
        role: ModelEntry(role, alias_of=name, source=SERVED_SOURCE)
        for role, name in local.roles.items()
        if name in entries or name in known
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
