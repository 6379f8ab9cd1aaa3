"""What every manifest has in common: its names and labels, how it is written, and what a service keeps to itself."""

from typing import Any

from aistack.stack.description import DescribedService, Stack

Manifest = dict[str, Any]


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


def kind_of(service: DescribedService) -> str:
    """What its pods are run by."""
    return "StatefulSet" if keeps_state(service) else "Deployment"


def secret_items(names: list[str]) -> list[Manifest]:
    """Keys of the secret as files that the pod's group may read."""
    return [{"key": name, "path": name, "mode": 0o440} for name in names]
