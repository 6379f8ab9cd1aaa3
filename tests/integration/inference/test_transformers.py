"""A tiny model, made and trained here, in a worker that runs it with torch: batches, sampling, adapters, schemas."""

import itertools
import json
import os
import resource
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from harness.processes import until
from harness.services.model_worker import ModelWorker

pytestmark = pytest.mark.heavy

CHAT, COMPLETION, TOKENIZE = 1, 2, 5
ENDLESS = {"0": -100, "2": -100}  # the tokens that end an answer
SENTENCE = "The gateway keeps a request until its service is ready and answers with an error when it is not"
WORDS = SENTENCE.split()
PROMPTS = [" ".join(itertools.islice(itertools.cycle(WORDS[at:]), 2 + at * 5)) for at in range(16)]
PLACE = {
    "type": "object",
    "properties": {"name": {"const": "北京市 – 東京都"}, "rank": {"type": "integer"}},
    "required": ["name", "rank"],
}


def completion(prompt: str | list[str] = "The gateway", **fields: Any) -> dict[str, Any]:
    return {"model": "tiny", "prompt": prompt, "max_tokens": 24, "temperature": 0, "logit_bias": ENDLESS} | fields


def chat(**fields: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": "What does the gateway do?"}]
    return {"model": "tiny", "messages": messages, "max_tokens": 200} | fields


def texts(worker: ModelWorker, *bodies: dict[str, Any], adapters: tuple[str, ...] = ()) -> list[str]:
    """The answers to requests that are made at once."""
    named = adapters or ("",) * len(bodies)
    pairs = zip(bodies, named, strict=True)
    calls = [worker.call(worker.request(COMPLETION, body | {"stream": True}, adapter=name)) for body, name in pairs]
    with ThreadPoolExecutor(len(calls)) as readers:
        return list(readers.map(lambda call: "".join(one.chunk for one in call), calls))


def steps(worker: ModelWorker) -> int:
    return int(worker.metrics["model.tiny.steps"])


@pytest.fixture(scope="module")
def reference(tiny: Path) -> Any:
    """The same model in this process, as the library itself loads it."""
    import torch
    from transformers import AutoModelForCausalLM

    torch.set_num_threads(1)  # it is too small for more
    return AutoModelForCausalLM.from_pretrained(tiny / "model", dtype="float32").eval()


def generated(reference: Any, tiny: Path, prompt: str, **options: Any) -> str:
    """What the library's own `generate` makes of a prompt, greedily."""
    import torch
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(tiny / "model" / "tokenizer.json"))
    ids = tokenizer.encode(prompt).ids
    fixed = {"do_sample": False, "max_new_tokens": 24, "suppress_tokens": [0, 2], "pad_token_id": 0}
    with torch.inference_mode():
        found = reference.generate(torch.tensor([ids]), **fixed, **options)[0]
    return tokenizer.decode(found[len(ids) :].tolist())


def test_several_prompts_are_answered_as_each_alone_would_be(tiny_worker: ModelWorker):
    prompts = ["The gateway", "A service", "Documents"]
    alone = [tiny_worker.answer(COMPLETION, completion(one))["choices"][0]["text"] for one in prompts]
    found = tiny_worker.answer(COMPLETION, completion(prompts, n=2))
    assert [one["index"] for one in found["choices"]] == [0, 1, 2, 3, 4, 5]
    assert [one["text"] for one in found["choices"]] == [text for text in alone for _ in range(2)]
    assert found["usage"]["completion_tokens"] == 6 * 24


def test_a_batch_answers_as_each_request_alone_and_as_the_library(tiny_worker: ModelWorker, tiny: Path, reference: Any):
    together = texts(tiny_worker, *(completion(prompt) for prompt in PROMPTS))
    alone = [texts(tiny_worker, completion(prompt))[0] for prompt in PROMPTS]
    assert together == alone
    assert alone == [generated(reference, tiny, prompt) for prompt in PROMPTS]
    assert len(set(alone)) > 8


def test_requests_of_a_batch_share_steps(tiny_worker: ModelWorker):
    before = steps(tiny_worker)
    calls = [tiny_worker.call(tiny_worker.request(COMPLETION, completion(max_tokens=200))) for _ in range(16)]
    for call in calls:
        assert list(call)[-1].usage.completion_tokens == 200
    assert steps(tiny_worker) - before < 16 * 200 / 4


def test_a_seed_gives_the_same_text_alone_and_in_a_batch(tiny_worker: ModelWorker):
    bodies = [completion(prompt, temperature=1.2, seed=at, top_p=0.95) for at, prompt in enumerate(PROMPTS)]
    together = texts(tiny_worker, *bodies)
    assert together == [texts(tiny_worker, body)[0] for body in bodies]
    assert texts(tiny_worker, bodies[3] | {"seed": 99})[0] != together[3]


