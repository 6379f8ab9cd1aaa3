"""The inference sidecar beside the worker itself: the same clients, directly and through it, in one run.

The worker is the harness's: the gRPC library's own asyncio server without a model, so that what is measured is the way
to it. Calls to both alternate, so that what else the machine does meets both alike. Then a worker with a tiny model on
torch, with one client and with sixteen.
"""

from benchmarks.report import Row


def run(quick: bool) -> list[Row]:
    import asyncio
    import sys
    import tempfile
    from pathlib import Path

    from benchmarks.inference.gateway import first_tokens
    from benchmarks.inference.kills import killed_workers
    from benchmarks.inference.load import FULL, QUICK
    from benchmarks.inference.relay import latency, memory, paced_streams, rates
    from benchmarks.inference.transformers import transformers
    from harness.processes import NotInstalled
    from harness.services.inference_worker import inference_worker
    from harness.services.sidecar import sidecar

    size = QUICK if quick else FULL
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with inference_worker(folder / "w.sock") as worker, sidecar(folder, worker.address) as relay:
            idle = relay.memory_mib()
            rows += asyncio.run(latency(worker.address, relay.address, size))
            rows += asyncio.run(rates(worker.address, relay.address, size))
            rows += asyncio.run(paced_streams(relay, size))
            rows += first_tokens(worker, relay, size)
        rows.append(Row("sidecar's memory, idle (RSS)", round(idle, 1), "MiB", "<= 50"))
        with (
            inference_worker(folder / "m.sock") as worker,
            sidecar(folder / "m", worker.address, calls_per_worker=size.held_streams) as relay,
        ):
            rows += asyncio.run(memory(relay, size))
        rows += asyncio.run(killed_workers(folder / "k", size))
    try:
        rows += transformers(quick)
    except NotInstalled as error:
        print(f"without the rows of transformers: {error}", file=sys.stderr)
    return rows
