"""Kubernetes: a Kustomize base with everything for one small cluster, and an overlay for production.

A service that keeps something to itself is a StatefulSet with a volume; one whose stores are all elsewhere is a
Deployment. All run under the restricted Pod Security Standard. Secrets are made by `aistack secrets init`, not here.
"""

from typing import Any

import yaml

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
    secrets_of,
)
from aistack.deploy.rendering.processes import HEADER, check_replicas
from aistack.stack.description import DescribedService, Stack

Manifest = dict[str, Any]

VOLUME_GIB = {"rag": 20, "query": 10}
PROBED = "/health/ready"
DATABASE_PORTS = (53, 80, 443, 1433, 1521, 3306, 5432, 6379, 8000, 9000)


def render(stack: Stack) -> dict[str, str]:
    """`base/`, `components/monitoring/` and `overlays/production/`. Raises StackError."""
    check_replicas(stack)
    base = {f"base/{one.name}.yaml": _yaml(*_service(stack, one)) for one in stack.enabled}
    base |= {
        "base/namespace.yaml": _yaml(_namespace(stack)),
        "base/network.yaml": _yaml(*_network(stack)),
        "base/ingress.yaml": _yaml(_ingress(stack)),
        "base/stack.toml": stack.source.read_text("utf-8"),
    }
    base["base/kustomization.yaml"] = _yaml(_kustomization(stack, sorted(base)))
    return base | _monitoring(stack) | _production(stack)


def _yaml(*manifests: Manifest) -> str:
    return f"{HEADER}\n---\n" + yaml.safe_dump_all(manifests, sort_keys=False, width=110)


def _kustomization(stack: Stack, files: list[str]) -> Manifest:
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": stack.name,
        "resources": [one.removeprefix("base/") for one in files if one.endswith(".yaml")],
        "configMapGenerator": [{"name": f"{stack.name}-description", "files": ["stack.toml"]}],
    }


def _namespace(stack: Stack) -> Manifest:
    levels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "audit", "warn")}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": stack.name, "labels": levels}}


def _labels(stack: Stack, name: str) -> dict[str, str]:
    return {"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": stack.name}


def _about(stack: Stack, name: str, kind: str, api: str) -> Manifest:
    labels = _labels(stack, name) | {"app.kubernetes.io/version": stack.deploy.tag}
    return {
        "apiVersion": api,
        "kind": kind,
        "metadata": {"name": f"{stack.name}-{name}", "namespace": stack.name, "labels": labels},
    }


def keeps_state(service: DescribedService) -> bool:
    """Whether an instance keeps what must not be lost, because not all of its stores are elsewhere."""
    return not all(service.settings.get(key) for key in service.entry.shared)


def _service(stack: Stack, service: DescribedService) -> list[Manifest]:
    name, selector = service.name, {"matchLabels": _labels(stack, service.name)}
    stateful = keeps_state(service)
    pod = {"metadata": {"labels": _labels(stack, name)}, "spec": _pod(stack, service, stateful)}
    workload = _about(stack, name, "StatefulSet" if stateful else "Deployment", "apps/v1")
    spec: Manifest = {"replicas": service.replicas, "selector": selector, "template": pod}
    if stateful:
        size = f"{VOLUME_GIB.get(name, 2)}Gi"
        claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}}
        spec |= {
            "serviceName": f"{stack.name}-{name}",
            "volumeClaimTemplates": [
                {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"}, "spec": claim}
            ],
        }
    else:
        spec["strategy"] = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}
    ports = [{"name": "http", "port": service.port, "targetPort": "http"}]
    if name == "gateway":
        ports.append({"name": "metrics", "port": METRICS_PORT, "targetPort": "metrics"})
    address = _about(stack, name, "Service", "v1") | {"spec": {"selector": _labels(stack, name), "ports": ports}}
    account = _about(stack, name, "ServiceAccount", "v1") | {"automountServiceAccountToken": False}
    budget = _about(stack, name, "PodDisruptionBudget", "policy/v1")
    budget["spec"] = {"maxUnavailable": 1, "selector": selector}
    return [account, workload | {"spec": spec}, address, budget]


def _monitoring(stack: Stack) -> dict[str, str]:
    """For clusters with the Prometheus operator."""
    monitors: list[Manifest] = []
    for one in stack.enabled:
        monitor = _about(stack, one.name, "ServiceMonitor", "monitoring.coreos.com/v1")
        monitor["spec"] = {
            "selector": {"matchLabels": _labels(stack, one.name)},
            "endpoints": [{"port": "metrics" if one.name == "gateway" else "http", "path": "/metrics"}],
        }
        monitors.append(monitor)
    component = {
        "apiVersion": "kustomize.config.k8s.io/v1alpha1",
        "kind": "Component",
        "resources": ["monitors.yaml"],
    }
    folder = "components/monitoring/"
    return {folder + "monitors.yaml": _yaml(*monitors), folder + "kustomization.yaml": _yaml(component)}


def _pod(stack: Stack, service: DescribedService, stateful: bool) -> Manifest:
    name, labels = service.name, {"matchLabels": _labels(stack, service.name)}
    told = environment(stack, service, f"{stack.name}-gateway")
    told |= {"CREDENTIALS_DIRECTORY": SECRETS + "/ai-stack"}
    volumes: list[Manifest] = [
        {"name": "tmp", "emptyDir": {"sizeLimit": f"{TEMPORARY_MIB}Mi"}},
        {"name": "description", "configMap": {"name": f"{stack.name}-description"}},
        {"name": "secrets", "secret": {"secretName": f"{stack.name}-secrets", "items": _items(secrets_of(service))}},
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
        "containers": [_container(stack, service, told)],
        "volumes": volumes,
    }


