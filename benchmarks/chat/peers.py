"""Our gateway and LiteLLM in front of the same upstream, which answers every chat completion alike."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import psutil

from aistack.stack.catalogue import CATALOGUE
from benchmarks.report import skip
from harness.processes import NotInstalled, child, free_port, program, until
from harness.stack import Installation, installation

PROXY_CORE, LOAD_CORE = "0", "1"
KEY = "ask_0123456789abcdefghijABCDEFGHIJ_-xyz"
REQUIREMENTS = Path(__file__).with_name("litellm.txt")
LITELLM_FOLDER = Path(os.environ.get("LITELLM_VENV") or "~/.cache/aistack/litellm").expanduser()
ANSWER = (
    '{"id":"c1","object":"chat.completion","created":1700000000,"model":"m","choices":[{"index":0,"message":'
    '{"role":"assistant","content":"hello there"},"finish_reason":"stop"}],'
    '"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}}'
)
UPSTREAM = """
worker_processes 1; daemon off; error_log stderr crit; pid {folder}/upstream.pid;
events {{ worker_connections 30000; }}
http {{ client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder}; access_log off; keepalive_requests 1000000000;
  server {{ listen 127.0.0.1:{port} backlog=4096;
    location / {{ default_type application/json; return 200 '{answer}'; }} }}
}}
"""
LITELLM = """
model_list:
  - model_name: m
    litellm_params: {{model: openai/m, api_base: "http://127.0.0.1:{port}/v1", api_key: sk-x}}
general_settings: {{master_key: "{key}"}}
litellm_settings: {{telemetry: false}}
"""


@dataclass
class Peers:
    """Base URLs by name, the upstream's included, and what each proxy's process is."""

    upstream: str
    urls: dict[str, str] = field(default_factory=dict)
    pids: dict[str, int] = field(default_factory=dict)

    def memory_mib(self, name: str) -> float:
        """PSS of a proxy with its children."""
        process = psutil.Process(self.pids[name])
        return sum(one.memory_full_info().pss for one in (process, *process.children(recursive=True))) / 2**20


@contextmanager
def peers() -> Iterator[Peers]:
    """Raises NotInstalled without nginx or wrk."""
    nginx = program("nginx")
    program("wrk")
    with ExitStack() as held, TemporaryDirectory(prefix="aistack-bench-") as temporary:
        folder, port = Path(temporary), free_port()
        (folder / "upstream.conf").write_text(UPSTREAM.format(folder=folder, port=port, answer=ANSWER))
        words = [nginx, "-c", str(folder / "upstream.conf"), "-p", str(folder)]
        held.enter_context(child(["taskset", "-c", LOAD_CORE, *words]))
        running = Peers(f"http://127.0.0.1:{port}/v1")
        stack = held.enter_context(gateway(running.upstream))
        running.urls["gateway"], running.pids["gateway"] = f"{stack.url}/v1", stack.pid
        try:
            held.enter_context(_litellm(running, folder, port))
        except NotInstalled as error:
            skip(str(error))
        for url in running.urls.values():
            until(lambda url=url: answers(url), 120, f"an answer of {url}")
        yield running


@contextmanager
def gateway(upstream: str, lines: str = "") -> Iterator[Installation]:
    """Our gateway with a key, a limit and usage on."""
    toml = (
        "[stack]\nidentity = true\n[services.gateway]\nrate_limits = ['/v1 1000000/s burst 1000']\n"
        f"model_calls_max = 20000\nconnections_max = 30000\nconnections_per_client_max = 30000\n{lines}"
        + "".join(f"[services.{name}]\nenabled = false\n" for name in CATALOGUE if name != "gateway")
        + f"[models.m]\nupstreams = [{{ url = '{upstream}' }}]\nprices = {{ input = 1, output = 1 }}\n"
    )
    with installation(toml) as stack:
        stack.environ["GATEWAY_ADMIN_KEY"] = stack.environ["AISTACK_API_KEY"] = KEY
        stack.run("up", prefix=("taskset", "-c", PROXY_CORE))
        yield stack


def _install_litellm() -> None:
    """Makes an environment with the versions and hashes of `litellm.txt`. Raises NotInstalled if that fails."""
    pip = [LITELLM_FOLDER / "bin" / "python", "-m", "pip", "install", "--quiet", "--require-hashes"]
    try:
        subprocess.run([sys.executable, "-m", "venv", "--clear", LITELLM_FOLDER], check=True)
        subprocess.run([*pip, "-r", REQUIREMENTS], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        shutil.rmtree(LITELLM_FOLDER, ignore_errors=True)
        raise NotInstalled(f"LiteLLM ({error})") from None


@contextmanager
def _litellm(running: Peers, folder: Path, upstream: int) -> Iterator[None]:
    command = LITELLM_FOLDER / "bin" / "litellm"
    if not command.exists():
        _install_litellm()
    (folder / "litellm.yaml").write_text(LITELLM.format(port=upstream, key=KEY))
    port = free_port()
    words = ["taskset", "-c", PROXY_CORE, command, "--config", folder / "litellm.yaml", "--port", str(port)]
    words += ["--host", "127.0.0.1"]
    environ = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_ALLOW_WEAK_MASTER_KEY": "true", "LITELLM_LOG": "ERROR"}
    with child(words, env={**os.environ, **environ}, cwd=folder) as process:
        running.urls["LiteLLM"], running.pids["LiteLLM"] = f"http://127.0.0.1:{port}/v1", process.pid
        yield


def answers(url: str) -> bool:
    """Whether a chat completion succeeds."""
    body = {"model": "m", "messages": [{"role": "user", "content": "hello"}]}
    try:
        headers = {"Authorization": f"Bearer {KEY}"}
        return httpx.post(f"{url}/chat/completions", json=body, headers=headers, timeout=30).is_success
    except httpx.HTTPError:
        return False
