"""The status of every service of a stack on this machine: the lines of `aistack status`."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aistack.deploy.processes.process_state import (
    STACK,
    RunningUnit,
    lock_holder,
    memory_bytes,
    read_state,
    running_units,
    uptime_seconds,
)
from aistack.stack.catalogue import MODELS, SIDECAR
from aistack.stack.data_paths import DataPaths
from aistack.stack.description import DescribedService, Stack

HEALTH_SECONDS_MAX = 5.0


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """One line of `aistack status`."""

    service: str
    state: str
    address: str
    pid: int | None
    memory_bytes: int | None
    uptime_seconds: float | None
    health: str


def service_statuses(stack: Stack, api_key: str = "") -> list[ServiceStatus]:
    """One line for each running instance, or for a service that does not run, in the catalogue's order.

    Takes milliseconds, and at most a few seconds.
    """
    paths = DataPaths(stack.data_dir)
    units = running_units(paths)
    gateway = next((unit for unit in units.values() if "gateway" in unit.services), None)
    health = _health(gateway.gateway_url, api_key) if gateway else {}
    lines: list[ServiceStatus] = []
    for service in stack.services.values():
        instances = [unit for unit in units.values() if service.name in unit.services]
        lines += [_running(service.name, unit, health) for unit in instances] or [_not_running(service, paths)]
    for program in stack.enabled_programs:
        unit = units.get(program.name)
        lines.append(_running_program(stack, program, unit, health) if unit else _not_running_program(program, paths))
    return lines


def _running_program(
    stack: Stack, program: DescribedService, unit: RunningUnit, health: Mapping[str, str]
) -> ServiceStatus:
    """The sidecar's health is that of its worker, too: it is healthy while a worker answers."""
    local = stack.local_models
    address = local.sidecar_address if program.name == SIDECAR else f"unix:{local.socket}"
    memory = memory_bytes(unit.pid, with_children=True)  # a model runs in a process of its own
    status = health.get(SIDECAR, "unknown")
    return ServiceStatus(program.name, "running", address, unit.pid, memory, round(uptime_seconds(unit), 1), status)


def _not_running_program(program: DescribedService, paths: DataPaths) -> ServiceStatus:
    is_kept = any(lock_holder(paths, unit) is not None for unit in (STACK, MODELS, program.name))
    return ServiceStatus(program.name, "starting" if is_kept else "stopped", "-", None, None, None, "-")


def _running(name: str, unit: RunningUnit, health: Mapping[str, str]) -> ServiceStatus:
    address = f"{unit.gateway_url.rpartition(':')[0]}:{unit.services[name]}"
    status = health.get(address) or health.get(name) or "unknown"
    return ServiceStatus(
        name, "running", address, unit.pid, memory_bytes(unit.pid), round(uptime_seconds(unit), 1), status
    )


def _not_running(service: DescribedService, paths: DataPaths) -> ServiceStatus:
    units = (STACK, service.name)
    is_starting = any(lock_holder(paths, unit) is not None and not read_state(paths, unit) for unit in units)
    state = "disabled" if not service.enabled else "starting" if is_starting else "stopped"
    return ServiceStatus(service.name, state, f"http://127.0.0.1:{service.port}", None, None, None, "-")


def _health(gateway_url: str, api_key: str) -> dict[str, str]:
    """By service, and by the address of each instance."""
    request = urllib.request.Request(gateway_url + "/api/health/all")  # noqa: S310 -- our own loopback address
    if api_key:
        request.add_header("Authorization", f"Bearer {api_key}")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=HEALTH_SECONDS_MAX) as answer:
            report: dict[str, Any] = json.load(answer)
    except urllib.error.HTTPError as error:
        try:
            report = json.load(error)
        except ValueError:
            return {}
    except (OSError, ValueError):
        return {}
    services: list[dict[str, Any]] = report.get("services", [])
    found = {str(service["name"]): str(service["status"]) for service in services}
    return found | {str(one["url"]): str(one["status"]) for service in services for one in service.get("instances", ())}
