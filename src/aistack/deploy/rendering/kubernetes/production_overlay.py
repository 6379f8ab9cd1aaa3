"""The overlay for production: several instances of every service that grow with their load, and stores elsewhere."""

from aistack.deploy.rendering.containers import secrets_of
from aistack.deploy.rendering.kubernetes.metadata import Manifest, about, kind_of, secret_items
from aistack.deploy.rendering.serialization import yaml_of
from aistack.stack.description import DescribedService, Stack

FOLDER = "overlays/production/"
GROWTH = 4  # times the instances that there are at least


def overlay(stack: Stack) -> dict[str, str]:
    """The files, below the base."""
    files: dict[str, str] = {}
    patches: list[Manifest] = []
    for one in stack.enabled:
        most = max(one.replicas, stack.deploy.replicas)
        files[f"{FOLDER}{one.name}-autoscaler.yaml"] = yaml_of(_autoscaler(stack, one, most))
        files[f"{FOLDER}{one.name}-stores.yaml"] = yaml_of(_stores(stack, one, most))
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


def _autoscaler(stack: Stack, service: DescribedService, least: int) -> Manifest:
    made = about(stack, service.name, "HorizontalPodAutoscaler", "autoscaling/v2")
    busy = {"type": "Utilization", "averageUtilization": 70}
    made["spec"] = {
        "scaleTargetRef": {
            "apiVersion": "apps/v1", "kind": kind_of(service), "name": f"{stack.name}-{service.name}",
        },
        "minReplicas": least,
        "maxReplicas": least * GROWTH,
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": busy}}],
        "behavior": {"scaleDown": {"stabilizationWindowSeconds": 300}},
    }  # fmt: skip
    return made


def _stores(stack: Stack, service: DescribedService, replicas: int) -> Manifest:
    """What the production secrets hold more, and that there are more instances."""
    name = service.name
    shared = [f"{name}_{key}" for key in service.entry.shared]
    if "files_url" in service.entry.shared:
        shared += ["aws_access_key_id", "aws_secret_access_key"]
        shared.remove(f"{name}_files_url")
    told: list[Manifest] = []
    if "files_url" in service.entry.shared:
        told = [{"name": f"{name.upper()}_FILES_URL", "value": f"s3://ai-stack/{name}"}]
    items = secret_items([*secrets_of(service), *shared])
    return {
        "apiVersion": "apps/v1",
        "kind": kind_of(service),
        "metadata": {"name": f"{stack.name}-{name}", "namespace": stack.name},
        "spec": {
            "replicas": replicas,
            "template": {
                "spec": {
                    "containers": [{"name": name, "env": told}] if told else [],
                    "volumes": [{"name": "secrets", "secret": {"secretName": f"{stack.name}-secrets", "items": items}}],
                }
            },
        },
    }
