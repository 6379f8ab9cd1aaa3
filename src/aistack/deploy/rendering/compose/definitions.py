"""Parts of Compose files: a hardened service definition, and the top-level elements around services."""

from typing import Any

from aistack.deploy.rendering.containers import (
    DATA,
    RUN,
    STACK_FILE,
    STOP_SECONDS,
    TEMPORARY_MIB,
    image,
    program_environment,
)
from aistack.deploy.secrets import secret_names
from aistack.stack.catalogue import SIDECAR, WORKER
from aistack.stack.description import Limits, Stack

Document = dict[str, Any]

NETWORK = "ai-stack-network"
SOCKETS = "models-run"


def container(stack: Stack, image: str, limits: Limits, keys: Document) -> Document:
    """A service of the stack: hardened and limited, with the description mounted; `keys` are its own."""
    made: Document = {"image": image} | hardened(limits)
    volumes = [f"./stack.toml:{STACK_FILE}:ro", *keys.get("volumes", ())]
    return made | keys | {"volumes": volumes}


def model_services(stack: Stack) -> Document:
    """The worker and the sidecar, which share the folder of the worker's socket; none without local models."""
    found: Document = {}
    for program in stack.enabled_programs:
        keys: Document = {
            "environment": program_environment(program),
            "volumes": [volume(stack, WORKER) if program.name == WORKER else DATA, f"{SOCKETS}-data:{RUN}"],
        }
        if program.name == SIDECAR:
            keys["depends_on"] = {WORKER: {"condition": "service_healthy"}}
        found[program.name] = container(stack, image(stack, program.name), program.limits, keys)
    return found


def model_volumes(stack: Stack) -> list[str]:
    """The volumes of `model_services`."""
    return [WORKER, SOCKETS] if stack.enabled_programs else []


def hardened(limits: Limits) -> Document:
    """The keys of every container, third-party ones included: read-only, without capabilities, limited."""
    return {
        "restart": "unless-stopped",
        "stop_grace_period": f"{STOP_SECONDS}s",
        "read_only": True,
        "tmpfs": [f"/tmp:mode=1777,size={TEMPORARY_MIB}m"],
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "networks": [NETWORK],
        "deploy": {
            "resources": {
                "limits": {"cpus": f"{limits.cpus:g}", "memory": f"{limits.memory_mib}M"},
                "reservations": {"memory": f"{limits.reserved_mib}M"},
            }
        },
        "logging": {"driver": "json-file", "options": {"max-size": "10m", "max-file": "3"}},
    }


def volume(stack: Stack, name: str) -> str:
    """The named volume that holds a service's data."""
    return f"{name}-data:{DATA}"


def document(stack: Stack, services: Document, volumes: list[str]) -> Document:
    """The whole file, with the networks, volumes and secrets that its services use."""
    used = {secret for service in services.values() for secret in service.get("secrets", ()) if isinstance(secret, str)}
    ordered = list(dict.fromkeys(name for service in stack.enabled for name in secret_names(service)))
    names = [one for one in ordered if one in used] + sorted(used - set(ordered))
    return {
        "services": services,
        "networks": {NETWORK: {"name": NETWORK}},
        "volumes": {f"{name}-data": {"name": f"{stack.name}-{name}-data"} for name in volumes},
        "secrets": {name: {"file": f"./secrets/{name}"} for name in names},
    }
