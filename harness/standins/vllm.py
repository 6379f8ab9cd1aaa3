"""A stand-in for vLLM, which needs a GPU: the modules, classes and fields that its documentation describes, no more.

Calls with arguments that are not documented fail. The engine "generates" the prompt's tokens again, one an output.
Documented at docs.vllm.ai: AsyncLLM, AsyncEngineArgs, SamplingParams, StructuredOutputsParams, RequestOutputKind,
LoRARequest, RequestOutput, CompletionOutput, Logprob.
"""

import asyncio
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from types import ModuleType
from typing import Any


class RequestOutputKind(Enum):
    CUMULATIVE = 0
    DELTA = 1
    FINAL_ONLY = 2


class EngineDeadError(Exception):
    pass


class EngineGenerateError(Exception):
    pass


@dataclass
class StructuredOutputsParams:
    json: "str | dict[str, Any] | None" = None
    regex: str | None = None
    choice: list[str] | None = None
    grammar: str | None = None
    json_object: bool | None = None


@dataclass
class SamplingParams:
    n: int = 1
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    repetition_penalty: float = 1.0
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0
    seed: int | None = None
    stop: "str | list[str] | None" = None
    stop_token_ids: list[int] | None = None
    ignore_eos: bool = False
    max_tokens: int | None = 16
    min_tokens: int = 0
    logprobs: int | None = None
    detokenize: bool = True
    skip_special_tokens: bool = True
    output_kind: RequestOutputKind = RequestOutputKind.CUMULATIVE
    structured_outputs: StructuredOutputsParams | None = None
    logit_bias: dict[int, float] | None = None

    def __post_init__(self) -> None:
        if not 0 < self.top_p <= 1:
            raise ValueError(f"top_p must be in (0, 1], got {self.top_p}.")
        if self.stop and not self.detokenize:
            raise ValueError("stop strings are only supported when detokenize is True.")


@dataclass
class LoRARequest:
    lora_name: str
    lora_int_id: int
    lora_path: str


@dataclass
class Logprob:
    logprob: float
    rank: int | None = None
    decoded_token: str | None = None


@dataclass
class CompletionOutput:
    index: int
    text: str
    token_ids: list[int]
    cumulative_logprob: float | None = None
    logprobs: list[dict[int, Logprob]] | None = None
    finish_reason: str | None = None
    stop_reason: "int | str | None" = None


@dataclass
class RequestOutput:
    request_id: str
    prompt_token_ids: list[int]
    outputs: list[CompletionOutput]
    finished: bool
    num_cached_tokens: int | None = None


@dataclass
class AsyncEngineArgs:
    model: str
    max_model_len: int | None = None
    max_num_seqs: int | None = None
    trust_remote_code: bool = False
    load_format: str = "auto"
    enable_prefix_caching: bool | None = None
    scheduling_policy: str = "fcfs"
    generation_config: str = "auto"
    enable_lora: bool = False
    max_loras: int = 1
    max_lora_rank: int = 16


class AsyncLLM:
    """Remembers its calls in `calls` and `aborted`. `die` is what happens to a request next."""

    running: "AsyncLLM"

    def __init__(self, arguments: AsyncEngineArgs) -> None:
        self.arguments = arguments
        self.calls: list[tuple[Any, SamplingParams, Any, int]] = []
        self.aborted: list[str] = []
        self.errored = self.stopped = False
        self.die: Exception | None = None
        AsyncLLM.running = self

    @classmethod
    def from_engine_args(cls, engine_args: AsyncEngineArgs) -> "AsyncLLM":
        return cls(engine_args)

    async def generate(
        self,
        prompt: Any,
        sampling_params: SamplingParams,
        request_id: str,
        *,
        lora_request: LoRARequest | None = None,
        priority: int = 0,
    ) -> AsyncGenerator[RequestOutput]:
        ids: list[int] = prompt["prompt_token_ids"]
        self.calls.append((prompt, sampling_params, lora_request, priority))
        assert sampling_params.output_kind is RequestOutputKind.DELTA
        count = sampling_params.max_tokens or 0
        for at in range(count):
            await asyncio.sleep(0)
            if self.die is not None:
                raise self.die
            token = ids[at % len(ids)]
            logprobs = None
            if sampling_params.logprobs is not None:
                logprobs = [{token: Logprob(-0.5, 1), token + 1: Logprob(-1.5, 2)}]
            ends = token in (sampling_params.stop_token_ids or ())
            reason = "stop" if ends else "length" if at == count - 1 else None
            made = CompletionOutput(0, "", [token], logprobs=logprobs, finish_reason=reason)
            yield RequestOutput(request_id, ids, [made], reason is not None, num_cached_tokens=16)
            if reason:
                return

    async def abort(self, request_id: "str | list[str]") -> None:
        self.aborted += [request_id] if isinstance(request_id, str) else request_id

    def shutdown(self) -> None:
        self.stopped = True


@contextmanager
def vllm_standin() -> Iterator[type[AsyncLLM]]:
    """`import vllm` finds the stand-in for the time of the block."""
    contents: dict[str, dict[str, Any]] = {
        "vllm": {"SamplingParams": SamplingParams, "AsyncEngineArgs": AsyncEngineArgs},
        "vllm.sampling_params": {
            "SamplingParams": SamplingParams,
            "StructuredOutputsParams": StructuredOutputsParams,
            "RequestOutputKind": RequestOutputKind,
        },
        "vllm.lora": {},
        "vllm.lora.request": {"LoRARequest": LoRARequest},
        "vllm.v1": {},
        "vllm.v1.engine": {},
        "vllm.v1.engine.async_llm": {"AsyncLLM": AsyncLLM},
        "vllm.v1.engine.exceptions": {"EngineDeadError": EngineDeadError, "EngineGenerateError": EngineGenerateError},
    }
    modules = {name: ModuleType(name) for name in contents}
    for name, module in modules.items():
        vars(module).update(contents[name])
        module.__path__ = []
        above, _, last = name.rpartition(".")
        if above:
            setattr(modules[above], last, module)
    sys.modules |= modules
    try:
        yield AsyncLLM
    finally:
        for name in modules:
            del sys.modules[name]
