"""Requests per second as hard as they go, the tail at half of that, and two workers on two cores."""

import statistics
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.gateway.load import ON_LOAD_CORE, Size, p99_at, peak_rate
from benchmarks.gateway.peers import BODY, NGINX, PATHS, UPSTREAM, Proxies, gateway, until_answers
from benchmarks.report import Row
from harness.processes import child, free_port, program

BARS = {"nginx": ">= 0.6", "Envoy": ">= 2", "HAProxy": ""}


def rates(running: Proxies, size: Size) -> list[Row]:
    """Plain GET, 64 connections; ratios are medians of pairs measured one after the other."""
    seen = _rounds(running.urls, size)
    tls = _rounds(running.tls_urls, size)
    return [
        *(
            Row(
                f"gateway / {name}, requests/s, median of pairs", round(_ratio(seen["gateway"], seen[name]), 3), "", bar
            )
            for name, bar in BARS.items()
            if name in seen
        ),
        *(Row(f"{name}, requests/s", round(statistics.median(rate)), "1/s") for name, rate in (seen | tls).items()),
        Row("TLS: gateway / nginx, requests/s", round(_ratio(tls["gateway with TLS"], tls["nginx with TLS"]), 3), ""),
    ]


def access_log(running: Proxies, size: Size) -> list[Row]:
    """What the access log costs: none, as it is by default, and a line for every request."""
    with ExitStack() as held:
        urls: dict[str, str] = {}
        for name, lines in size.access_logs.items():
            toml = f"rate_limits = []\naccess_log_per_second = {lines}\n"
            stack = held.enter_context(gateway(running.upstream, toml, True))
            urls[name] = f"{stack.url}/bench/x"
            until_answers(urls[name])
        seen = _rounds(urls, size)
    return [
        Row(f"access log: {name} / none, requests/s", round(_ratio(rate, seen["none"]), 3), "")
        for name, rate in seen.items()
        if name != "none"
    ]


def _ratio(ours: list[float], theirs: list[float]) -> float:
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


def _rounds(urls: Mapping[str, str], size: Size, prefix: tuple[str, ...] = ON_LOAD_CORE) -> dict[str, list[float]]:
    """Requests per second through each, in every round."""
    seen: dict[str, list[float]] = {name: [] for name in urls}
    for _ in range(size.rounds):
        for name, url in urls.items():
            seen[name].append(peak_rate(url, size.seconds, prefix))
    return seen


def latency_at_half(running: Proxies, size: Size) -> list[Row]:
    """The 99th percentile of each at half of its own peak, in pairs; h2load paces each of 32 connections."""
    p99s: dict[str, list[float]] = {"nginx": [], "gateway": []}
    peaks = {name: peak_rate(running.urls[name], size.seconds) for name in p99s}
    for _ in range(size.rounds):
        for name in p99s:
            p99s[name].append(p99_at(running.urls[name], peaks[name] / 2, size.seconds, running.folder))
    ratio = statistics.median(a / b for a, b in zip(p99s["gateway"], p99s["nginx"], strict=True))
    return [
        Row("p99 at half of its own peak, gateway / nginx", round(ratio, 2), "", "<= 2"),
        *(
            Row(f"{name}, p99 at half of its peak", round(statistics.median(seen), 2), "ms")
            for name, seen in p99s.items()
        ),
    ]


def workers(size: Size) -> list[Row]:
    """One worker and two, on both cores together with load and upstream; nginx likewise."""
    with ExitStack() as held, TemporaryDirectory(prefix="aistack-bench-") as temporary:
        folder, upstream = Path(temporary), free_port()
        paths = PATHS.format(folder=folder)
        (folder / "upstream.conf").write_text(UPSTREAM.format(folder=folder, paths=paths, port=upstream, body=BODY))
        ports = {1: free_port(), 2: free_port()}
        for number, port in ports.items():
            text = NGINX.format(folder=folder, paths=paths, port=port, upstream=upstream, tls="", workers=number)
            (folder / f"nginx{number}.conf").write_text(text)
        for name in ("upstream", "nginx1", "nginx2"):
            held.enter_context(child([program("nginx"), "-c", str(folder / f"{name}.conf"), "-p", str(folder)]))
        one, two = (
            held.enter_context(gateway(upstream, f"rate_limits = []\nworkers = {number}\n", True, cores="0,1"))
            for number in (1, 2)
        )
        urls = {
            "nginx, 1 worker": f"http://127.0.0.1:{ports[1]}/bench/x",
            "nginx, 2 workers": f"http://127.0.0.1:{ports[2]}/bench/x",
            "gateway, 1 worker": f"{one.url}/bench/x",
            "gateway, 2 workers": f"{two.url}/bench/x",
        }
        for url in urls.values():
            until_answers(url)
        seen = _rounds(urls, size, ())
    return [
        Row(f"{name}, everything on both cores, requests/s", round(statistics.median(rate)), "1/s")
        for name, rate in seen.items()
    ]
