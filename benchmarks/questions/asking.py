"""Starts the stack with each set of databases and asks."""

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from benchmarks.questions.databases import Database, chinook, defog, small
from benchmarks.questions.scoring import Rows, same_rows
from benchmarks.report import Row, skip
from harness.services.model_worker import model_worker
from harness.services.sidecar import sidecar
from harness.stack import Stack

MODEL = os.environ.get("BENCH_MODEL", "qwen2.5-coder-1.5b")
SECONDS_MAX = 3600  # a model without a graphics card may need minutes


@dataclass
class Score:
    right: int = 0
    wrong: int = 0
    asked_back: int = 0
    refused: int = 0
    seconds: float = 0.0

    @property
    def total(self) -> int:
        return self.right + self.wrong + self.asked_back + self.refused


def run(quick: bool) -> list[Row]:
    rows: list[Row] = []
    with ExitStack() as held:
        sources = (small,) if quick else (chinook, defog)
        databases = [one for source in sources for one in held.enter_context(source())]
        sets = sorted({one.collection for one in databases})
        for name in sets:
            chosen = [one for one in databases if one.collection == name]
            with _stack(None) as stack:
                rows += _rows(name, "no model", _ask(stack, chosen))
            data = None if quick else _data_of_model()
            if data is not None:
                with _local_model(data) as upstream, _stack(upstream) as stack:
                    rows += _rows(name, MODEL, _ask(stack, chosen))
    return rows


def _rows(collection: str, how: str, score: Score) -> list[Row]:
    label = f"{collection}, {how}"
    return [
        Row(f"{label}: right, of {score.total}", round(score.right / score.total, 3), ""),
        Row(f"{label}: wrong", round(score.wrong / score.total, 3), ""),
        Row(f"{label}: asked back", round(score.asked_back / score.total, 3), ""),
        Row(f"{label}: refused", round(score.refused / score.total, 3), ""),
        Row(f"{label}: time per question", round(score.seconds / score.total, 2), "s"),
    ]


def _ask(stack: Stack, databases: Sequence[Database]) -> Score:
    score = Score()
    log = os.environ.get("BENCH_ANSWERS")
    for database in databases:
        made = stack.http.post("/api/connections", json={"name": database.name, **database.connection})
        assert made.status_code < 300, made.text
        for question in database.questions:
            begun = time.monotonic()
            answer = stack.http.post(
                "/api/ai/query", json={"connection_id": database.name, "question": question.text}, timeout=SECONDS_MAX
            )
            score.seconds += time.monotonic() - begun
            verdict = _verdict(answer, database.gold_rows(question))
            setattr(score, verdict, getattr(score, verdict) + 1)
            if log:
                with Path(log).open("a") as out:
                    told = {"db": database.name, "verdict": verdict, "question": question.text}
                    seen = {key: answer.json().get(key) for key in ("method", "sql", "error", "confidence")}
                    out.write(json.dumps(told | seen, ensure_ascii=False) + "\n")
    return score


def _verdict(answer: httpx.Response, gold: Sequence[Rows]) -> str:
    given = answer.json()
    if answer.status_code != 200 or given["status"] == "failed":
        return "refused"
    if given["status"] == "need_clarification" or given["result"] is None:
        return "asked_back"
    return "right" if any(same_rows(given["result"]["rows"], one) for one in gold) else "wrong"


@contextmanager
def _stack(upstream: dict | None) -> Iterator[Stack]:
    with TemporaryDirectory(prefix="aistack-answers-") as name:
        stack = Stack(
            Path(name),
            AI_ROWS_MAX="10000",
            CONNECTION_FILE_FOLDERS="/",
            CONNECTION_ALLOW_PRIVILEGED="true",
            REQUEST_TIMEOUT=str(SECONDS_MAX),
            AI_LLM_SECONDS_MAX=str(SECONDS_MAX),
        )
        stack.up()
        try:
            if upstream is not None:
                limits = {"first_token_seconds": SECONDS_MAX, "seconds": SECONDS_MAX}
                made = stack.http.put("/gateway/models/default", json={"upstreams": [upstream], **limits})
                assert made.status_code == 200, made.text
            yield stack
        finally:
            stack.down()


def _data_of_model() -> Path | None:
    data = Path(os.environ.get("AISTACK_DATA_DIR", Path.home() / ".aistack"))
    if (data / "models" / MODEL).is_dir():
        return data
    skip(f"answers by {MODEL}: run `aistack models pull {MODEL}` first")
    return None


@contextmanager
def _local_model(data: Path) -> Iterator[dict]:
    with TemporaryDirectory(prefix="aistack-worker-") as name, ExitStack() as held:
        words = ("--model", MODEL, "--context", "16384", "--parallel", "2")
        worker = held.enter_context(model_worker(Path(name) / "worker", data, *words))
        relay = held.enter_context(sidecar(Path(name) / "sidecar", f"unix://{worker.path}"))
        print(f"{MODEL} behind {relay.address}", file=sys.stderr)
        yield {"worker": MODEL, "sidecar": relay.address}
