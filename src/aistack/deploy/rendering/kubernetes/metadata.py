"""What manifests have in common: names, labels, the kind of a workload, and the items of a secret volume."""

from typing import Any

from aistack.stack.description import DescribedService, Stack

Manifest = dict[str, Any]


def labels_of(stack: Stack, name: str) -> dict[str, str]:
    """The labels that select the pods of a service."""
    return {"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": stack.name}


def header(stack: Stack, name: str, kind: str, api: str) -> Manifest:
    """A manifest without its `spec`: API version, kind and metadata."""
    labels = labels_of(stack, name) | {"app.kubernetes.io/version": stack.deploy.tag}
    return {
        "apiVersion": api,
        "kind": kind,
        "metadata": {"name": f"{stack.name}-{name}", "namespace": stack.name, "labels": labels},
    }


def has_local_state(service: DescribedService) -> bool:
    """Whether an instance keeps data of its own, because not all of its stores are external."""
    return not all(service.settings.get(key) for key in service.entry.shared)


def kind_of(service: DescribedService) -> str:
    """The kind of workload that runs its pods."""
    return "StatefulSet" if has_local_state(service) else "Deployment"


def secret_items(names: list[str]) -> list[Manifest]:
    """Keys of the secret, mounted as files that the pod's group can read."""
    return [{"key": name, "path": name, "mode": 0o440} for name in names]
