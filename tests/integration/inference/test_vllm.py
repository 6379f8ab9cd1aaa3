"""The adapter for vLLM speaks its documented interface; vLLM itself needs a GPU and does not run here."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from aistack.inference.backends.backend import BadRequest, Limits, LoadFailed, Piece, PredictFailed, Prediction, Task
from aistack.inference.backends.opening import open_backend
from harness.standins.vllm import AsyncLLM, EngineDeadError, StructuredOutputsParams, vllm_standin

pytestmark = pytest.mark.heavy

SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"], "additionalProperties": False}


class Asked:
    """A loaded backend and the engine under it."""

    def __init__(self, backend: Any, engine: AsyncLLM) -> None:
        self.backend, self.engine = backend, engine

    def predict(self, body: dict[str, Any], task: Task = "COMPLETION", **fields: Any) -> Any:
        return self.backend.predict(Prediction(task, body, "id", 1, "tiny", **fields))

    async def pieces(self, body: dict[str, Any], task: Task = "COMPLETION", **fields: Any) -> list[Piece]:
        async with aclosing(self.predict(body, task, **fields)) as found:
            return [piece async for piece in found]


@pytest.fixture
async def asked(tiny: Path) -> AsyncIterator[Asked]:
    with vllm_standin() as engine:
        backend = open_backend(f"vllm:{tiny / 'model'}", Limits(4096, 8, adapters={"formal": str(tiny / "formal")}))
        await backend.load()
        yield Asked(backend, engine.running)
        await backend.close()
        assert engine.running.stopped


async def test_the_engine_is_started_with_safe_weights_only(asked: Asked, tiny: Path):
    found = asked.engine.arguments
    assert found.model == str((tiny / "model").resolve())
    assert (found.load_format, found.trust_remote_code) == ("safetensors", False)
    assert (found.max_model_len, found.max_num_seqs) == (1024, 8)
    assert (found.enable_lora, found.max_loras, found.max_lora_rank) == (True, 1, 8)


async def test_a_request_becomes_sampling_parameters(asked: Asked):
    body = {
        "prompt": "The gateway", "max_tokens": 5, "temperature": 0.5, "top_p": 0, "top_k": 7, "min_p": 0.1, "seed": 3,
        "frequency_penalty": 0.2, "presence_penalty": 0.3, "repetition_penalty": 1.1, "logit_bias": {"4": -5},
    }  # fmt: skip
    await asked.pieces(body, adapter="formal", priority=2)
    prompt, given, adapter, priority = asked.engine.calls[0]
    assert len(prompt["prompt_token_ids"]) > 1 and priority == -2
    assert (given.max_tokens, given.temperature, given.top_k, given.min_p, given.seed) == (5, 0.5, 7, 0.1, 3)
    assert (given.frequency_penalty, given.presence_penalty, given.repetition_penalty) == (0.2, 0.3, 1.1)
    assert (given.logit_bias, given.stop_token_ids, given.detokenize) == ({4: -5.0}, [0, 2], False)
    assert 0 < given.top_p < 0.001
    assert (adapter.lora_name, adapter.lora_int_id) == ("formal", 1)


async def test_tokens_become_text_and_usage(asked: Asked):
    found = await asked.pieces({"prompt": "The gateway", "max_tokens": 4, "logprobs": 2, "stream": True})
    assert "".join(piece.text for piece in found).startswith("The")
    whole = (await asked.pieces({"prompt": "The gateway", "max_tokens": 3, "logprobs": 2}))[-1]
    assert whole.event is not None and whole.usage is not None
    choice = whole.event["choices"][0]
    assert choice["text"] and choice["finish_reason"] == "length"
    assert choice["logprobs"]["token_logprobs"] == [-0.5] * 3
    assert (whole.usage.completion, whole.usage.cached) == (3, 16)


async def test_a_schema_is_handed_to_the_engine(asked: Asked):
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}
    body = {"messages": [{"role": "user", "content": "a"}], "max_tokens": 2, "response_format": wanted}
    await asked.pieces(body, "CHAT")
    assert asked.engine.calls[0][1].structured_outputs == StructuredOutputsParams(json=SCHEMA)
    bad = wanted | {"json_schema": {"schema": {"type": "object", "patternProperties": {}}}}
    with pytest.raises(BadRequest) as raised:
        await asked.pieces(body | {"response_format": bad}, "CHAT")
    assert raised.value.param == "/response_format/json_schema/schema/patternProperties"


async def test_a_request_that_is_left_is_aborted(asked: Asked):
    async with aclosing(asked.predict({"prompt": "The gateway", "max_tokens": 900, "stream": True})) as pieces:
        async for _ in pieces:
            break
    assert len(asked.engine.aborted) == 1
    stopped = await asked.pieces({"prompt": "The gateway", "max_tokens": 900, "stop": "gateway", "stream": True})
    assert "".join(piece.text for piece in stopped) == "The " and len(asked.engine.aborted) == 2
    await asked.pieces({"prompt": "The gateway", "max_tokens": 3})
    assert len(asked.engine.aborted) == 2


async def test_an_engine_that_dies_is_loaded_again(asked: Asked):
    asked.engine.die, asked.engine.errored = EngineDeadError("no GPU"), True
    with pytest.raises(PredictFailed) as raised:
        await asked.pieces({"prompt": "The gateway"})
    assert raised.value.code == "model_crashed" and not asked.backend.alive


async def test_without_vllm_the_model_is_refused_with_what_to_do(tiny: Path):
    with pytest.raises(LoadFailed, match="pip install vllm"):
        await open_backend(f"vllm:{tiny / 'model'}", Limits()).load()
