"""Kubernetes: a Kustomize base with everything for a small cluster, and an overlay for production.

A service with local state is a StatefulSet with a volume; one whose stores are all external is a Deployment. All run
under the restricted Pod Security Standard. Secrets are created by `aistack secrets init`, not here.
"""

from aistack.deploy.instances import check_replicas
from aistack.deploy.rendering.containers import METRICS_PORT
from aistack.deploy.rendering.kubernetes import models
from aistack.deploy.rendering.kubernetes.metadata import Manifest, has_local_state, header, kind_of, labels_of
from aistack.deploy.rendering.kubernetes.pods import pod_of
from aistack.deploy.rendering.kubernetes.production_overlay import overlay
from aistack.deploy.rendering.serialization import yaml_of
from aistack.stack.catalogue import MODELS
from aistack.stack.description import DescribedService, Stack

VOLUME_GIB = {"rag": 20, "query": 10}
DATABASE_PORTS = (53, 80, 443, 1433, 1521, 3306, 5432, 6379, 8000, 9000)


def render(stack: Stack) -> dict[str, str]:
    """`base/`, `components/monitoring/` and `overlays/production/`. Raises StackError."""
    check_replicas(stack)
    base = {f"base/{one.name}.yaml": yaml_of(*_service(stack, one)) for one in stack.enabled}
    if stack.enabled_programs:
        base[f"base/{MODELS}.yaml"] = yaml_of(*models.manifests(stack))
    base |= {
        "base/namespace.yaml": yaml_of(_namespace(stack)),
        "base/network.yaml": yaml_of(*_network(stack)),
        "base/ingress.yaml": yaml_of(_ingress(stack)),
        "base/stack.toml": stack.source.read_text("utf-8"),
    }
    base["base/kustomization.yaml"] = yaml_of(_kustomization(stack, sorted(base)))
    return base | _monitoring(stack) | overlay(stack)


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


def _service(stack: Stack, service: DescribedService) -> list[Manifest]:
    name, selector = service.name, {"matchLabels": labels_of(stack, service.name)}
    stateful = has_local_state(service)
    pod = {"metadata": {"labels": labels_of(stack, name)}, "spec": pod_of(stack, service, stateful=stateful)}
    workload = header(stack, name, kind_of(service), "apps/v1")
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
    network_service = header(stack, name, "Service", "v1") | {
        "spec": {"selector": labels_of(stack, name), "ports": ports}
    }
    account = header(stack, name, "ServiceAccount", "v1") | {"automountServiceAccountToken": False}
    budget = header(stack, name, "PodDisruptionBudget", "policy/v1")
    budget["spec"] = {"maxUnavailable": 1, "selector": selector}
    return [account, workload | {"spec": spec}, network_service, budget]


def _monitoring(stack: Stack) -> dict[str, str]:
    """ServiceMonitors, for clusters with the Prometheus Operator."""
    monitors: list[Manifest] = []
    for one in stack.enabled:
        monitor = header(stack, one.name, "ServiceMonitor", "monitoring.coreos.com/v1")
        monitor["spec"] = {
            "selector": {"matchLabels": labels_of(stack, one.name)},
            "endpoints": [{"port": "metrics" if one.name == "gateway" else "http", "path": "/metrics"}],
        }
        monitors.append(monitor)
    if stack.enabled_programs and stack.local_models.metrics_port:
        monitors.append(models.monitor(stack))
    component = {
        "apiVersion": "kustomize.config.k8s.io/v1alpha1",
        "kind": "Component",
        "resources": ["monitors.yaml"],
    }
    folder = "components/monitoring/"
    return {folder + "monitors.yaml": yaml_of(*monitors), folder + "kustomization.yaml": yaml_of(component)}


def _network(stack: Stack) -> list[Manifest]:
    """Network policies that deny by default: clients reach the gateway; it and Prometheus reach the services."""
    part_of = {"matchLabels": {"app.kubernetes.io/part-of": stack.name}}
    closed = header(stack, "closed", "NetworkPolicy", "networking.k8s.io/v1")
    closed["spec"] = {"podSelector": part_of, "policyTypes": ["Ingress", "Egress"]}
    policies = [closed]
    gateway = {"podSelector": {"matchLabels": labels_of(stack, "gateway")}}
    prometheus = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
    for one in stack.enabled:
        policy = header(stack, one.name, "NetworkPolicy", "networking.k8s.io/v1")
        port = {"protocol": "TCP", "port": one.port}
        incoming: list[Manifest] = [{"from": [gateway, prometheus], "ports": [port]}]
        if one.name == "gateway":
            incoming = [{"ports": [port]}, {"from": [prometheus], "ports": [{"protocol": "TCP", "port": METRICS_PORT}]}]
        inside = [{"protocol": "TCP", "port": service.port} for service in stack.enabled]
        if one.name == "gateway" and stack.enabled_programs:
            inside += [{"protocol": "TCP", "port": port} for port in models.ports(stack).values()]
        policy["spec"] = {
            "podSelector": {"matchLabels": labels_of(stack, one.name)},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": incoming,
            "egress": [
                {"to": [{"podSelector": part_of}], "ports": inside},
                {"ports": [{"protocol": "UDP", "port": 53}, *({"protocol": "TCP", "port": n} for n in DATABASE_PORTS)]},
            ],
        }
        policies.append(policy)
    return [*policies, *([models.network_policy(stack, gateway, prometheus)] if stack.enabled_programs else ())]


def _ingress(stack: Stack) -> Manifest:
    backend = {"service": {"name": f"{stack.name}-gateway", "port": {"name": "http"}}}
    made = header(stack, "gateway", "Ingress", "networking.k8s.io/v1")
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
