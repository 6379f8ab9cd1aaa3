"""vLLM's asynchronous engine as a source of tokens.

It is used through what vLLM documents: AsyncLLM from AsyncEngineArgs, `generate` with token ids, SamplingParams in
deltas without text, StructuredOutputsParams for schemas, LoRARequest for adapters, `abort`, `errored` and `shutdown`.
"""

import asyncio
import importlib
import itertools
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any

from aistack.inference.backends.backend import BadRequest, LoadFailed, PredictFailed
from aistack.inference.backends.generation.jobs import Job, Token
from aistack.inference.backends.generation.weights import adapter_config

SMALLEST_TOP_P = 1e-6  # vLLM takes no 0
RANKS = (8, 16, 32, 64, 128, 256, 320, 512)  # that it takes
SCHEMA_AT = "/response_format/json_schema/schema"


class VllmEngine:
    """A running engine. `steps` counts the outputs it gave."""

    def __init__(self, library: Any, engine: Any, adapters: Mapping[str, Path]) -> None:
        self._library, self._engine = library, engine
        self._adapters = dict(adapters)
        self._numbers = itertools.count(1)
        self.steps = self.running = 0

    @property
    def alive(self) -> bool:
        return not self._engine.errored

    async def close(self) -> None:
        await asyncio.to_thread(self._engine.shutdown)

    async def generate(self, job: Job) -> AsyncGenerator[list[Token]]:
        """The tokens as they come. Closing the iterator aborts the request. Raises PredictFailed."""
        name = f"aistack-{next(self._numbers)}"
        finished = False
        self.running += 1
        try:
            outputs = self._engine.generate(
                {"prompt_token_ids": job.prompt},
                self._params(job),
                name,
                lora_request=self._adapter(job.adapter),
                priority=-job.priority,  # there, lower is earlier
            )
            async for output in outputs:
                self.steps += 1
                completion = output.outputs[0]
                finished = output.finished
                tokens = _tokens(completion, output.num_cached_tokens or 0, job)
                if tokens:
                    yield tokens
                elif finished:  # the last token came before, without its end
                    yield [Token(job.stop_ids[0] if job.stop_ids else -1, completion.finish_reason or "stop")]
        except ValueError as error:
            finished = True
            param = SCHEMA_AT if job.schema else "messages"
            raise BadRequest(f"vLLM refused the request: {error}", param) from None
        except self._library.v1.engine.exceptions.EngineDeadError as error:
            finished = True
            text = f"the model crashed ({error}); it is loaded again with the next request"
            raise PredictFailed(500, "model_crashed", text) from None
        except self._library.v1.engine.exceptions.EngineGenerateError as error:
            finished = True
            raise PredictFailed(500, "engine_failed", f"vLLM failed: {error}") from None
        finally:
            self.running -= 1
            if not finished:
                await self._engine.abort(name)

    def _params(self, job: Job) -> Any:
        sampling = job.sampling
        structured = None
        if job.schema is not None:
            structured = self._library.sampling_params.StructuredOutputsParams(json=job.schema)
        return self._library.SamplingParams(
            temperature=sampling.temperature,
            top_p=max(sampling.top_p, SMALLEST_TOP_P),
            top_k=sampling.top_k,
            min_p=sampling.min_p,
            repetition_penalty=sampling.repetition_penalty,
            frequency_penalty=sampling.frequency_penalty,
            presence_penalty=sampling.presence_penalty,
            logit_bias=dict(sampling.logit_bias) or None,
            seed=sampling.seed,
            logprobs=sampling.logprobs,
            max_tokens=job.max_tokens,
            stop_token_ids=list(job.stop_ids),
            detokenize=False,
            structured_outputs=structured,
            output_kind=self._library.sampling_params.RequestOutputKind.DELTA,
        )

    def _adapter(self, name: str) -> Any:
        if not name:
            return None
        number = list(self._adapters).index(name) + 1
        return self._library.lora.request.LoRARequest(name, number, str(self._adapters[name]))


def start(folder: Path, context: int, parallel: int, adapters: Mapping[str, Path]) -> VllmEngine:
    """Takes minutes for a large model; call it in a thread of the loop that will use it. Raises LoadFailed."""
    try:
        library: Any = importlib.import_module("vllm")
        for part in ("sampling_params", "lora.request", "v1.engine.async_llm", "v1.engine.exceptions"):
            importlib.import_module(f"vllm.{part}")
    except ImportError as error:
        hint = "install vLLM in the worker's environment (it needs a GPU): pip install vllm"
        raise LoadFailed(f"vLLM cannot be imported ({error}); {hint}") from None
    options: dict[str, Any] = {}
    if adapters:
        rank = max(int(adapter_config(one).get("r") or RANKS[0]) for one in adapters.values())
        fitting = next((one for one in RANKS if one >= rank), rank)
        options = {"enable_lora": True, "max_loras": len(adapters), "max_lora_rank": fitting}
    try:
        arguments = library.AsyncEngineArgs(
            model=str(folder),
            max_model_len=context,
            max_num_seqs=parallel,
            trust_remote_code=False,
            load_format="safetensors",
            enable_prefix_caching=True,
            scheduling_policy="priority",
            generation_config="vllm",
            **options,
        )
        engine = library.v1.engine.async_llm.AsyncLLM.from_engine_args(arguments)
    except Exception as error:  # it raises whatever its parts do
        raise LoadFailed(f"vLLM cannot load {folder}: {error}") from None
    return VllmEngine(library, engine, adapters)


def _tokens(completion: Any, cached: int, job: Job) -> list[Token]:
    """The tokens of an output; the last one bears the end."""
    ids = list(completion.token_ids)
    found: list[Token] = []
    for at, token in enumerate(ids):
        logprob, top = None, list[tuple[int, float]]()
        if completion.logprobs and job.sampling.logprobs is not None:
            entries: Mapping[int, Any] = completion.logprobs[at]
            logprob = float(entries[token].logprob)
            ranked = sorted(entries.items(), key=lambda one: -one[1].logprob)
            top = [(one, float(entry.logprob)) for one, entry in ranked[: job.sampling.logprobs]]
        finish = (completion.finish_reason or "") if at == len(ids) - 1 else ""
        found.append(Token(token, finish, cached, logprob, tuple(top)))
    return found
