"""The Compose files: one container per service, all in one container, services by profile, and production.

They work with Compose 1.29 and newer. `start.sh` builds the images, or they are pulled; `aistack secrets init` creates
the secrets, files in `secrets/`.
"""

from typing import Any

from aistack.deploy.instances import check_replicas
from aistack.deploy.rendering.compose import production
from aistack.deploy.rendering.compose.definitions import (
    Document,
    container,
    document,
    model_services,
    model_volumes,
    volume,
)
from aistack.deploy.rendering.containers import ALL_IN_ONE, DATA, SIDECAR_HOST, environment, image
from aistack.deploy.rendering.serialization import yaml_of
from aistack.deploy.secrets import secret_names
from aistack.stack.description import Limits, Stack


def render(stack: Stack) -> dict[str, str]:
    """The four Compose files, and the files that they mount. Raises StackError."""
    check_replicas(stack)
    files = {
        "docker-compose.yml": yaml_of(_multi(stack)),
        "docker-compose.single.yml": yaml_of(_single(stack)),
        "docker-compose.sidecar.yml": yaml_of(_sidecar(stack)),
        "docker-compose.prod.yml": yaml_of(production.document_of(stack)),
        "stack.toml": stack.source.read_text("utf-8"),
        ".gitignore": "secrets/\ntls/\n",
    }
    return files | production.mounted(stack)


def _multi(stack: Stack) -> Document:
    services = {one.name: _own(stack, one.name) for one in stack.enabled} | model_services(stack)
    return document(stack, services, [*(one.name for one in stack.enabled), *model_volumes(stack)])


def _sidecar(stack: Stack) -> Document:
    """The gateway always, the other services by profile."""
    services = {one.name: _own(stack, one.name) for one in stack.enabled} | model_services(stack)
    for one in (*stack.sidecars, *stack.enabled_programs):
        services[one.name]["profiles"] = list(stack.profiles_of(one.name))
    return document(stack, services, [*(one.name for one in stack.enabled), *model_volumes(stack)])


def _own(stack: Stack, name: str) -> dict[str, Any]:
    service = stack.services[name]
    keys: dict[str, Any] = {
        "environment": environment(stack, service, "gateway"),
        "secrets": secret_names(service),
        "volumes": [volume(stack, name)],
    }
    if name == "gateway":
        keys["ports"] = [published(service.port)]
    else:
        keys["depends_on"] = {"gateway": {"condition": "service_healthy"}}
    if service.replicas > 1:
        keys["scale"] = service.replicas
        keys["volumes"] = [DATA]  # an anonymous volume for each instance
    return container(stack, image(stack, name), service.limits, keys)


def _single(stack: Stack) -> Document:
    gateway = stack.services["gateway"]
    everything = stack.chosen(())
    limits = Limits(
        sum(one.limits.memory_mib for one in everything),
        sum(one.limits.reserved_mib for one in everything),
        max(max(one.limits.cpus for one in stack.enabled) * 2, max(one.limits.cpus for one in everything)),
    )
    variables = environment(stack, gateway, "127.0.0.1")
    del variables["GATEWAY_REGISTRY_NETWORKS"]
    variables.pop(SIDECAR_HOST, None)  # it is in the same container
    keys: dict[str, Any] = {
        "container_name": f"{stack.name}-single",
        "environment": variables,
        "secrets": sorted({secret for one in stack.enabled for secret in secret_names(one)}),
        "volumes": [volume(stack, "single")],
        "ports": [published(gateway.port)],
    }
    single = container(stack, image(stack, ALL_IN_ONE), limits, keys)
    return document(stack, {"ai-stack": single}, ["single"])


def published(port: int) -> str:
    """A published port, on loopback unless `AISTACK_PUBLISH` names another address."""
    return f"${{AISTACK_PUBLISH:-127.0.0.1}}:{port}:{port}"
