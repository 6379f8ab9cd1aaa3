"""A GGUF model behind the protocol of backends."""

import json
import unicodedata
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import Any

from aistack.inference.backends.admission import Admission, Place
from aistack.inference.backends.backend import (
    BadRequest,
    Json,
    Limits,
    LoadFailed,
    Memory,
    Piece,
    PredictFailed,
    Prediction,
    Task,
    TokenUsage,
)  # fmt: skip
from aistack.inference.backends.embeddings import embedding_response, rerank_response
from aistack.inference.backends.llama_cpp.answers import Answer
from aistack.inference.backends.llama_cpp.connection import EngineGone, EngineRefused, call, events
from aistack.inference.backends.llama_cpp.engine import Engine
from aistack.inference.backends.llama_cpp.log_probabilities import LogProbabilities
from aistack.inference.backends.requests.chat import chat_request
from aistack.inference.backends.requests.completions import (
    completion_request,
    embedding_request,
    input_type,
    rerank_request,
    tokenize_request,
)  # fmt: skip
from aistack.inference.backends.resource_limits import usable_cores
from aistack.inference.backends.several_answers import answers
from aistack.llm.embeddings import prompts_in
from aistack.llm.gguf import BadGguf, GgufHeader, read_header

BATCH = 128  # tokens of one step; a request that is cancelled stops after it, also while its prompt is processed
RANK = 4  # the pooling of a reranker
TEMPLATE_BYTES = 16  # a message's share of the template, for estimates
GENERATING: frozenset[Task] = frozenset(("CHAT", "COMPLETION", "TOKENIZE"))
INPUT_FIELDS: dict[Task, str] = {
    "CHAT": "messages", "COMPLETION": "prompt", "EMBEDDING": "input", "RERANK": "documents", "TOKENIZE": "input",
}  # fmt: skip
OVER_CONTEXT = "exceed_context_size_error"


