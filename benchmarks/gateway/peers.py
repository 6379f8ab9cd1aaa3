"""The proxies side by side: nginx, Envoy and HAProxy as they come, and our gateway in three settings."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from aistack.stack.catalogue import CATALOGUE
from benchmarks.gateway.load import LOAD_CORE
from benchmarks.gateway.stream_ends import KEY
from benchmarks.report import skip
from harness.certificates import write_certificate
from harness.processes import NotInstalled, child, free_port, program, until
from harness.servers.envoy import envoy_command
from harness.stack import Installation, installation

PROXY_CORE = "0"
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


@dataclass
class Proxies:
    """Everything runs. `urls` lead through each proxy to the same upstream; `stack` is our gateway with all on."""

    folder: Path
    upstream: int
    stack: Installation
    urls: dict[str, str] = field(default_factory=dict)
    tls_urls: dict[str, str] = field(default_factory=dict)


@contextmanager
def proxies() -> Iterator[Proxies]:
    """Raises NotInstalled for what cannot be done without; says which other peers are left out."""
    nginx = program("nginx")
    for needed in ("wrk", "h2load"):
        program(needed)
    with ExitStack() as held, TemporaryDirectory(prefix="aistack-bench-") as temporary:
        folder = Path(temporary)
        paths = PATHS.format(folder=folder)
        upstream = free_port()
        ports = {name: free_port() for name in ("nginx", "nginx-tls", "Envoy", "HAProxy", "gateway-tls")}
        write_certificate(folder, "localhost")
        files = f"ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;"
        tls = f"listen 127.0.0.1:{ports['nginx-tls']} ssl; {files}"
        for name, text in {
            "upstream.conf": UPSTREAM.format(folder=folder, paths=paths, port=upstream, body=BODY),
            "nginx.conf": NGINX.format(
                folder=folder, paths=paths, port=ports["nginx"], upstream=upstream, tls=tls, workers=1
            ),
            "haproxy.cfg": HAPROXY.format(port=ports["HAProxy"], upstream=upstream),
        }.items():
            (folder / name).write_text(text)
        held.enter_context(on_core(LOAD_CORE, [nginx, "-c", str(folder / "upstream.conf"), "-p", str(folder)]))
        held.enter_context(on_core(PROXY_CORE, [nginx, "-c", str(folder / "nginx.conf"), "-p", str(folder)]))
        urls = {"nginx": f"http://127.0.0.1:{ports['nginx']}/bench/x"}
        for name, command in (
            ("HAProxy", lambda: (program("haproxy", "HAProxy"), "-f", str(folder / "haproxy.cfg"))),
            ("Envoy", lambda: envoy_command(folder, ports["Envoy"], upstream)),
        ):
            try:
                held.enter_context(on_core(PROXY_CORE, command()))
                urls[name] = f"http://127.0.0.1:{ports[name]}/bench/x"
            except NotInstalled as error:
                skip(str(error))
        tls_lines = (
            f"tls_listen = ['127.0.0.1:{ports['gateway-tls']}']\ntls_cert_file = '{folder}/cert.pem'\n"
            f"tls_key_file = '{folder}/key.pem'\n"
        )
        full = held.enter_context(
            gateway(upstream, f"rate_limits = ['/bench 1000000/s burst 1000']\n{tls_lines}", True)
        )
        no_limits = held.enter_context(gateway(upstream, "rate_limits = []\n", True))
        bare = held.enter_context(gateway(upstream, "rate_limits = []\n", False))
        running = Proxies(folder, upstream, full, urls)
        running.urls |= {
            "gateway": f"{full.url}/bench/x",
            "gateway without limits": f"{no_limits.url}/bench/x",
            "gateway without identity and limits": f"{bare.url}/bench/x",
        }
        running.tls_urls = {
            "nginx with TLS": f"https://127.0.0.1:{ports['nginx-tls']}/bench/x",
            "gateway with TLS": f"https://127.0.0.1:{ports['gateway-tls']}/bench/x",
        }
        for url in (*running.urls.values(), *running.tls_urls.values()):
            until_answers(url)
        yield running


def on_core(core: str, words: Sequence[str]) -> AbstractContextManager["subprocess.Popen[bytes]"]:
    """A process bound to one core for the time of the block."""
    return child(["taskset", "-c", core, *words])


@contextmanager
def gateway(upstream: int, lines: str, identity: bool, cores: str = PROXY_CORE) -> Iterator[Installation]:
    """Our gateway, with the upstream as a static service under /bench."""
    toml = (
        f"[stack]\nidentity = {str(identity).lower()}\n[services.gateway]\nmax_concurrent_requests = 20000\n{lines}"
        f"connections_max = 30000\nconnections_per_client_max = 30000\nidle_timeout_seconds = 600\n"
        + "".join(f"[services.{name}]\nenabled = false\n" for name in CATALOGUE if name != "gateway")
        + f"[upstreams.bench]\nurls = ['http://127.0.0.1:{upstream}']\nroutes = ['/bench']\nhealth_path = '/'\n"
    )
    with installation(toml) as stack:
        stack.environ["GATEWAY_ADMIN_KEY"] = KEY
        if identity:
            stack.environ["AISTACK_API_KEY"] = KEY
        stack.run("up", prefix=("taskset", "-c", cores))
        yield stack


def until_answers(url: str) -> None:
    """Raises AssertionError when it does not within ten seconds."""
    headers = {"Authorization": f"Bearer {KEY}"}

    def answers() -> bool:
        try:
            return httpx.get(url, headers=headers, verify=False, timeout=5).is_success
        except httpx.HTTPError:
            return False

    until(answers, 10, f"an answer of {url}")
