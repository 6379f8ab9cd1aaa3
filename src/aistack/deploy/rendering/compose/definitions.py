"""What Compose files are made of: a container bound as tightly as ours can be, and the document around containers."""

from typing import Any

from aistack.deploy.rendering.containers import DATA, STACK_FILE, STOP_SECONDS, TEMPORARY_MIB, secrets_of
from aistack.stack.description import Limits, Stack

Document = dict[str, Any]

NETWORK = "ai-stack-network"


def container(stack: Stack, image: str, limits: Limits, keys: Document) -> Document:
    """A container of ours: read-only, without capabilities, limited; `keys` are its own."""
    made: Document = {"image": image} | bound(limits)
    volumes = [f"./stack.toml:{STACK_FILE}:ro", *keys.get("volumes", ())]
    return made | keys | {"volumes": volumes}


def bound(limits: Limits) -> Document:
    """What holds for every container, ours or not."""
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
    """The named volume of a service, where it keeps what it keeps."""
    return f"{name}-data:{DATA}"


def document(stack: Stack, services: Document, volumes: list[str]) -> Document:
    """The whole file around its services."""
    used = {secret for service in services.values() for secret in service.get("secrets", ()) if isinstance(secret, str)}
    ordered = list(dict.fromkeys(name for service in stack.enabled for name in secrets_of(service)))
    names = [one for one in ordered if one in used] + sorted(used - set(ordered))
    return {
        "services": services,
        "networks": {NETWORK: {"name": NETWORK}},
        "volumes": {f"{name}-data": {"name": f"{stack.name}-{name}-data"} for name in volumes},
        "secrets": {name: {"file": f"./secrets/{name}"} for name in names},
    }