class LlamaCppBackend:
    """The model in a file. `adapters` of the limits are LoRA files in GGUF format, by name."""

    def __init__(self, path: Path, limits: Limits) -> None:
        """Raises LoadFailed if the file is not a GGUF file that may be loaded."""
        try:
            self._header: GgufHeader = read_header(path)
            for adapter in limits.adapters.values():
                read_header(Path(adapter))
        except (BadGguf, OSError) as error:
            raise LoadFailed(f"{path} cannot be loaded: {error}") from None
        self._path = path
        self._limits = limits
        self.context = min(limits.context, self._header.context_length or limits.context)
        pooling = self._header.pooling
        embedding = pooling >= 1 or "bert" in self._header.architecture
        kind: Task = "RERANK" if pooling == RANK else "EMBEDDING"
        self._tasks: frozenset[Task] = frozenset((kind, "TOKENIZE")) if embedding else GENERATING
        self._tools_in_template = "tools" in self._header.chat_template
        self._template_tokens = 0
        self._admission = Admission(1 if embedding else limits.parallel, self.context)
        self._engine: Engine | None = None
        self._embedding = embedding
        self._prompts = prompts_in(path.parent) if embedding else {}

    @property
    def kind(self) -> str:
        return "llama.cpp"

    @property
    def tasks(self) -> frozenset[Task]:
        return self._tasks

    @property
    def alive(self) -> bool:
        return self._engine is not None and self._engine.alive

    def memory(self) -> Memory:
        estimate = self._header.memory(self.context)
        return Memory(estimate.total, estimate.described())

    async def load(self) -> None:
        engine = Engine(
            {
                "model": str(self._path),
                "context": self.context,
                "parallel": 1 if self._embedding else self._limits.parallel,
                "batch": self.context if self._embedding else min(BATCH, self.context),
                "threads": self._limits.threads or usable_cores(),
                "embedding": self._embedding,
                "rerank": "RERANK" in self._tasks,
                "adapters": list(self._limits.adapters.values()),
            }
        )
        await engine.load()
        self._engine = engine
        if not self._embedding:
            self._template_tokens = await self._count_template(engine)

    async def close(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            await engine.stop()

    async def metrics(self) -> dict[str, str]:
        queue = {"running": str(self._admission.running), "waiting": str(self._admission.waiting)}
        return queue | (await self._engine.counters() if self._engine is not None else {})

    async def predict(self, prediction: Prediction) -> AsyncGenerator[Piece]:
        engine = self._engine
        if engine is None:
            raise PredictFailed(503, "model_not_loaded", f"{prediction.model} is not loaded")
        if prediction.task not in self._tasks:
            raise BadRequest(f"{prediction.model} cannot do {prediction.task.lower()}", "model", "unsupported_task")
        try:
            if prediction.task in ("CHAT", "COMPLETION"):
                async with aclosing(answers(prediction, 1, partial(self._generate, engine))) as pieces:
                    async for piece in pieces:
                        yield piece
            elif prediction.task == "TOKENIZE":
                yield await self._tokenize(engine, prediction)
            elif prediction.task == "EMBEDDING":
                yield await self._embed(engine, prediction)
            else:
                yield await self._rerank(engine, prediction)
        except EngineGone as error:
            if not await engine.has_ended():
                raise PredictFailed(500, "engine_failed", f"{prediction.model} failed: {error}") from None
            text = f"{prediction.model} crashed ({engine.why_gone()}); it is loaded again with the next request"
            raise PredictFailed(500, "model_crashed", text) from None
        except EngineRefused as error:
            raise self._refusal(error, prediction) from None

    async def _generate(self, engine: Engine, prediction: Prediction) -> AsyncGenerator[Piece]:
        if prediction.task == "CHAT":
            chat = chat_request(prediction.body, self._tools_in_template)
            body, wanted, usage, enforced = chat.body, chat.max_tokens, chat.include_usage, chat.enforced
            path, prompt = "/v1/chat/completions", json.dumps(body["messages"], ensure_ascii=False)
            size = len(prompt.encode()) + self._template_tokens + TEMPLATE_BYTES * len(body["messages"])
            size += len(json.dumps(body.get("tools", "")))
            if chat.grammar:
                del body["response_format"]
                body["grammar"] = chat.grammar
        else:
            plain = completion_request(prediction.body)
            body, wanted, usage, enforced = plain.body, plain.max_tokens, plain.include_usage, False
            path, prompt = "/v1/completions", body["prompt"]
            size = len(prompt.encode()) + 1 if isinstance(prompt, str) else len(prompt)
        if wanted is not None and wanted >= self.context:
            raise self._over_context(0, wanted)
        answer_tokens = wanted or min(self._limits.answer_tokens, self.context)
        body |= {"stream": True, "stream_options": {"include_usage": True}, "return_progress": True}
        body |= {"max_tokens": answer_tokens, "lora": self._adapter(prediction.adapter)}
        tools = [one["function"]["name"] for one in body.get("tools", ())]
        logprobs = LogProbabilities(body, chat=prediction.task == "CHAT")
        answer = Answer(prediction, logprobs, include_usage=usage, enforced=enforced, tools=tools)
        async with (
            self._admission.place(size + answer_tokens, prediction.priority) as place,
            aclosing(events(engine.socket, path, body)) as received,
        ):
            async for event in received:
                if "prompt_progress" in event:
                    self._check_context(event["prompt_progress"]["total"], wanted, answer_tokens, place)
                    continue
                for piece in answer.receive(event):
                    yield piece
        if not answer.usage.prompt and not answer.usage.completion:
            raise BadRequest("the prompt is empty, and this model needs at least one token", "prompt")
        for piece in answer.finish():
            yield piece

    def _check_context(self, prompt: int, wanted: int | None, answer: int, place: Place) -> None:
        if prompt + (wanted or 1) > self.context:
            raise self._over_context(prompt, wanted or 1)
        place.shrink(prompt + answer)

    def _over_context(self, prompt: int, wanted: int) -> BadRequest:
        text = f"this model's context has {self.context} tokens; the request needs {prompt + wanted}"
        if not prompt:
            return BadRequest(f"{text} and more: max_tokens is {wanted}", "max_tokens", "context_length_exceeded")
        detail = f"{prompt} in the prompt and {wanted} for the answer"
        return BadRequest(f"{text} ({detail})", "messages", "context_length_exceeded")

    def _adapter(self, name: str) -> list[Json]:
        names = list(self._limits.adapters)
        if name and name not in names:
            known = ", ".join(names) or "none"
            raise PredictFailed(404, "adapter_not_found", f"there is no adapter {name}; adapters: {known}", "adapter")
        return [{"id": at, "scale": 1.0 if one == name else 0.0} for at, one in enumerate(names)]

    async def _tokenize(self, engine: Engine, prediction: Prediction) -> Piece:
        given = tokenize_request(prediction.body)
        if isinstance(given, list):
            checked = chat_request({"messages": given, "max_tokens": 1}, self._tools_in_template)
            given = str(
                (await call(engine.socket, "POST", "/apply-template", {"messages": checked.body["messages"]}))["prompt"]
            )
        tokens = await self._tokens(engine, given)
        event = {"tokens": tokens, "count": len(tokens), "max_model_len": self.context, "model": prediction.model}
        return Piece(event, finish_reason="stop", usage=TokenUsage(len(tokens)))

    async def _embed(self, engine: Engine, prediction: Prediction) -> Piece:
        kind, body = input_type(prediction.body)
        request = embedding_request(body)
        vectors: list[list[float]] = []
        tokens = 0
        async with self._admission.place(0, prediction.priority):
            for one in self._prepared(
                request.inputs, kind
            ):  # one after the other: vectors of a batch differ slightly from single ones
                found = await call(engine.socket, "POST", "/v1/embeddings", {"input": one})
                vectors.append(found["data"][0]["embedding"])
                tokens += int(found.get("usage", {}).get("prompt_tokens", 0))
        return embedding_response(prediction, request, vectors, tokens)

    def _prepared(self, inputs: tuple[str | list[int], ...], kind: str) -> list[str | list[int]]:
        """Texts with the model's prompt, normalized where its vocabulary has no table of its own for that."""
        prompt = self._prompts.get(kind, "")
        texts = [prompt + one if isinstance(one, str) else one for one in inputs]
        if not self._header.normalizes:
            return [unicodedata.normalize("NFKC", one) if isinstance(one, str) else one for one in texts]
        return list(texts)

    async def _rerank(self, engine: Engine, prediction: Prediction) -> Piece:
        request = rerank_request(prediction.body)
        body: Json = {"query": request.query, "documents": list(request.documents)}
        async with self._admission.place(0, prediction.priority):
            found = await call(engine.socket, "POST", "/v1/rerank", body)
        scores = {int(one["index"]): float(one["relevance_score"]) for one in found["results"]}
        tokens = int(found.get("usage", {}).get("prompt_tokens", 0))
        return rerank_response(prediction, request, [scores[at] for at in range(len(request.documents))], tokens)

    async def _tokens(self, engine: Engine, text: str) -> list[int]:
        body = {"content": text, "add_special": False, "parse_special": True}
        found: Any = await call(engine.socket, "POST", "/tokenize", body)
        return list(found["tokens"])

    async def _count_template(self, engine: Engine) -> int:
        """The tokens that the chat template adds to an empty message."""
        try:
            body = {"messages": [{"role": "user", "content": ""}]}
            prompt = (await call(engine.socket, "POST", "/apply-template", body))["prompt"]
            return len(await self._tokens(engine, prompt))
        except (EngineGone, EngineRefused):
            return 0

    def _refusal(self, error: EngineRefused, prediction: Prediction) -> PredictFailed:
        text = str(error)
        if error.error.get("type") == OVER_CONTEXT or "too large to process" in text:
            wanted = prediction.body.get("max_completion_tokens") or prediction.body.get("max_tokens") or 1
            return self._over_context(int(error.error.get("n_prompt_tokens", self.context)), int(wanted))
        if error.status < 500 or "template" in text.lower() or "jinja" in text.lower():
            param = "response_format" if "grammar" in text or "schema" in text else INPUT_FIELDS[prediction.task]
            return BadRequest(f"{prediction.model} refused the request: {text}", param)
        return PredictFailed(error.status, "engine_failed", f"{prediction.model} failed: {text}")
