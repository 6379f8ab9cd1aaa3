"""Images of others that cannot be had without a registry, made from Debian's and PyPI's packages under their names.

PostgreSQL, Redis, nginx, Prometheus and Alertmanager are Debian's own builds of the same servers, ChromaDB is the
same server from PyPI; MinIO is moto's S3. All are installed in one image, of which the others are only names and
commands. Grafana and Filebeat are in neither place and are left out.
"""

from aistack.deploy.rendering.compose.third_party import IMAGES
from harness.containers.docker import Docker
from harness.processes import REPOSITORY

SERVERS = "third-party-servers"
INSTALL = """\
FROM {base}
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends \\
      nginx-light postgresql prometheus prometheus-alertmanager redis-server >/dev/null && rm -rf /var/lib/apt/lists/*
{constraints}
RUN python3 -m pip install --quiet --break-system-packages --no-cache-dir --no-compile --constraint /constraints \\
      boto3 chromadb "moto[server]"
"""

POSTGRES = """\
#!/bin/bash
set -e
export PATH=$PATH:$(echo /usr/lib/postgresql/*/bin)
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  initdb -U "$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" -A scram-sha-256 -E UTF8 >/dev/null
  echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
  echo "create database $POSTGRES_DB" | postgres --single -j template1 >/dev/null
fi
exec postgres -h '*'
"""
MINIO = """\
#!/usr/bin/python3
import os, subprocess, sys, time
server = subprocess.Popen(["moto_server", "-H", "0.0.0.0", "-p", "9000"])
import boto3
client = boto3.client("s3", endpoint_url="http://127.0.0.1:9000", region_name="us-east-1",
                      aws_access_key_id="x", aws_secret_access_key="x")
for bucket in os.listdir(sys.argv[2]):
    while True:
        try:
            client.create_bucket(Bucket=bucket)
            break
        except Exception:
            time.sleep(0.2)
sys.exit(server.wait())
"""


def _file(text: str, path: str) -> str:
    """A file written while an image is built, without a folder of its own."""
    script = f"import sys; open('{path}', 'wb').write(bytes.fromhex(input()))"
    return f'RUN echo {text.encode().hex()} | python3 -c "{script}" && chmod 755 {path}'


def dockerfiles() -> dict[str, str]:
    """By the name that IMAGES has for them."""
    return {
        "nginx": 'CMD ["nginx", "-g", "daemon off;"]\n',
        "redis": "RUN mkdir -p /data && chown 999:999 /data\n",
        "postgres": (
            "RUN mkdir -p /var/lib/postgresql/data && chown 999:999 /var/lib/postgresql/data && "
            "echo 'pg:x:999:999::/:/bin/sh' >> /etc/passwd && chmod 3777 /var/run/postgresql && "
            "ln -sf /usr/lib/postgresql/*/bin/pg_isready /usr/local/bin/pg_isready\n"
            f'{_file(POSTGRES, "/entry")}\nENTRYPOINT ["/entry"]\n'
        ),
        "chroma": 'RUN mkdir /data\nWORKDIR /data\nENTRYPOINT ["chroma"]\n',
        "minio": f"{_file(MINIO, '/usr/local/bin/minio')}\n",
        "prometheus": ('RUN mkdir -p /prometheus && chown 65534:65534 /prometheus\nENTRYPOINT ["prometheus"]\n'),
        "alertmanager": (
            "RUN mkdir -p /alertmanager && chown 65534:65534 /alertmanager\n"
            'ENTRYPOINT ["prometheus-alertmanager", "--cluster.listen-address="]\n'
        ),
    }


def build(docker: Docker, base: str) -> None:
    lock = (REPOSITORY / "requirements/test.lock").read_text()
    constraints = "\n".join(line.rstrip("\\ ") for line in lock.splitlines() if "==" in line[:60] and line[0].isalnum())
    texts = {SERVERS: INSTALL.format(base=base, constraints=_file(constraints, "/constraints"))}
    texts |= {IMAGES[name]: f"FROM {SERVERS}\n{text}" for name, text in dockerfiles().items()}
    for image, text in texts.items():
        if not docker.run("images", "-q", image):
            docker.run("build", "-q", "-t", image, "-", stdin=text.encode())
