"""The process that runs a model: `python -m aistack.inference.backends.transformers.native OPTIONS`, OPTIONS in JSON.

It reads messages from standard input and writes them to what was its standard output, one JSON array a line, until its
input ends. Input: `["add", NUMBER, JOB]`, `["cancel", NUMBER]`. Output: `["ready", DEVICE]` once, then for each step
`["step", STEPS, [[NUMBER, TOKEN | FAILURE], ...]]`. What libraries print goes to standard error.
"""

import contextlib
import ctypes
import json
import os
import queue
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from aistack.inference.backends.backend import LoadFailed
from aistack.inference.backends.generation.jobs import Job, Sampling

PR_SET_PDEATHSIG = 1
COMPACT = (",", ":")


def main(options: dict[str, Any]) -> None:
    """Loads the model and serves it. Leaves with status 1 and a line on standard error if that fails."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    import torch

    from aistack.inference.backends.transformers.batch import Batch
    from aistack.inference.backends.transformers.model import Model

    torch.set_num_threads(options["threads"])
    try:
        model = Model(Path(options["model"]), options["slots"], options["adapters"])
        batch = Batch(model, options["slots"], options["prompt_tokens"])
        batch.add(0, Job([0] * min(options["prompt_tokens"], options["slots"] - 1), 1, Sampling(temperature=0)))
        batch.step()  # takes the memory of the cache now, when it can still be refused
    except (LoadFailed, RuntimeError, MemoryError) as error:
        sys.exit(" ".join(str(error).split()) or "out of memory")
    _write(answers, ["ready", model.device.type])
    inbox: queue.SimpleQueue[list[Any] | None] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(inbox, options), daemon=True).start()
    while True:
        failed: list[tuple[int, str]] = []
        while batch.idle or not inbox.empty():
            message = inbox.get()
            if message is None:
                os._exit(0)
            kind, number, *rest = message
            if kind == "add":
                batch.add(number, *rest)
            elif kind == "cancel":
                batch.cancel(number)
            else:
                failed.append((number, rest[0]))
                break
        results = batch.step()
        _write(answers, ["step", batch.steps, failed + results])


def _read(inbox: "queue.SimpleQueue[list[Any] | None]", options: dict[str, Any]) -> None:
    """Hands messages on. Grammars are compiled beside the steps; what is cancelled meanwhile does not begin."""
    matchers = _Matchers(options)
    compiling = ThreadPoolExecutor(1)
    cancelled: set[int] = set()
    held: set[int] = set()

    def compile_and_add(number: int, job: Job) -> None:
        try:
            matcher = matchers.make(job.grammar)
            if number not in cancelled:
                inbox.put(["add", number, job, matcher])
        except Exception as error:
            inbox.put(["fail", number, f"the grammar cannot be used: {error}"])
        held.discard(number)
        cancelled.discard(number)

    try:
        for line in sys.stdin.buffer:
            kind, number, *rest = json.loads(line)
            if kind == "cancel":
                if number in held:
                    cancelled.add(number)
                inbox.put(["cancel", number])
                continue
            fields = rest[0]
            job = Job(**fields | {"sampling": Sampling(**fields["sampling"])})
            if job.grammar:
                held.add(number)
                compiling.submit(compile_and_add, number, job)
            else:
                inbox.put(["add", number, job])
    except BaseException as error:  # nobody would hear of further jobs: the worker must see the process end
        print(f"reading failed: {error!r}", file=sys.stderr, flush=True)
        os._exit(1)
    inbox.put(None)


class _Matchers:
    """Grammars of the model's tokenizer, which is read when the first is needed."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._options = options
        self._tokenizer: Any = None
        self._known: dict[str, Any] = {}

    def make(self, grammar: str) -> Any:
        from llguidance import LLMatcher

        from aistack.inference.backends.generation.tokenizer import TextTokenizer

        if self._tokenizer is None:
            self._tokenizer = TextTokenizer(Path(self._options["model"]), self._options["stop_ids"]).grammar_tokenizer
        if grammar not in self._known:
            if len(self._known) >= 64:
                self._known.pop(next(iter(self._known)))
            self._known[grammar] = LLMatcher(self._tokenizer, grammar, log_level=0)
        return self._known[grammar].deep_copy()


def _write(answers: Any, message: list[Any]) -> None:
    answers.write(json.dumps(message, separators=COMPACT).encode() + b"\n")
    answers.flush()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
