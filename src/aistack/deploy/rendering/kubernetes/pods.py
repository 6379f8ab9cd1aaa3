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
from aistack.stack.description import DescribedService, Stack

READY_PATH = "/health/ready"


def pod_of(stack: Stack, service: DescribedService, *, stateful: bool) -> Manifest:
    """The `spec` of its pods; a stateful one gets its volume from the StatefulSet."""
    name, labels = service.name, {"matchLabels": labels_of(stack, service.name)}
    variables = environment(stack, service, f"{stack.name}-gateway")
    variables |= {"CREDENTIALS_DIRECTORY": SECRETS + "/ai-stack"}
    volumes: list[Manifest] = [
        {"name": "tmp", "emptyDir": {"sizeLimit": f"{TEMPORARY_MIB}Mi"}},
        {"name": "description", "configMap": {"name": f"{stack.name}-description"}},
        {
            "name": "secrets",
            "secret": {"secretName": f"{stack.name}-secrets", "items": secret_items(secret_names(service))},
        },
    ]
    if not stateful:
        volumes.append({"name": "data", "emptyDir": {}})
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
        "containers": [_container(stack, service, variables)],
        "volumes": volumes,
    }


def _container(stack: Stack, service: DescribedService, variables: dict[str, str]) -> Manifest:
    limits = service.limits
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
        "resources": {
            "requests": {"cpu": f"{limits.cpus * 100:.0f}m", "memory": f"{limits.reserved_mib}Mi"},
            "limits": {"cpu": f"{limits.cpus:g}", "memory": f"{limits.memory_mib}Mi"},
        },
        "startupProbe": _probe(READY_PATH, 2, 45),
        "readinessProbe": _probe(READY_PATH, 5, 3),
        "livenessProbe": _probe("/health/live", 10, 3),
        # The endpoints are removed while the container still answers.
        "lifecycle": {"preStop": {"exec": {"command": ["python3", "-c", "import time; time.sleep(3)"]}}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "data", "mountPath": DATA},
            {"name": "tmp", "mountPath": "/tmp"},
            {"name": "description", "mountPath": STACK_FILE, "subPath": "stack.toml", "readOnly": True},
            {"name": "secrets", "mountPath": SECRETS + "/ai-stack", "readOnly": True},
        ],
    }


def _probe(path: str, seconds: int, failures: int) -> Manifest:
    return {
        "httpGet": {"path": path, "port": "http"},
        "periodSeconds": seconds,
        "timeoutSeconds": 3,
        "failureThreshold": failures,
    }
