"""The sidecar as a service of a stack: its settings come from the description instead of `sidecar.toml`."""

import ipaddress
from collections.abc import Callable, Mapping

from aistack.inference.sidecar.main import CannotStart, run_resolved
from aistack.inference.sidecar.settings import InvalidSettings, Resolved, resolve_given
from aistack.stack.description import DescribedService, Stack
from aistack.stack.errors import StackError, refused

SHARED = {"SIDECAR_LOG_LEVEL": "LOG_LEVEL", "SIDECAR_LOG_FORMAT": "LOG_FORMAT"}
OF_STACK = ("listen", "bind_addr")


def run(stack: Stack, on_ready: Callable[[], None]) -> None:
    """Serves until SIGTERM or SIGINT. Raises StackError."""
    try:
        run_resolved(check(stack), on_ready)
    except CannotStart as error:
        raise StackError(str(error)) from None


def check(stack: Stack) -> Resolved:
    """The settings in force. Raises StackError."""
    service, local, place = stack.programs["sidecar"], stack.local_models, str(stack.source)
    environ = dict(stack.environment_of(service))
    for own, shared in SHARED.items():
        environ.setdefault(own, environ.get(shared, ""))
    given: dict[str, tuple[object, str, str]] = {
        key: (value, f"{place}: services.sidecar.{key}", place)
        for key, value in service.settings.items()
        if key not in OF_STACK
    }
    address = f"{_host(service, environ, place)}:{service.port}"
    given["bind_addr"] = (address, f"{place}: services.sidecar.listen", "stack")
    given.setdefault("worker_uds", ([f"worker=unix:{local.socket}"], f"{place}: services.worker.socket", "stack"))
    given["metrics_port"] = (local.metrics_port, f"{place}: services.sidecar.metrics_port", "stack")
    try:
        return resolve_given(given, environ)
    except InvalidSettings as error:
        raise StackError(str(error)) from None


def _host(service: DescribedService, environ: Mapping[str, str], place: str) -> str:
    """The address to listen on, from SIDECAR_LISTEN or `listen`: only one, unlike other services. Raises StackError."""
    default: list[str] = ["127.0.0.1"]
    given = environ.get("SIDECAR_LISTEN") or service.settings.get("listen", default)
    host = given[0] if isinstance(given, list) and len(given) == 1 else given
    try:
        six = ipaddress.ip_address(str(host).strip("[]")).version == 6
    except ValueError:
        raise refused("services.sidecar.listen", given, "allowed: one address, such as 127.0.0.1", place) from None
    return f"[{str(host).strip('[]')}]" if six else str(host)
