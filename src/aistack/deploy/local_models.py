"""Local models of a stack, running or not: through its gateway where that runs, else in its data folder."""

import asyncio
import importlib.util
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aistack.chassis.errors import Problem
from aistack.chassis.outgoing_http import GatewayClient
from aistack.deploy.processes import supervisor_client
from aistack.deploy.processes.process_state import lock_holder
from aistack.llm.model_folders import local_model, local_models
from aistack.stack.data_paths import DataPaths
from aistack.stack.description import Stack
from aistack.stack.errors import StackError
from aistack.stack.loader import load_stack
from aistack.stack.local_models import CHAT, ServedModels, needs_default, read_served, write_served

CALL_SECONDS_MAX, LOOK_SECONDS_MAX, LOAD_SECONDS_MAX = 120.0, 3.0, 300.0
POLL_SECONDS = 0.2
PATH = "/gateway/local-models"
ENGINES = {"chat": "xllamacpp", "embedding": "onnxruntime", "rerank": "onnxruntime"}


@dataclass(frozen=True, slots=True)
class LocalModelStatus:
    """A model of this machine. `loaded` is None while no worker answers, `size` is in bytes."""

    name: str
    state: str
    kind: str
    served: bool
    roles: tuple[str, ...]
    loaded: bool | None
    size: int


def statuses(stack: Stack, key: str) -> list[LocalModelStatus]:
    """Every known or installed model. Raises StackError."""
    listed = _asked(stack, key, "GET", PATH, LOOK_SECONDS_MAX) if _runs(stack) else None
    if listed is not None:
        return [_status(one) for one in listed["models"]]
    models = DataPaths(stack.data_dir).models
    served = ServedModels() if stack.local_models.problem else read_served(models)
    return [
        LocalModelStatus(
            one.name, one.state, one.kind, one.name in served.models,
            tuple(role for role, name in served.roles.items() if name == one.name), None, one.size,
        )
        for one in local_models(models)
    ]  # fmt: skip


def use_model(stack: Stack, key: str, name: str, roles: tuple[str, ...], progress: Callable[[str], None]) -> bool:
    """Has the stack serve an installed model; True if it is in memory now, False if the stack does not run.

    `progress` gets a sentence for what takes a while. Raises StackError.
    """
    check_engine(local_model(DataPaths(stack.data_dir).models, name).kind)
    used = _asked(stack, key, "PUT", f"{PATH}/{name}/use", CALL_SECONDS_MAX, {"roles": roles}) if _runs(stack) else None
    if used is None:
        _choose(stack, name, roles)
        return False
    progress(f"Loading {name} ...")
    if used["loaded"] is None and supervisor_client.connect(DataPaths(stack.data_dir)) is not None:
        described = load_stack(stack.source)
        supervisor_client.start(described, described.enabled_programs)
    deadline = time.monotonic() + LOAD_SECONDS_MAX
    while not used["loaded"]:
        if time.monotonic() > deadline:
            raise StackError(f"{name} was not loaded within {LOAD_SECONDS_MAX:g} s; see aistack logs")
        time.sleep(POLL_SECONDS)
        used = _asked(stack, key, "GET", f"{PATH}/{name}", CALL_SECONDS_MAX) or used
    return True


def stop_using(stack: Stack, key: str, name: str) -> None:
    """Serves a model no longer. Raises StackError."""
    if _runs(stack) and _asked(stack, key, "DELETE", f"{PATH}/{name}/use", CALL_SECONDS_MAX) is not None:
        return
    models = DataPaths(stack.data_dir).models
    served = read_served(models)
    if name not in served.models:
        raise StackError(f"{name} is not in use")
    write_served(models, served.without(name))


def check_engine(kind: str) -> None:
    """Raises StackError if what runs such models is not installed."""
    engine = ENGINES.get(kind, "")
    if engine and importlib.util.find_spec(engine) is None:
        raise StackError(
            "running models on this machine needs more packages; install them with: ./start.sh local --models, "
            "or pip install 'aistack[local]'"
        )


def _choose(stack: Stack, name: str, roles: tuple[str, ...]) -> None:
    models = DataPaths(stack.data_dir).models
    served = read_served(models)
    kind = local_model(models, name).kind
    if kind == CHAT and needs_default(stack.models, served):
        roles = (*roles, "default")
    write_served(models, served.having(name, roles, kind))
    try:
        load_stack(stack.source)
    except StackError:
        write_served(models, served)
        raise


def _runs(stack: Stack) -> bool:
    paths = DataPaths(stack.data_dir)
    return lock_holder(paths) is not None or lock_holder(paths, "gateway") is not None


def _asked(stack: Stack, key: str, method: str, path: str, seconds: float, body: Any = None) -> Any:
    """What the gateway answers, None if it does not answer. Raises StackError with what it says against it."""

    async def call() -> Any:
        async with GatewayClient(stack.gateway_url, key, timeout_seconds=seconds) as client:
            return await client.call(method, path, **({"json": body} if body is not None else {}))

    try:
        return asyncio.run(call())
    except Problem as problem:
        if problem.code == "gateway-failed":
            return None
        raise StackError(problem.detail) from None


def _status(view: Any) -> LocalModelStatus:
    return LocalModelStatus(
        view["name"], view["state"], view["kind"], view["served"], tuple(view["roles"]), view["loaded"], view["bytes"]
    )
