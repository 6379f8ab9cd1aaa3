"""LoRA adapters by name: each changes the answers of the requests that ask for it, and of no others."""

from pathlib import Path

import pytest

from harness.samples.lora import lora_adapter
from harness.services.model_worker import CHAT_MODEL, model_worker

pytestmark = pytest.mark.heavy

COMPLETION = 2


def test_an_adapter_changes_the_answers_that_ask_for_it(weights: Path, tmp_path: Path):
    one, other = (lora_adapter(tmp_path / f"{seed}.gguf", seed=seed) for seed in (1, 2))
    arguments = ("--model", CHAT_MODEL, "--threads", "1", "--adapter", f"one={one}", "--adapter", f"other={other}")
    body = {"model": CHAT_MODEL, "prompt": "The quick brown fox", "max_tokens": 12, "temperature": 0}
    with model_worker(tmp_path / "run", weights, *arguments) as worker:
        texts = [
            worker.answer(COMPLETION, body, adapter=name)["choices"][0]["text"] for name in ("", "one", "other", "")
        ]
        assert worker.metrics["adapters"] == "one,other"
        assert worker.error(COMPLETION, body, adapter="third").code == "adapter_not_found"
    assert texts[0] == texts[3] and len(set(texts)) == 3
