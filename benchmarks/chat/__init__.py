"""Chat completions through the gateway beside LiteLLM: one core for the proxies, the other for load and upstream.

Needs nginx (the upstream) and wrk. LiteLLM gets an environment of its own (`LITELLM_VENV`), made by hash on the first
run; it is in none of our lock files, and left out where it cannot be installed. Both proxies run throughout, with a
key, a limit and usage on; the load goes to each in turn.
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