def test_adapters_are_applied_to_their_own_requests(tiny_worker: ModelWorker, tiny: Path, reference: Any):
    from transformers import AutoModelForCausalLM

    names = ("", "formal", "terse") * 4
    bodies = [completion(PROMPTS[at]) for at in range(12)]
    together = texts(tiny_worker, *bodies, adapters=names)
    merged = AutoModelForCausalLM.from_pretrained(tiny / "model", dtype="float32").eval()
    merge(merged, tiny / "formal")
    for at, name in enumerate(names):
        if name != "terse":
            assert together[at] == generated(merged if name else reference, tiny, PROMPTS[at]), name
    plain = texts(tiny_worker, *bodies)
    assert all(found != other for found, other, name in zip(together, plain, names, strict=True) if name)
    assert tiny_worker.error(COMPLETION, completion(), adapter="rude").code == "adapter_not_found"


def merge(model: Any, adapter: Path) -> None:
    import torch
    from safetensors.torch import load_file

    found = load_file(str(adapter / "adapter_model.safetensors"))
    with torch.no_grad():
        for key, a in found.items():
            if key.endswith("lora_A.weight"):
                layer = model.get_submodule(key.removeprefix("base_model.model.").removesuffix(".lora_A.weight"))
                layer.weight += 2 * found[key.replace("lora_A", "lora_B")] @ a  # lora_alpha 8, rank 4


def test_penalties_are_those_of_the_library(tiny_worker: ModelWorker, tiny: Path, reference: Any):
    found = texts(tiny_worker, completion(repetition_penalty=1.4))[0]
    assert found == generated(reference, tiny, "The gateway", repetition_penalty=1.4)
    assert found != texts(tiny_worker, completion())[0]
    choice = tiny_worker.answer(COMPLETION, completion(frequency_penalty=2, presence_penalty=2, logprobs=0))
    tokens = choice["choices"][0]["logprobs"]["tokens"]
    plain = tiny_worker.answer(COMPLETION, completion(logprobs=0))["choices"][0]["logprobs"]["tokens"]
    assert len(set(tokens)) > len(set(plain))


def test_top_k_1_and_a_high_min_p_are_greedy(tiny_worker: ModelWorker):
    greedy = texts(tiny_worker, completion())[0]
    assert texts(tiny_worker, completion(temperature=2, top_k=1))[0] == greedy
    assert texts(tiny_worker, completion(temperature=1, min_p=1))[0] == greedy
    assert texts(tiny_worker, completion(temperature=1, top_p=0))[0] == greedy


def test_a_bias_bans_and_forces_tokens(tiny_worker: ModelWorker):
    token = tiny_worker.answer(TOKENIZE, {"model": "tiny", "input": "Z"})["tokens"][0]
    assert texts(tiny_worker, completion(logit_bias={str(token): 100}))[0] == "Z" * 24


def test_log_probabilities_are_the_models_own(tiny_worker: ModelWorker, tiny: Path, reference: Any):
    import torch

    body = completion(logprobs=3, temperature=1.5, seed=1)
    found = tiny_worker.answer(COMPLETION, body)["choices"][0]
    ids = tiny_worker.answer(TOKENIZE, {"model": "tiny", "input": "The gateway"})["tokens"]
    logs = reference(torch.tensor([ids])).logits[0, -1].log_softmax(-1)
    best = sorted(found["logprobs"]["top_logprobs"][0].values(), reverse=True)
    assert best == pytest.approx(logs.topk(3).values.tolist(), abs=1e-3)
    assert "".join(found["logprobs"]["tokens"]) == found["text"]
    offsets = found["logprobs"]["text_offset"]
    assert [found["text"][at:].startswith(one) for at, one in zip(offsets, found["logprobs"]["tokens"], strict=True)]
    choice = tiny_worker.answer(CHAT, chat(logprobs=True, top_logprobs=2, max_tokens=5, seed=1))["choices"][0]
    assert all(len(one["top_logprobs"]) == 2 for one in choice["logprobs"]["content"])


def test_nothing_of_a_stop_string_is_sent(tiny_worker: ModelWorker):
    plain = texts(tiny_worker, completion(max_tokens=60))[0]
    for begin, size in itertools.product((5, 20, 33), (1, 3, 9)):
        stop = plain[begin : begin + size]
        responses = tiny_worker.responses(COMPLETION, completion(max_tokens=60, stop=[stop, "never"], stream=True))
        assert "".join(one.chunk for one in responses) == plain.partition(stop)[0]
        assert responses[-1].finish_reason == "stop"


def test_several_choices_differ_by_their_seeds(tiny_worker: ModelWorker):
    body = completion(temperature=1.0, seed=5, n=3)
    whole = tiny_worker.answer(COMPLETION, body)
    found = [choice["text"] for choice in whole["choices"]]
    alone = [texts(tiny_worker, completion(temperature=1.0, seed=seed))[0] for seed in (5, 6, 7)]
    assert found == alone and len(set(found)) == 3
    assert whole["usage"]["completion_tokens"] == 72
    events = tiny_worker.events(COMPLETION, body)
    streamed = ["", "", ""]
    for event in events:
        streamed[event["choices"][0]["index"]] += event["choices"][0]["text"]
    assert streamed == found
    assert sum(bool(event["choices"][0]["finish_reason"]) for event in events) == 3


