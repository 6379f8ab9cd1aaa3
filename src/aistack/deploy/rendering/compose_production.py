"""Compose for production: nginx with TLS before several gateways, several instances of each service, shared stores.

The gateways have fixed addresses, so that nginx finds them again after they were made anew.
"""

from ipaddress import ip_network
from typing import Any

import yaml

from aistack.deploy.rendering import nginx, prometheus
from aistack.deploy.rendering.compose_parts import NETWORK, Document, bound, container, document
from aistack.deploy.rendering.containers import DATA, METRICS_PORT, SECRETS, environment, image, secrets_of
from aistack.deploy.rendering.processes import HEADER
from aistack.stack.description import DescribedService, Limits, Stack

SUBNET = "172.29.0.0/24"
FIRST_GATEWAY = 11
HTTP_PORT, HTTPS_PORT = 8080, 8443
BUCKET = "ai-stack"
IMAGES = {
    "nginx": "nginx:1.28",
    "postgres": "postgres:15",
    "redis": "redis:7.2",
    "chroma": "chromadb/chroma:1.3.0",
    "minio": "minio/minio:RELEASE.2025-09-07T16-13-09Z",
    "prometheus": "prom/prometheus:v3.5.0",
    "alertmanager": "prom/alertmanager:v0.28.1",
    "grafana": "grafana/grafana:12.2.0",
    "filebeat": "docker.elastic.co/beats/filebeat:9.2.0",
}


def document_of(stack: Stack) -> Document:
    """The whole file."""
    services: Document = {"nginx": _nginx(stack)}
    gateways = [f"gateway-{number}" for number in range(1, instances(stack, stack.services["gateway"]) + 1)]
    for number, name in enumerate(gateways):
        services[name] = _gateway(stack, number)
    for one in stack.sidecars:
        services[one.name] = _sidecar(stack, one, gateways)
    services |= _stores() | _watching()
    made = document(stack, services, ["postgres", "redis", "chroma", "minio", "prometheus", "alertmanager", "grafana"])
    made["networks"] = {NETWORK: {"name": NETWORK, "ipam": {"config": [{"subnet": SUBNET}]}}}
    return made


def instances(stack: Stack, service: DescribedService) -> int:
    """How many there are of a service in production: what it says itself, or what `[deploy]` says."""
    return service.replicas if service.replicas > 1 else stack.deploy.replicas


