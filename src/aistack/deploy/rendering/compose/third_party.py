"""Third-party containers that production uses: stores and monitoring, hardened like the stack's own."""

from typing import Any

from aistack.deploy.rendering.compose.definitions import Document, hardened
from aistack.deploy.rendering.containers import SECRETS
from aistack.stack.description import Limits

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


def third_party(name: str, limits: Limits, **keys: Any) -> Document:
    """A hardened container of a third-party image."""
    return {"image": IMAGES[name]} | hardened(limits) | keys


def _healthcheck(*words: str) -> Document:
    return {"test": ["CMD", *words], "interval": "5s", "timeout": "3s", "retries": 12}


def _shell(script: str) -> list[str]:
    return ["sh", "-c", script.replace("$", "$$")]


def stores(bucket: str) -> Document:
    """PostgreSQL, Redis, ChromaDB and MinIO with one bucket."""
    return {
        "postgres": third_party(
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
            healthcheck=_healthcheck("pg_isready", "-U", "ai_stack", "-d", "ai_stack"),
        ),
        "redis": third_party(
            "redis",
            Limits(256, 64, 1.0),
            user="999:999",
            command=_shell(
                f'exec redis-server --dir /data --appendonly yes --requirepass "$(cat {SECRETS}/redis_password)"'
            ),
            secrets=["redis_password"],
            volumes=["redis-data:/data"],
            healthcheck=_healthcheck("redis-cli", "ping"),
        ),
        "chroma": third_party(
            "chroma",
            Limits(1024, 256, 1.0),
            command=["run", "--host", "0.0.0.0", "--port", "8000", "--path", "/data"],  # noqa: S104 -- of the container
            environment={"ANONYMIZED_TELEMETRY": "FALSE"},
            volumes=["chroma-data:/data"],
            healthcheck=_healthcheck("bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8000"),
        ),
        "minio": third_party(
            "minio",
            Limits(1024, 256, 1.0),
            entrypoint=_shell(f"mkdir -p /data/{bucket} && exec minio server /data"),
            environment={
                "MINIO_ROOT_USER_FILE": f"{SECRETS}/aws_access_key_id",
                "MINIO_ROOT_PASSWORD_FILE": f"{SECRETS}/aws_secret_access_key",
            },
            secrets=["aws_access_key_id", "aws_secret_access_key"],
            volumes=["minio-data:/data"],
            healthcheck=_healthcheck("bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/9000"),
        ),
    }


def monitoring() -> Document:
    """Prometheus and Alertmanager; Grafana in the profile `dashboards`, Filebeat in `logs`."""
    return {
        "prometheus": third_party(
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
        "alertmanager": third_party(
            "alertmanager",
            Limits(128, 32, 0.5),
            user="65534:65534",
            command=["--config.file=/etc/prometheus/alertmanager.yml", "--storage.path=/alertmanager"],
            volumes=["./prometheus:/etc/prometheus:ro", "alertmanager-data:/alertmanager"],
            ports=["127.0.0.1:9093:9093"],
        ),
        "grafana": third_party(
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
        "filebeat": third_party(
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
