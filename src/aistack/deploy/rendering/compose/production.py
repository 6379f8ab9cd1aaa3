"""Compose for production: nginx with TLS in front of several gateways, several instances per service, shared stores.

The gateways have fixed addresses, so that nginx still reaches them after they were recreated.
"""

from ipaddress import ip_network
from typing import Any

from aistack.deploy.rendering import nginx, prometheus
from aistack.deploy.rendering.compose.definitions import (
    NETWORK,
    Document,
    container,
    document,
    hardened,
    model_services,
    model_volumes,
)
from aistack.deploy.rendering.compose.third_party import IMAGES, monitoring, stores
from aistack.deploy.rendering.containers import DATA, METRICS_PORT, SECRETS, environment, image
from aistack.deploy.rendering.serialization import yaml_of
from aistack.deploy.secrets import secret_names, store_secret_names
from aistack.stack.catalogue import SIDECAR
from aistack.stack.description import DescribedService, Limits, Stack

SUBNET = "172.29.0.0/24"
FIRST_GATEWAY = 11
HTTP_PORT, HTTPS_PORT = 8080, 8443
BUCKET = "ai-stack"


def document_of(stack: Stack) -> Document:
    """The whole file."""
    services: Document = {"nginx": _nginx(stack)}
    gateways = [f"gateway-{number}" for number in range(1, replicas_of(stack, stack.services["gateway"]) + 1)]
    for number, name in enumerate(gateways):
        services[name] = _gateway(stack, number)
    for one in stack.sidecars:
        services[one.name] = _sidecar(stack, one, gateways)
    services |= model_services(stack) | stores(BUCKET) | monitoring()
    volumes = ["postgres", "redis", "chroma", "minio", "prometheus", "alertmanager", "grafana", *model_volumes(stack)]
    made = document(stack, services, volumes)
    made["networks"] = {NETWORK: {"name": NETWORK, "ipam": {"config": [{"subnet": SUBNET}]}}}
    return made


def replicas_of(stack: Stack, service: DescribedService) -> int:
    """The instances of a service in production: its own `replicas`, or those of `[deploy]`."""
    return service.replicas if service.replicas > 1 else stack.deploy.replicas


def mounted(stack: Stack) -> dict[str, str]:
    """The configuration files that third-party containers mount."""
    port = stack.services["gateway"].port
    addresses = [f"{_address(number)}:{port}" for number in range(replicas_of(stack, stack.services["gateway"]))]
    front = nginx.configuration(
        stack, addresses, SECRETS, "/tmp/nginx.pid", "/tmp", http_port=HTTP_PORT, https_port=HTTPS_PORT
    )
    scraped = [("gateway", "gateway", METRICS_PORT), *((one.name, one.name, one.port) for one in stack.sidecars)]
    if stack.enabled_programs and stack.local_models.metrics_port:
        scraped.append((SIDECAR, SIDECAR, stack.local_models.metrics_port))
    return {
        "nginx/nginx.conf": front,
        "nginx/proxy.conf": nginx.proxy(),
        "prometheus/prometheus.yml": prometheus.configuration(prometheus.by_name(scraped), ["alertmanager:9093"]),
        "prometheus/rules.yml": prometheus.rules(stack),
        "prometheus/alertmanager.yml": prometheus.alertmanager(),
        "grafana/datasource.yml": yaml_of(
            {
                "apiVersion": 1,
                "datasources": [
                    {"name": "Prometheus", "type": "prometheus", "url": "http://prometheus:9090", "isDefault": True}
                ],
            }
        ),
        "filebeat/filebeat.yml": yaml_of(
            {
                "filebeat.inputs": [
                    {
                        "type": "filestream",
                        "id": "containers",
                        "paths": ["/var/lib/docker/containers/*/*.log"],
                        "parsers": [
                            {"container": {"stream": "all"}},
                            {"ndjson": {"target": "", "overwrite_keys": True}},
                        ],
                    }
                ],
                "output.elasticsearch": {"hosts": ["${ELASTICSEARCH_URL}"]},
            }
        ),
    }


def _address(number: int) -> str:
    return str(ip_network(SUBNET)[FIRST_GATEWAY + number])


def _nginx(stack: Stack) -> Document:
    return {"image": IMAGES["nginx"]} | hardened(Limits(128, 32, 1.0)) | {
        "user": "101:101",
        "volumes": ["./nginx/nginx.conf:/etc/nginx/nginx.conf:ro", "./nginx/proxy.conf:/etc/nginx/proxy.conf:ro"],
        "secrets": ["tls.crt", "tls.key"],
        "ports": [
            f"${{AISTACK_PUBLISH_HTTP:-0.0.0.0:80}}:{HTTP_PORT}",
            f"${{AISTACK_PUBLISH_HTTPS:-0.0.0.0:443}}:{HTTPS_PORT}",
            f"127.0.0.1:{stack.services['gateway'].port}:{HTTPS_PORT}",
        ],
        "depends_on": {"gateway-1": {"condition": "service_healthy"}},
    }  # fmt: skip


def _gateway(stack: Stack, number: int) -> Document:
    service = stack.services["gateway"]
    variables = {"GATEWAY_TRUSTED_PROXIES": SUBNET, "GATEWAY_RATE_LIMITS": ""}
    keys: dict[str, Any] = {
        "environment": environment(stack, service, "gateway", variables),
        "secrets": [*secret_names(service), *store_secret_names(service)],
        "volumes": [DATA],
        "networks": {NETWORK: {"ipv4_address": _address(number), "aliases": ["gateway"]}},
        "depends_on": {"postgres": {"condition": "service_healthy"}, "redis": {"condition": "service_healthy"}},
    }
    return container(stack, image(stack, "gateway"), service.limits, keys)


def _sidecar(stack: Stack, service: DescribedService, gateways: list[str]) -> Document:
    name, variable = service.name, service.name.upper()
    variables: dict[str, str] = {}
    waits = ["postgres", gateways[0]]
    secrets = [*secret_names(service), *store_secret_names(service)]
    if "files_url" in service.entry.shared:
        variables |= {f"{variable}_FILES_URL": f"s3://{BUCKET}/{name}", "AWS_ENDPOINT_URL": "http://minio:9000"}
        variables |= {"AWS_ALLOW_HTTP": "true", "AWS_REGION": "us-east-1"}
        waits.append("minio")
    if name == "rag":
        variables |= {"RAG_VECTORS_URL": "chroma://chroma:8000"}
        secrets.append("rag_cache_url")
        waits += ["chroma", "redis"]
    keys: dict[str, Any] = {
        "scale": replicas_of(stack, service),
        "environment": environment(stack, service, "gateway", variables),
        "secrets": secrets,
        "volumes": [DATA],
        "depends_on": {one: {"condition": "service_healthy"} for one in waits},
    }
    return container(stack, image(stack, name), service.limits, keys)
