"""The pod of a service: one container under the restricted Pod Security Standard, with three probes."""

from aistack.deploy.rendering.containers import (
    DATA,
    METRICS_PORT,
    SECRETS,
    STACK_FILE,
    STOP_SECONDS,
    TEMPORARY_MIB,
    USER_ID,
    environment,
    image,
)
from aistack.deploy.rendering.kubernetes.metadata import Manifest, labels_of, secret_items
from aistack.deploy.secrets import secret_names
from aistack.stack.catalogue import MODELS
from aistack.stack.description import DescribedService, Limits, Stack

READY_PATH = "/health/ready"


def pod_of(stack: Stack, service: DescribedService, *, stateful: bool) -> Manifest:
    """The `spec` of its pods; a stateful one gets its volume from the StatefulSet."""
    variables = environment(stack, service, f"{stack.name}-gateway", sidecar_host=f"{stack.name}-{MODELS}")
    variables |= {"CREDENTIALS_DIRECTORY": SECRETS + "/ai-stack"}
    volumes: list[Manifest] = [
        {
            "name": "secrets",
            "secret": {"secretName": f"{stack.name}-secrets", "items": secret_items(secret_names(service))},
        },
    ]
    if not stateful:
        volumes.append({"name": "data", "emptyDir": {}})
    return pod_with(stack, service.name, [_container(stack, service, variables)], volumes)


def pod_with(stack: Stack, name: str, containers: list[Manifest], volumes: list[Manifest]) -> Manifest:
    """The `spec` of pods with these containers; `volumes` are those besides the description and `/tmp`."""
    labels = {"matchLabels": labels_of(stack, name)}
    return {
        "serviceAccountName": f"{stack.name}-{name}",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": STOP_SECONDS + 10,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER_ID,
            "runAsGroup": USER_ID,
            "fsGroup": USER_ID,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": key,
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": labels,
            }
            for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
        ],
        "containers": containers,
        "volumes": [
            {"name": "tmp", "emptyDir": {"sizeLimit": f"{TEMPORARY_MIB}Mi"}},
            {"name": "description", "configMap": {"name": f"{stack.name}-description"}},
            *volumes,
        ],
    }


def resources(limits: Limits) -> Manifest:
    """The requests and limits of a container."""
    return {
        "requests": {"cpu": f"{limits.cpus * 100:.0f}m", "memory": f"{limits.reserved_mib}Mi"},
        "limits": {"cpu": f"{limits.cpus:g}", "memory": f"{limits.memory_mib}Mi"},
    }


def volume_mounts() -> list[Manifest]:
    """The data, the temporary folder and the description."""
    return [
        {"name": "data", "mountPath": DATA},
        {"name": "tmp", "mountPath": "/tmp"},
        {"name": "description", "mountPath": STACK_FILE, "subPath": "stack.toml", "readOnly": True},
    ]


def hardened_context() -> Manifest:
    """What the restricted standard asks of a container."""
    return {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def _container(stack: Stack, service: DescribedService, variables: dict[str, str]) -> Manifest:
    ports = [{"name": "http", "containerPort": service.port}]
    if service.name == "gateway":
        ports.append({"name": "metrics", "containerPort": METRICS_PORT})
    return {
        "name": service.name,
        "image": image(stack, service.name),
        "imagePullPolicy": "IfNotPresent",
        "ports": ports,
        "env": [{"name": key, "value": value} for key, value in variables.items()]
        + [{"name": "AISTACK_ADVERTISE", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}],
        "resources": resources(service.limits),
        "startupProbe": probe(READY_PATH, 2, 45),
        "readinessProbe": probe(READY_PATH, 5, 3),
        "livenessProbe": probe("/health/live", 10, 3),
        # The endpoints are removed while the container still answers.
        "lifecycle": {"preStop": {"exec": {"command": ["python3", "-c", "import time; time.sleep(3)"]}}},
        "securityContext": hardened_context(),
        "volumeMounts": [
            *volume_mounts(),
            {"name": "secrets", "mountPath": SECRETS + "/ai-stack", "readOnly": True},
        ],
    }


def probe(path: str, seconds: int, failures: int, port: str = "http") -> Manifest:
    """An HTTP probe of a named port."""
    return {
        "httpGet": {"path": path, "port": port},
        "periodSeconds": seconds,
        "timeoutSeconds": 3,
        "failureThreshold": failures,
    }
