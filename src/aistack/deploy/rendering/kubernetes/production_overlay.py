"""The production overlay: several instances of every service, scaled with their load, and external stores."""

from aistack.deploy.rendering.kubernetes.metadata import Manifest, header, kind_of, secret_items
from aistack.deploy.rendering.serialization import yaml_of
from aistack.deploy.secrets import secret_names, store_secret_names
from aistack.stack.description import DescribedService, Stack

FOLDER = "overlays/production/"
GROWTH = 4  # maxReplicas is this many times minReplicas


def overlay(stack: Stack) -> dict[str, str]:
    """The files of the overlay."""
    files: dict[str, str] = {}
    patches: list[Manifest] = []
    for one in stack.enabled:
        replicas = max(one.replicas, stack.deploy.replicas)
        files[f"{FOLDER}{one.name}-autoscaler.yaml"] = yaml_of(_autoscaler(stack, one, replicas))
        files[f"{FOLDER}{one.name}-stores.yaml"] = yaml_of(_stores(stack, one, replicas))
        patches.append({"path": f"{one.name}-stores.yaml"})
    resources = ["../../base", *(f"{one.name}-autoscaler.yaml" for one in stack.enabled)]
    files[FOLDER + "kustomization.yaml"] = yaml_of(
        {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "namespace": stack.name,
            "resources": resources,
            "components": ["../../components/monitoring"],
            "patches": patches,
        }
    )
    return files


def _autoscaler(stack: Stack, service: DescribedService, replicas_min: int) -> Manifest:
    made = header(stack, service.name, "HorizontalPodAutoscaler", "autoscaling/v2")
    target = {"type": "Utilization", "averageUtilization": 70}
    made["spec"] = {
        "scaleTargetRef": {
            "apiVersion": "apps/v1", "kind": kind_of(service), "name": f"{stack.name}-{service.name}",
        },
        "minReplicas": replicas_min,
        "maxReplicas": replicas_min * GROWTH,
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
        "behavior": {"scaleDown": {"stabilizationWindowSeconds": 300}},
    }  # fmt: skip
    return made


def _stores(stack: Stack, service: DescribedService, replicas: int) -> Manifest:
    """A patch: the secrets of external stores, and the number of instances."""
    name = service.name
    variables: list[Manifest] = []
    if "files_url" in service.entry.shared:
        variables = [{"name": f"{name.upper()}_FILES_URL", "value": f"s3://ai-stack/{name}"}]
    items = secret_items([*secret_names(service), *store_secret_names(service)])
    return {
        "apiVersion": "apps/v1",
        "kind": kind_of(service),
        "metadata": {"name": f"{stack.name}-{name}", "namespace": stack.name},
        "spec": {
            "replicas": replicas,
            "template": {
                "spec": {
                    "containers": [{"name": name, "env": variables}] if variables else [],
                    "volumes": [{"name": "secrets", "secret": {"secretName": f"{stack.name}-secrets", "items": items}}],
                }
            },
        },
    }