def test_a_schema_is_enforced_and_characters_are_never_cut(tiny_worker: ModelWorker):
    wanted = {"type": "json_schema", "json_schema": {"name": "place", "schema": PLACE}}
    for seed in range(6):
        responses = tiny_worker.responses(CHAT, chat(seed=seed, temperature=1.0, response_format=wanted, stream=True))
        assert not any("\ufffd" in one.chunk for one in responses)
        answer = "".join(one.chunk for one in responses)
        if responses[-1].finish_reason == "stop":
            found = json.loads(answer)
            assert found["name"] == "北京市 – 東京都" and isinstance(found["rank"], int)
    free = tiny_worker.answer(CHAT, chat(seed=1, response_format={"type": "json_object"}, max_tokens=400))
    assert free["choices"][0]["message"]["content"].startswith("{")


def test_what_cannot_be_enforced_is_refused_with_a_pointer(tiny_worker: ModelWorker):
    schema = {"type": "object", "properties": {"a": {"type": "string", "patternProperties": {}}}}
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    error = tiny_worker.error(CHAT, chat(response_format=wanted))
    assert (error.status, error.code) == (400, "unsupported_schema")
    assert error.param == "/response_format/json_schema/schema/properties/a/patternProperties"


def test_a_required_tool_is_called(tiny_worker: ModelWorker):
    unit = {"type": "object", "properties": {"unit": {"enum": ["C", "F"]}}, "required": ["unit"]}
    tools = [{"type": "function", "function": {"name": "weather", "parameters": unit}}]
    choice = tiny_worker.answer(CHAT, chat(tools=tools, tool_choice="required", parallel_tool_calls=False))["choices"][
        0
    ]
    call = choice["message"]["tool_calls"][0]["function"]
    assert choice["finish_reason"] == "tool_calls" and call["name"] == "weather"
    assert json.loads(call["arguments"])["unit"] in ("C", "F")
    assert tiny_worker.answer(CHAT, chat(tools=tools))["choices"][0]["finish_reason"] in ("stop", "length")


def test_messages_are_put_into_the_models_template(tiny_worker: ModelWorker, tiny: Path):
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny / "model")
    messages = [{"role": "system", "content": "Be  brief.\n"}, {"role": "user", "content": "<b>né</b>"}]
    found = tiny_worker.answer(TOKENIZE, {"model": "tiny", "messages": messages})["tokens"]
    prompt = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    assert found == tokenizer.encode(prompt, add_special_tokens=False)


def test_what_does_not_fit_the_context_is_refused_with_both_numbers(tiny_worker: ModelWorker):
    error = tiny_worker.error(COMPLETION, completion("word " * 2000))
    assert (error.status, error.code) == (400, "context_length_exceeded") and "1024" in error.message
    error = tiny_worker.error(COMPLETION, completion(max_tokens=1023))
    assert error.code == "context_length_exceeded" and "1024" in error.message and "1023" in error.message
    assert tiny_worker.error(COMPLETION, completion([5000])).param == "prompt"


def test_prompts_that_begin_alike_are_computed_once(tiny_worker: ModelWorker):
    prompt = "Alike. " + PROMPTS[-1]
    first = tiny_worker.answer(COMPLETION, completion(prompt))
    second = tiny_worker.answer(COMPLETION, completion(prompt))
    assert first["usage"]["prompt_tokens_details"]["cached_tokens"] == 0
    assert second["usage"]["prompt_tokens_details"]["cached_tokens"] >= 32
    assert second["choices"][0]["text"] == first["choices"][0]["text"]
    other = tiny_worker.answer(COMPLETION, completion(prompt), adapter="formal")
    assert other["usage"]["prompt_tokens_details"]["cached_tokens"] == 0


def test_a_cancelled_answer_frees_its_place(tiny_worker: ModelWorker):
    before = steps(tiny_worker)
    body = completion(max_tokens=900)
    call = tiny_worker.call(tiny_worker.request(COMPLETION, body | {"stream": True}))
    next(call)
    call.cancel()
    until(lambda: tiny_worker.metrics["model.tiny.processing"] == "0", what="the model to stop")
    ended = steps(tiny_worker)
    assert ended - before < 900
    assert texts(tiny_worker, completion()) and steps(tiny_worker) <= ended + 26  # no step of the other one among them


def limit_memory(pid: int) -> None:
    """The process may take nothing more from now on."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    taken = next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmSize:"))
    resource.prlimit(pid, resource.RLIMIT_AS, (taken, resource.RLIM_INFINITY))


def test_a_crash_fails_its_requests_and_the_next_one_loads_again(tiny_worker: ModelWorker):
    import grpc

    call = tiny_worker.call(tiny_worker.request(COMPLETION, completion(max_tokens=900, stream=True)))
    next(call)
    os.kill(tiny_worker.engine_pids()[0], signal.SIGKILL)
    found: list[Any] = []
    with pytest.raises(grpc.RpcError):
        found.extend(call)
    assert found[-1].error.code == "model_crashed"
    assert tiny_worker.answer(COMPLETION, completion())["choices"]
