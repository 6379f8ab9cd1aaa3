"""Chat completions through the gateway beside LiteLLM: one core for the proxies, the other for load and upstream.

Needs nginx (the upstream) and wrk. LiteLLM is left out unless it is installed in an environment of its own, which
`benchmarks.chat.peers` says how to make; it is in none of our lock files. Both run throughout, with a key, a limit and
usage on; the load goes to each in turn.
"""

from benchmarks.report import Row


def run(quick: bool) -> list[Row]:
    from benchmarks.chat.load import FULL, QUICK, added_latency, rates, streams
    from benchmarks.chat.peers import peers

    size = QUICK if quick else FULL
    rows: list[Row] = []
    with peers() as running:
        rows += rates(running, size)
        rows += added_latency(running, size)
    rows += streams(size)
    return rows
