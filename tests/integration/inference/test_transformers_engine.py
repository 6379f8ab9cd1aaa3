"""The batch and its process without a worker around them: prompts in chunks, cancelling, memory."""

import asyncio
import resource
import shutil
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from aistack.inference.backends.backend import Limits, LoadFailed, PredictFailed
from aistack.inference.backends.generation.jobs import Job, Sampling, Token
from aistack.inference.backends.opening import open_backend
from aistack.inference.backends.transformers.engine import Engine

pytestmark = pytest.mark.heavy

GREEDY = Sampling(temperature=0)
CHUNK = 128


@pytest.fixture(scope="module")
def model(tiny: Path) -> Any:
    import torch

    from aistack.inference.backends.transformers.model import Model

    torch.set_num_threads(1)
    return Model(tiny / "model", 4096, {})


def batch(model: Any) -> Any:
    from aistack.inference.backends.transformers.batch import Batch

    return Batch(model, 4096, CHUNK)


def numbers(results: list[tuple[int, Token]]) -> list[int]:
    return [number for number, _ in results]


def test_a_long_prompt_is_computed_in_chunks_while_others_go_on(model: Any):
    running = batch(model)
    running.add(1, Job([5, 6, 7], 50, GREEDY))
    assert numbers(running.step()) == [1]
    running.add(2, Job(list(range(3, 3 + 5 * CHUNK - 10)), 5, GREEDY))
    assert [numbers(running.step()) for _ in range(6)] == [[1], [1], [1], [1], [1, 2], [1, 2]]
    assert running.steps == 7


def test_a_prompt_that_is_cancelled_costs_no_further_step(model: Any):
    running = batch(model)
    running.add(1, Job(list(range(3, 703)), 5, GREEDY))
    assert running.step() == [] and running.steps == 1
    running.cancel(1)
    assert running.idle and running.step() == [] and running.steps == 1


def test_texts_wait_for_room_in_the_cache_and_leave_it(model: Any):
    running = batch(model)
    for number in range(6):
        running.add(number, Job([number + 3] * 1000, 2, GREEDY))
    ended: list[int] = []
    while not running.idle:
        ended += [number for number, token in running.step() if token.finish]
    assert ended == list(range(6))


def test_how_a_prompt_is_cut_changes_nothing(model: Any):
    prompt = [3 + at * 7 % 700 for at in range(300)]
    found: list[list[int]] = []
    for size in (7, 64, 1000):
        running = batch(model)
        running._prompt_tokens = size
        running.add(1, Job(prompt, 20, GREEDY))
        tokens: list[int] = []
        while not running.idle:
            tokens += [token.id for _, token in running.step()]
        found.append(tokens)
    assert found[0] == found[1] == found[2]


SIZES = {
    "vocab_size": 300, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 4, "num_attention_heads": 4,
    "num_key_value_heads": 2, "head_dim": 8, "max_position_embeddings": 256, "pad_token_id": 0, "eos_token_id": 1,
}  # fmt: skip
KINDS = {
    "Qwen3": {},
    "Mistral": {"sliding_window": 20},
    "Gemma2": {"sliding_window": 20, "query_pre_attn_scalar": 8},
    "Phi3": {"num_key_value_heads": 4},
    "Qwen2Moe": {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 32},
    "GPTNeoX": {},
    "GPT2": {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 256},
}


@pytest.mark.parametrize("kind", KINDS)
def test_models_of_many_kinds_answer_as_the_library_does(kind: str, tmp_path: Path):
    import torch
    import transformers

    from aistack.inference.backends.transformers.model import Model

    torch.manual_seed(3)
    torch.set_num_threads(1)
    config = getattr(transformers, f"{kind}Config")(**SIZES | KINDS[kind])
    name = f"{kind}LMHeadModel" if kind == "GPT2" else f"{kind}ForCausalLM"
    plain = getattr(transformers, name)(config).eval()
    with torch.no_grad():
        for weight in plain.parameters():
            weight.mul_(3)  # as they are made, the best tokens are almost equal
    plain.save_pretrained(tmp_path)
    prompts = [[2 + (at * size) % 290 for at in range(size)] for size in (3, 31, 150)]
    running = batch(Model(tmp_path, 4096, {}))
    for number, prompt in enumerate(prompts):
        running.add(number, Job(prompt, 12, GREEDY, stop_ids=(1,)))
    found: list[list[int]] = [[] for _ in prompts]
    while not running.idle:
        for number, token in running.step():
            found[number].append(token.id)
    for prompt, tokens in zip(prompts, found, strict=True):
        with torch.inference_mode():
            wanted = plain.generate(torch.tensor([prompt]), do_sample=False, max_new_tokens=12)[0, len(prompt) :]
        assert tokens == wanted.tolist()


@pytest.fixture
def wide(tiny: Path, tmp_path: Path) -> Path:
    """A model whose layers need tens of megabytes for a chunk of a prompt."""
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=768, hidden_size=32, intermediate_size=80_000, num_hidden_layers=1, num_attention_heads=2,
        max_position_embeddings=2048, eos_token_id=0,
    )  # fmt: skip
    model: Any = LlamaForCausalLM(config)
    model.save_pretrained(tmp_path / "wide")
    shutil.copy(tiny / "model" / "tokenizer.json", tmp_path / "wide")
    return tmp_path / "wide"


async def test_a_request_that_needs_too_much_memory_fails_alone(wide: Path):
    engine = Engine(
        {"model": str(wide), "slots": 4096, "prompt_tokens": CHUNK, "threads": 1, "adapters": {}, "stop_ids": []}
    )
    await engine.load()
    pid = engine.pid

    async def tokens(prompt: list[int], count: int) -> int:
        async with aclosing(engine.generate(Job(prompt, count, GREEDY))) as found:
            return sum([len(one) async for one in found])

    try:
        assert await tokens([5], 20) == 20  # has what a short text needs
        short = asyncio.create_task(tokens([5], 200))
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        taken = next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmSize:"))
        resource.prlimit(pid, resource.RLIMIT_AS, (taken, resource.RLIM_INFINITY))
        with pytest.raises(PredictFailed) as raised:
            await tokens([7] * 900, 5)
        assert (raised.value.status, raised.value.code) == (503, "out_of_memory")
        assert await short == 200
        resource.prlimit(pid, resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert await tokens([7] * 900, 5) == 5
    finally:
        await engine.close()
    assert not engine.alive


async def test_weights_that_do_not_match_their_description_are_refused(wide: Path):
    config = (wide / "config.json").read_text()
    (wide / "config.json").write_text(config.replace('"model_type": "llama"', '"model_type": "mamba"'))
    with pytest.raises(LoadFailed):
        await open_backend(str(wide), Limits(threads=1)).load()
