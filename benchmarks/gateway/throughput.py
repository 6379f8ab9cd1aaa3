"""Requests per second as hard as they go, the tail at half of that, and two workers on two cores."""

import re
import statistics
import subprocess
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks.gateway.peers import BODY, KEY, LOAD_CORE, NGINX, PATHS, UPSTREAM, Scene, gateway, until_answers
from benchmarks.report import Row
from benchmarks.running import free_port

ROUNDS = 5
SECONDS = 3
CONNECTIONS = 64


def rates(scene: Scene) -> list[Row]:
    """Plain GET, 64 connections; ratios are medians of pairs measured one after the other."""
    seen = _rounds(scene.urls)
    tls = _rounds(scene.tls_urls)
    ratio = {name: _ratio(seen["gateway"], seen[name]) for name in ("nginx", "Envoy", "HAProxy")}
    return [
        Row("gateway / nginx, requests/s, median of pairs", round(ratio["nginx"], 3), "", ">= 0.6"),
        Row("gateway / Envoy, requests/s, median of pairs", round(ratio["Envoy"], 3), "", ">= 2"),
        Row("gateway / HAProxy, requests/s, median of pairs", round(ratio["HAProxy"], 3), ""),
        *(Row(f"{name}, requests/s", round(statistics.median(rate)), "1/s") for name, rate in (seen | tls).items()),
        Row("TLS: gateway / nginx", round(_ratio(tls["gateway with TLS"], tls["nginx with TLS"]), 3), ""),
    ]


def access_log(scene: Scene) -> list[Row]:
    """What the access log costs: none, as it is by default, and a line for every request."""
    with ExitStack() as held:
        urls: dict[str, str] = {}
        for name, lines in (("none", 0), ("100 lines a second, the default", 100), ("every request", 1_000_000)):
            toml = f"rate_limits = []\naccess_log_per_second = {lines}\n"
            stack = held.enter_context(gateway(scene.upstream, toml, True))
            urls[name] = f"http://127.0.0.1:{stack.port}/bench/x"
            until_answers(urls[name])
        seen = _rounds(urls)
    return [
        Row(f"access log: {name} / none, requests/s", round(_ratio(rate, seen["none"]), 3), "")
        for name, rate in seen.items()
        if name != "none"
    ]


def _ratio(ours: list[float], theirs: list[float]) -> float:
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


def _rounds(urls: dict[str, str], prefix: tuple[str, ...] = ("taskset", "-c", LOAD_CORE)) -> dict[str, list[float]]:
    seen: dict[str, list[float]] = {name: [] for name in urls}
    for _ in range(ROUNDS):
        for name, url in urls.items():
            seen[name].append(load(url, prefix))
    return seen


def load(url: str, prefix: tuple[str, ...] = ("taskset", "-c", LOAD_CORE), threads: int = 1) -> float:
    """Requests per second."""
    said = subprocess.run(
        [*prefix, "wrk", f"-t{threads}", f"-c{CONNECTIONS}", f"-d{SECONDS}s",
         "-H", f"Authorization: Bearer {KEY}", url],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    if "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(f"{url} answered with errors:\n{said}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])


def latency_at_half(scene: Scene) -> list[Row]:
    """The 99th percentile of each at half of its own peak, in pairs; h2load paces each of 32 connections."""
    p99s: dict[str, list[float]] = {"nginx": [], "gateway": []}
    peaks = {name: load(scene.urls[name]) for name in p99s}
    for _ in range(ROUNDS):
        for name in p99s:
            p99s[name].append(_paced(scene.urls[name], peaks[name] / 2, scene.folder))
    ratio = statistics.median(a / b for a, b in zip(p99s["gateway"], p99s["nginx"], strict=True))
    return [
        Row("p99 at half of its own peak, gateway / nginx", round(ratio, 2), "", "<= 2"),
        *(
            Row(f"{name}, p99 at half of its peak", round(statistics.median(seen), 2), "ms")
            for name, seen in p99s.items()
        ),
    ]


def _paced(url: str, rate: float, folder: Path) -> float:
    """The 99th percentile in milliseconds at a given rate."""
    log, clients = folder / "paced.log", 32
    log.unlink(missing_ok=True)
    subprocess.run(
        ["taskset", "-c", LOAD_CORE, "h2load", "--h1", f"-c{clients}", "-t1", f"-D{SECONDS}",
         f"--rps={rate / clients:.0f}", f"--log-file={log}", "-H", f"Authorization: Bearer {KEY}", url],
        check=True, capture_output=True,
    )  # fmt: skip
    micros = sorted(int(line.split("\t")[2]) for line in log.read_text().splitlines())
    return micros[int(len(micros) * 0.99)] / 1000


def workers() -> list[Row]:
    """One worker and two, on both cores together with load and upstream; nginx likewise."""
    with ExitStack() as held, tempfile.TemporaryDirectory(prefix="aistack-bench-") as temporary:
        folder, upstream = Path(temporary), free_port()
        paths = PATHS.format(folder=folder)
        (folder / "upstream.conf").write_text(UPSTREAM.format(folder=folder, paths=paths, port=upstream, body=BODY))
        ports = {1: free_port(), 2: free_port()}
        for number, port in ports.items():
            text = NGINX.format(folder=folder, paths=paths, port=port, upstream=upstream, tls="", workers=number)
            (folder / f"nginx{number}.conf").write_text(text)
        for name in ("upstream", "nginx1", "nginx2"):
            server = subprocess.Popen(
                ["nginx", "-c", str(folder / f"{name}.conf"), "-p", str(folder)], stderr=subprocess.DEVNULL
            )
            held.callback(server.wait)
            held.callback(server.terminate)
        one, two = (
            held.enter_context(gateway(upstream, f"rate_limits = []\nworkers = {number}\n", True, cores="0,1"))
            for number in (1, 2)
        )
        urls = {
            "nginx, 1 worker": f"http://127.0.0.1:{ports[1]}/bench/x",
            "nginx, 2 workers": f"http://127.0.0.1:{ports[2]}/bench/x",
            "gateway, 1 worker": f"http://127.0.0.1:{one.port}/bench/x",
            "gateway, 2 workers": f"http://127.0.0.1:{two.port}/bench/x",
        }
        for url in urls.values():
            until_answers(url)
        seen = _rounds(urls, ())
    return [
        Row(f"{name}, everything on both cores, requests/s", round(statistics.median(rate)), "1/s")
        for name, rate in seen.items()
    ]
