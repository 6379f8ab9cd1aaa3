"""What every manifest has in common: its names and labels, how it is written, and what a service keeps to itself."""

from typing import Any

import yaml

from aistack.deploy.rendering.processes import HEADER
from aistack.stack.description import DescribedService, Stack

Manifest = dict[str, Any]


def text_of(*manifests: Manifest) -> str:
    """One file of several documents."""
    return f"{HEADER}\n---\n" + yaml.safe_dump_all(manifests, sort_keys=False, width=110)


def labels_of(stack: Stack, name: str) -> dict[str, str]:
    """What selects the pods of a service."""
    return {"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": stack.name}


def about(stack: Stack, name: str, kind: str, api: str) -> Manifest:
    """The beginning of a manifest, before its `spec`."""
    labels = labels_of(stack, name) | {"app.kubernetes.io/version": stack.deploy.tag}
    return {
        "apiVersion": api,
        "kind": kind,
        "metadata": {"name": f"{stack.name}-{name}", "namespace": stack.name, "labels": labels},
    }


def keeps_state(service: DescribedService) -> bool:
    """Whether an instance keeps what must not be lost, because not all of its stores are elsewhere."""
    return not all(service.settings.get(key) for key in service.entry.shared)


def secret_items(names: list[str]) -> list[Manifest]:
    """Keys of the secret as files that the pod's group may read."""
    return [{"key": name, "path": name, "mode": 0o440} for name in names]