def mounted(stack: Stack) -> dict[str, str]:
    """The settings that the containers of others get."""
    port = stack.services["gateway"].port
    addresses = [f"{_address(number)}:{port}" for number in range(instances(stack, stack.services["gateway"]))]
    front = nginx.configuration(
        stack, addresses, SECRETS, "/tmp/nginx.pid", "/tmp", http_port=HTTP_PORT, https_port=HTTPS_PORT
    )
    scraped = [("gateway", "gateway", METRICS_PORT), *((one.name, one.name, one.port) for one in stack.sidecars)]
    return {
        "nginx/nginx.conf": front,
        "nginx/proxy.conf": nginx.proxy(),
        "prometheus/prometheus.yml": prometheus.configuration(prometheus.by_name(scraped), ["alertmanager:9093"]),
        "prometheus/rules.yml": prometheus.rules(stack),
        "prometheus/alertmanager.yml": prometheus.alertmanager(),
        "grafana/datasource.yml": _yaml(
            {
                "apiVersion": 1,
                "datasources": [
                    {"name": "Prometheus", "type": "prometheus", "url": "http://prometheus:9090", "isDefault": True}
                ],
            }
        ),
        "filebeat/filebeat.yml": _yaml(
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


def _yaml(made: object) -> str:
    return f"{HEADER}\n---\n" + yaml.safe_dump(made, sort_keys=False, width=110)


def _address(number: int) -> str:
    return str(ip_network(SUBNET)[FIRST_GATEWAY + number])


def _nginx(stack: Stack) -> Document:
    about = bound(Limits(128, 32, 1.0))
    return {"image": IMAGES["nginx"]} | about | {
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
    told = {"GATEWAY_TRUSTED_PROXIES": SUBNET, "GATEWAY_RATE_LIMITS": ""}
    keys: dict[str, Any] = {
        "environment": environment(stack, service, "gateway", told),
        "secrets": [*secrets_of(service), "gateway_database_url", "gateway_redis_url"],
        "volumes": [DATA],
        "networks": {NETWORK: {"ipv4_address": _address(number), "aliases": ["gateway"]}},
        "depends_on": {"postgres": {"condition": "service_healthy"}, "redis": {"condition": "service_healthy"}},
    }
    return container(stack, image(stack, "gateway"), service.limits, keys)


def _sidecar(stack: Stack, service: DescribedService, gateways: list[str]) -> Document:
    name, variable = service.name, service.name.upper()
    told: dict[str, str] = {}
    waits = ["postgres", gateways[0]]
    secrets = [*secrets_of(service), f"{name}_database_url"]
    if "files_url" in service.entry.shared:
        told |= {f"{variable}_FILES_URL": f"s3://{BUCKET}/{name}", "AWS_ENDPOINT_URL": "http://minio:9000"}
        told |= {"AWS_ALLOW_HTTP": "true", "AWS_REGION": "us-east-1"}
        secrets += ["aws_access_key_id", "aws_secret_access_key"]
        waits.append("minio")
    if name == "rag":
        told |= {"RAG_VECTORS_URL": "chroma://chroma:8000"}
        secrets.append("rag_cache_url")
        waits += ["chroma", "redis"]
    keys: dict[str, Any] = {
        "scale": instances(stack, service),
        "environment": environment(stack, service, "gateway", told),
        "secrets": secrets,
        "volumes": [DATA],
        "depends_on": {one: {"condition": "service_healthy"} for one in waits},
    }
    return container(stack, image(stack, name), service.limits, keys)


def _other(name: str, limits: Limits, **keys: Any) -> Document:
    return {"image": IMAGES[name]} | bound(limits) | keys


def _check(*words: str) -> Document:
    return {"test": ["CMD", *words], "interval": "5s", "timeout": "3s", "retries": 12}


def _shell(script: str) -> list[str]:
    return ["sh", "-c", script.replace("$", "$$")]


def _stores() -> Document:
    """PostgreSQL, Redis, ChromaDB and MinIO."""
    return {
        "postgres": _other(
            "postgres",
            Limits(1024, 256, 2.0),
            user="999:999",
            environment={
                "POSTGRES_DB": "ai_stack",
                "POSTGRES_USER": "ai_stack",
                "POSTGRES_PASSWORD_FILE": f"{SECRETS}/postgres_password",
                "PGDATA": "/var/lib/postgresql/data/pgdata",
            },
            secrets=["postgres_password"],
            tmpfs=["/tmp", "/run/postgresql:mode=1777"],
            shm_size="128m",
            volumes=["postgres-data:/var/lib/postgresql/data"],
            healthcheck=_check("pg_isready", "-U", "ai_stack", "-d", "ai_stack"),
        ),
        "redis": _other(
            "redis",
            Limits(256, 64, 1.0),
            user="999:999",
            command=_shell(
                f'exec redis-server --dir /data --appendonly yes --requirepass "$(cat {SECRETS}/redis_password)"'
            ),
            secrets=["redis_password"],
            volumes=["redis-data:/data"],
            healthcheck=_check("redis-cli", "ping"),
        ),
        "chroma": _other(
            "chroma",
            Limits(1024, 256, 1.0),
            command=["run", "--host", "0.0.0.0", "--port", "8000", "--path", "/data"],  # noqa: S104 -- of the container
            environment={"ANONYMIZED_TELEMETRY": "FALSE"},
            volumes=["chroma-data:/data"],
            healthcheck=_check("bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8000"),
        ),
        "minio": _other(
            "minio",
            Limits(1024, 256, 1.0),
            entrypoint=_shell(f"mkdir -p /data/{BUCKET} && exec minio server /data"),
            environment={
                "MINIO_ROOT_USER_FILE": f"{SECRETS}/aws_access_key_id",
                "MINIO_ROOT_PASSWORD_FILE": f"{SECRETS}/aws_secret_access_key",
            },
            secrets=["aws_access_key_id", "aws_secret_access_key"],
            volumes=["minio-data:/data"],
            healthcheck=_check("bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/9000"),
        ),
    }


def _watching() -> Document:
    """Prometheus and Alertmanager; Grafana with the profile `dashboards`, Filebeat with `logs`."""
    return {
        "prometheus": _other(
            "prometheus",
            Limits(512, 128, 1.0),
            user="65534:65534",
            command=[
                "--config.file=/etc/prometheus/prometheus.yml",
                "--storage.tsdb.path=/prometheus",
                "--storage.tsdb.retention.time=15d",
            ],
            volumes=["./prometheus:/etc/prometheus:ro", "prometheus-data:/prometheus"],
            ports=["127.0.0.1:9090:9090"],
        ),
        "alertmanager": _other(
            "alertmanager",
            Limits(128, 32, 0.5),
            user="65534:65534",
            command=["--config.file=/etc/prometheus/alertmanager.yml", "--storage.path=/alertmanager"],
            volumes=["./prometheus:/etc/prometheus:ro", "alertmanager-data:/alertmanager"],
            ports=["127.0.0.1:9093:9093"],
        ),
        "grafana": _other(
            "grafana",
            Limits(256, 64, 1.0),
            profiles=["dashboards"],
            user="472:0",
            environment={"GF_SECURITY_ADMIN_PASSWORD__FILE": f"{SECRETS}/grafana_password"},
            secrets=["grafana_password"],
            volumes=[
                "./grafana/datasource.yml:/etc/grafana/provisioning/datasources/datasource.yml:ro",
                "grafana-data:/var/lib/grafana",
            ],
            ports=["127.0.0.1:3000:3000"],
        ),
        "filebeat": _other(
            "filebeat",
            Limits(256, 64, 0.5),
            profiles=["logs"],
            user="0:0",
            command=["-e", "--strict.perms=false", "--path.data", "/tmp/data"],
            environment={"ELASTICSEARCH_URL": "${ELASTICSEARCH_URL:-http://elasticsearch:9200}"},
            volumes=[
                "./filebeat/filebeat.yml:/usr/share/filebeat/filebeat.yml:ro",
                "/var/lib/docker/containers:/var/lib/docker/containers:ro",
            ],
        ),
    }