def _items(names: list[str]) -> list[Manifest]:
    return [{"key": name, "path": name, "mode": 0o440} for name in names]


def _container(stack: Stack, service: DescribedService, told: dict[str, str]) -> Manifest:
    limits = service.limits
    ports = [{"name": "http", "containerPort": service.port}]
    if service.name == "gateway":
        ports.append({"name": "metrics", "containerPort": METRICS_PORT})
    return {
        "name": service.name,
        "image": image(stack, service.name),
        "imagePullPolicy": "IfNotPresent",
        "ports": ports,
        "env": [{"name": key, "value": value} for key, value in told.items()]
        + [{"name": "AISTACK_ADVERTISE", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}],
        "resources": {
            "requests": {"cpu": f"{limits.cpus * 100:.0f}m", "memory": f"{limits.reserved_mib}Mi"},
            "limits": {"cpu": f"{limits.cpus:g}", "memory": f"{limits.memory_mib}Mi"},
        },
        "startupProbe": _probe(PROBED, 2, 45),
        "readinessProbe": _probe(PROBED, 5, 3),
        "livenessProbe": _probe("/health/live", 10, 3),
        # Endpoints are taken away while the container still answers.
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


def _network(stack: Stack) -> list[Manifest]:
    """Nothing is reached unless it is said here: the gateway by clients, services by the gateway and Prometheus."""
    part_of = {"matchLabels": {"app.kubernetes.io/part-of": stack.name}}
    closed = _about(stack, "closed", "NetworkPolicy", "networking.k8s.io/v1")
    closed["spec"] = {"podSelector": part_of, "policyTypes": ["Ingress", "Egress"]}
    policies = [closed]
    gateway = {"podSelector": {"matchLabels": _labels(stack, "gateway")}}
    watching = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
    for one in stack.enabled:
        policy = _about(stack, one.name, "NetworkPolicy", "networking.k8s.io/v1")
        port = {"protocol": "TCP", "port": one.port}
        incoming: list[Manifest] = [{"from": [gateway, watching], "ports": [port]}]
        if one.name == "gateway":
            incoming = [{"ports": [port]}, {"from": [watching], "ports": [{"protocol": "TCP", "port": METRICS_PORT}]}]
        inside = [{"protocol": "TCP", "port": service.port} for service in stack.enabled]
        policy["spec"] = {
            "podSelector": {"matchLabels": _labels(stack, one.name)},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": incoming,
            "egress": [
                {"to": [{"podSelector": part_of}], "ports": inside},
                {"ports": [{"protocol": "UDP", "port": 53}, *({"protocol": "TCP", "port": n} for n in DATABASE_PORTS)]},
            ],
        }
        policies.append(policy)
    return policies


def _ingress(stack: Stack) -> Manifest:
    backend = {"service": {"name": f"{stack.name}-gateway", "port": {"name": "http"}}}
    made = _about(stack, "gateway", "Ingress", "networking.k8s.io/v1")
    made["metadata"]["annotations"] = {
        "nginx.ingress.kubernetes.io/proxy-body-size": "100m",
        "nginx.ingress.kubernetes.io/proxy-request-buffering": "off",
        "nginx.ingress.kubernetes.io/proxy-read-timeout": "3600",
    }
    made["spec"] = {
        "tls": [{"hosts": [stack.deploy.host], "secretName": f"{stack.name}-tls"}],
        "rules": [
            {
                "host": stack.deploy.host,
                "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]},
            }
        ],
    }
    return made


def _production(stack: Stack) -> dict[str, str]:
    """Several instances of every service, growing with their load; their stores are elsewhere, named by secrets."""
    folder = "overlays/production/"
    files: dict[str, str] = {}
    patches: list[Manifest] = []
    for one in stack.enabled:
        most = max(one.replicas, stack.deploy.replicas)
        files[f"{folder}{one.name}-autoscaler.yaml"] = _yaml(_autoscaler(stack, one, most))
        files[f"{folder}{one.name}-stores.yaml"] = _yaml(_stores(stack, one, most))
        patches.append({"path": f"{one.name}-stores.yaml"})
    resources = ["../../base", *(f"{one.name}-autoscaler.yaml" for one in stack.enabled)]
    files[folder + "kustomization.yaml"] = _yaml(
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


def _kind(service: DescribedService) -> str:
    return "StatefulSet" if keeps_state(service) else "Deployment"


def _autoscaler(stack: Stack, service: DescribedService, least: int) -> Manifest:
    made = _about(stack, service.name, "HorizontalPodAutoscaler", "autoscaling/v2")
    busy = {"type": "Utilization", "averageUtilization": 70}
    made["spec"] = {
        "scaleTargetRef": {
            "apiVersion": "apps/v1", "kind": _kind(service), "name": f"{stack.name}-{service.name}",
        },
        "minReplicas": least,
        "maxReplicas": least * 4,
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
    items = _items([*secrets_of(service), *shared])
    return {
        "apiVersion": "apps/v1",
        "kind": _kind(service),
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
