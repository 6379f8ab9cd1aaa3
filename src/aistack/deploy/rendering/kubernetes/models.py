"""The pod of local models: a worker and a sidecar that share the folder of the worker's socket.

The weights are on the pod's volume. Those of known models are pulled into it before the containers start.
"""

from aistack.deploy.rendering.containers import DATA, RUN, image, program_environment
from aistack.deploy.rendering.kubernetes.metadata import Manifest, header, labels_of
from aistack.deploy.rendering.kubernetes.pods import hardened_context, pod_with, probe, resources, volume_mounts
from aistack.stack.catalogue import MODELS, SIDECAR, WORKER
from aistack.stack.description import DescribedService, Stack

WEIGHTS_GIB = 20
HEALTH = "aistack.deploy.entrypoints.container_healthcheck"
REGISTRY_PORTS = (80, 443)  # of package indexes and model hubs


def manifests(stack: Stack) -> list[Manifest]:
    """Everything that the pod needs besides the gateway's own manifests."""
    selector = {"matchLabels": labels_of(stack, MODELS)}
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": f"{WEIGHTS_GIB}Gi"}}}
    workload = header(stack, MODELS, "StatefulSet", "apps/v1")
    workload["spec"] = {
        "replicas": 1,
        "selector": selector,
        "template": {"metadata": {"labels": labels_of(stack, MODELS)}, "spec": _pod(stack)},
        "serviceName": f"{stack.name}-{MODELS}",
        "volumeClaimTemplates": [
            {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"}, "spec": claim}
        ],
    }
    service = header(stack, MODELS, "Service", "v1")
    service["spec"] = {"selector": labels_of(stack, MODELS), "ports": [
        {"name": name, "port": port, "targetPort": name} for name, port in ports(stack).items()
    ]}  # fmt: skip
    account = header(stack, MODELS, "ServiceAccount", "v1") | {"automountServiceAccountToken": False}
    budget = header(stack, MODELS, "PodDisruptionBudget", "policy/v1")
    budget["spec"] = {"maxUnavailable": 1, "selector": selector}
    return [account, workload, service, budget]


def ports(stack: Stack) -> dict[str, int]:
    """The sidecar's ports by name."""
    found = {"grpc": stack.programs[SIDECAR].port, "metrics": stack.local_models.metrics_port}
    return {name: port for name, port in found.items() if port}


def monitor(stack: Stack) -> Manifest:
    """For the Prometheus Operator."""
    made = header(stack, MODELS, "ServiceMonitor", "monitoring.coreos.com/v1")
    made["spec"] = {
        "selector": {"matchLabels": labels_of(stack, MODELS)},
        "endpoints": [{"port": "metrics", "path": "/metrics"}],
    }
    return made


def network_policy(stack: Stack, gateway: Manifest, prometheus: Manifest) -> Manifest:
    """The gateway and Prometheus reach the sidecar; the pod reaches package indexes, for weights."""
    made = header(stack, MODELS, "NetworkPolicy", "networking.k8s.io/v1")
    incoming = [{"protocol": "TCP", "port": port} for port in ports(stack).values()]
    outgoing = [{"protocol": "UDP", "port": 53}, *({"protocol": "TCP", "port": port} for port in (53, *REGISTRY_PORTS))]
    made["spec"] = {
        "podSelector": {"matchLabels": labels_of(stack, MODELS)},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [{"from": [gateway, prometheus], "ports": incoming}],
        "egress": [{"ports": outgoing}],
    }
    return made


def _pod(stack: Stack) -> Manifest:
    socket = {"name": "run", "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}}
    containers = [_container(stack, one) for one in stack.enabled_programs]
    known = [one for one in stack.local_models.models if "=" not in one]
    pulls = [_pull(stack, number, one) for number, one in enumerate(known)]
    return pod_with(stack, MODELS, containers, [socket]) | ({"initContainers": pulls} if pulls else {})


def _pull(stack: Stack, number: int, model: str) -> Manifest:
    worker = stack.programs[WORKER]
    return {
        "name": f"pull-{number}",
        "image": image(stack, WORKER),
        "imagePullPolicy": "IfNotPresent",
        "args": ["models", "pull", model],
        "env": _variables(worker),
        "resources": resources(worker.limits),
        "securityContext": hardened_context(),
        "volumeMounts": volume_mounts(),
    }


def _container(stack: Stack, program: DescribedService) -> Manifest:
    """The worker is asked over its socket, with grpc.health.v1; the sidecar over HTTP."""
    made: Manifest = {
        "name": program.name,
        "image": image(stack, program.name),
        "imagePullPolicy": "IfNotPresent",
        "env": _variables(program),
        "resources": resources(program.limits),
        "securityContext": hardened_context(),
        "volumeMounts": [*volume_mounts(), {"name": "run", "mountPath": RUN}],
    }
    if program.name == SIDECAR:
        made["ports"] = [{"name": name, "containerPort": port} for name, port in ports(stack).items()]
    if program.name == WORKER or not stack.local_models.metrics_port:
        asked = {"exec": {"command": ["python3", "-m", HEALTH, program.name]}}
        times = ((5, 30), (10, 3), (20, 6))
        probes = [
            asked | {"periodSeconds": every, "timeoutSeconds": 10, "failureThreshold": most} for every, most in times
        ]
    else:
        probes = [
            probe("/health/live", 2, 45, "metrics"),
            probe("/health/ready", 5, 3, "metrics"),
            probe("/health/live", 10, 3, "metrics"),
        ]
    return made | dict(zip(("startupProbe", "readinessProbe", "livenessProbe"), probes, strict=True))


def _variables(program: DescribedService) -> list[Manifest]:
    data = {"AISTACK_DATA_DIR": DATA}
    return [{"name": key, "value": value} for key, value in (program_environment(program) | data).items()]
