"""Chat, completions and tokenizing for models whose tokens come from a source of tokens."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial

from aistack.inference.backends.admission import Admission
from aistack.inference.backends.backend import (
    BadRequest,
    Json,
    Limits,
    Memory,
    Piece,
    PredictFailed,
    Prediction,
    Task,
    TokenUsage,
)  # fmt: skip
from aistack.inference.backends.generation.answers import Answer
from aistack.inference.backends.generation.chat_template import ChatTemplate
from aistack.inference.backends.generation.choice import ChoiceText
from aistack.inference.backends.generation.grammars import Grammars
from aistack.inference.backends.generation.jobs import Job, Sampling, Token, TokenSource
from aistack.inference.backends.generation.parsing import CALLS_MAX, THINK_BEGIN, AnswerParser, tool_format
from aistack.inference.backends.generation.tokenizer import TextTokenizer
from aistack.inference.backends.generation.weights import ModelFolder
from aistack.inference.backends.requests.chat import ChatRequest, chat_request
from aistack.inference.backends.requests.completions import CompletionRequest, completion_request, tokenize_request
from aistack.inference.backends.several_answers import CHOICES_MAX, answers
from aistack.inference.backends.side_by_side import side_by_side

TASKS: frozenset[Task] = frozenset(("CHAT", "COMPLETION", "TOKENIZE"))
CONTEXT_DEFAULT = 4096
SAMPLING_DEFAULTS = ("temperature", "top_p", "top_k", "min_p", "repetition_penalty")

Starter = Callable[[], Awaitable[TokenSource]]


@dataclass(frozen=True, slots=True)
class _Request:
    """A request that was read: its prompt, and how its answers are computed and split."""

    job: Job
    body: Json
    wanted: int | None
    include_usage: bool
    enforced: bool
    thinking: bool


class GenerationBackend:
    """The model in a folder. `start` starts its source of tokens."""

    def __init__(self, kind: str, folder: ModelFolder, limits: Limits, start: Starter) -> None:
        """Raises LoadFailed."""
        self._kind, self._folder, self._limits, self._start = kind, folder, limits, start
        self._template = ChatTemplate(folder.path)
        self._format = tool_format(self._template.source)
        self.context = min(limits.context, folder.context or CONTEXT_DEFAULT)
        self._admission = Admission(limits.parallel, limits.context)
        self._tokenizer: TextTokenizer | None = None
        self._grammars: Grammars | None = None
        self._source: TokenSource | None = None
        self._prompt_tokens = self._completion_tokens = 0

    @property
    def kind(self) -> str:
        return self._kind

    @property
    def tasks(self) -> frozenset[Task]:
        return TASKS

    @property
    def alive(self) -> bool:
        return self._source is not None and self._source.alive

    def memory(self) -> Memory:
        return self._folder.memory(self._limits.context)

    async def load(self) -> None:
        """Raises LoadFailed."""
        self._tokenizer = await asyncio.to_thread(TextTokenizer, self._folder.path, self._folder.stop_ids)
        self._grammars = Grammars(self._tokenizer.grammar_tokenizer)
        self._source = await self._start()

    async def close(self) -> None:
        source, self._source = self._source, None
        if source is not None:
            await source.close()

    async def metrics(self) -> dict[str, str]:
        counted = {
            "running": self._admission.running,
            "waiting": self._admission.waiting,
            "prompt_tokens": self._prompt_tokens,
            "completion_tokens": self._completion_tokens,
            "steps": getattr(self._source, "steps", 0),
            "processing": getattr(self._source, "running", 0),
        }
        return {name: str(count) for name, count in counted.items()}

    async def predict(self, prediction: Prediction) -> AsyncGenerator[Piece]:
        if self._source is None or self._tokenizer is None or self._grammars is None:
            raise PredictFailed(503, "model_not_loaded", f"{prediction.model} is not loaded")
        if prediction.task == "TOKENIZE":
            yield await self._tokenize(self._tokenizer, prediction)
            return
        if prediction.task not in TASKS:
            raise BadRequest(f"{prediction.model} cannot do {prediction.task.lower()}", "model", "unsupported_task")
        generate = partial(self._generate, self._source, self._tokenizer, self._grammars)
        async with aclosing(answers(prediction, CHOICES_MAX, generate)) as pieces:
            async for piece in pieces:
                yield piece

    async def _generate(
        self, source: TokenSource, tokenizer: TextTokenizer, grammars: Grammars, prediction: Prediction
    ) -> AsyncGenerator[Piece]:
        request = await self._read(tokenizer, grammars, prediction)
        count = int(request.body.get("n") or 1)
        answer = Answer(prediction, count, include_usage=request.include_usage, enforced=request.enforced)
        keep = bool(request.body.get("tools"))
        texts = [
            ChoiceText(
                tokenizer, self._parser(request), request.body.get("stop") or (), request.job.stop_ids, keep=keep
            )
            for _ in range(count)
        ]
        async with aclosing(self._tokens(source, request.job, texts)) as received:
            async for index, tokens in received:
                delta = texts[index].feed(tokens)
                for piece in answer.receive(index, delta, texts[index].finish):
                    yield piece
        usage = TokenUsage(
            len(request.job.prompt),
            sum(one.tokens for one in texts),
            texts[0].cached,
            sum(one.reasoning_tokens for one in texts),
        )
        self._prompt_tokens += usage.prompt
        self._completion_tokens += usage.completion
        for piece in answer.finish(usage):
            yield piece

    async def _tokens(
        self, source: TokenSource, job: Job, texts: list[ChoiceText]
    ) -> AsyncGenerator[tuple[int, list[Token]]]:
        """The tokens of all choices as they come; a choice whose text has ended is computed no further."""
        if len(texts) == 1:
            async with aclosing(self._placed(source, job)) as received:
                async for tokens in received:
                    yield 0, tokens
                    if texts[0].finish:
                        return
            return
        begun = asyncio.Event()

        async def computed(index: int) -> AsyncGenerator[list[Token]]:
            if index:
                await begun.wait()  # then the first one's prompt is in the cache
            seed = job.sampling.seed
            sampling = replace(job.sampling, seed=None if seed is None else seed + index)
            async with aclosing(self._placed(source, replace(job, sampling=sampling))) as received:
                async for tokens in received:
                    begun.set()
                    yield tokens
                    if texts[index].finish:
                        return

        async with aclosing(side_by_side([computed(index) for index in range(len(texts))])) as received:
            async for index, tokens in received:
                if not texts[index].finish:
                    yield index, tokens

    async def _placed(self, source: TokenSource, job: Job) -> AsyncGenerator[list[Token]]:
        async with (
            self._admission.place(len(job.prompt) + job.max_tokens, job.priority),
            aclosing(source.generate(job)) as received,
        ):
            async for tokens in received:
                yield tokens

    async def _read(self, tokenizer: TextTokenizer, grammars: Grammars, prediction: Prediction) -> _Request:
        """Raises BadRequest."""
        thinking = enforced = False
        asked: ChatRequest | CompletionRequest
        if prediction.task == "CHAT":
            asked = chat_request(prediction.body, self._format is not None, CHOICES_MAX)
            enforced = asked.enforced
            prompt, thinking = await asyncio.to_thread(self._rendered, tokenizer, asked.body)
        else:
            asked = completion_request(prediction.body, CHOICES_MAX)
            given = asked.body["prompt"]
            prompt = await asyncio.to_thread(tokenizer.encode, given, whole=True) if isinstance(given, str) else given
            if max(prompt, default=0) >= tokenizer.size:
                raise BadRequest(f"prompt has a token id above {tokenizer.size - 1}", "prompt")
        if not prompt:
            raise BadRequest("the prompt is empty", "prompt" if prediction.task == "COMPLETION" else "messages")
        wanted = asked.max_tokens
        if len(prompt) + (wanted or 1) > self.context:
            raise self._over_context(len(prompt), wanted or 1, prediction)
        answer = wanted or min(self._limits.answer_tokens, self.context - len(prompt))
        grammar, schema = "", None
        if asked.body.get("response_format"):
            grammar, schema = await asyncio.to_thread(grammars.compile, asked.body["response_format"])
        job = Job(
            prompt, answer, self._sampling(asked.body), self._folder.stop_ids, self._adapter(prediction.adapter),
            grammar, schema, prediction.priority,
        )  # fmt: skip
        return _Request(job, asked.body, wanted, asked.include_usage, enforced, thinking)

    def _rendered(self, tokenizer: TextTokenizer, body: Json) -> tuple[list[int], bool]:
        tools: list[Json] | None = body.get("tools")
        messages = [_for_template(message) for message in body["messages"]]
        prompt = self._template.render(messages, tools, body.get("chat_template_kwargs") or {})
        return tokenizer.encode(prompt, whole=False), prompt.rstrip().endswith(THINK_BEGIN)

    def _parser(self, request: _Request) -> AnswerParser:
        tools = [one["function"] for one in request.body.get("tools") or ()]
        chat = "messages" in request.body and not request.job.grammar
        reasons = chat and THINK_BEGIN in self._template.source
        calls_max = CALLS_MAX if request.body.get("parallel_tool_calls", True) else 1
        return AnswerParser(
            self._format if tools else None,
            tools,
            thinking=chat and request.thinking,
            reasons=reasons,
            calls_max=calls_max,
        )

    def _sampling(self, body: Json) -> Sampling:
        defaults = {name: self._folder.generation.get(name) for name in SAMPLING_DEFAULTS}
        given = body | ({"repetition_penalty": body["repeat_penalty"]} if "repeat_penalty" in body else {})
        held: Json = {name: value for name, value in defaults.items() if isinstance(value, int | float)}
        held |= {name: given[name] for name in (*SAMPLING_DEFAULTS, "seed") if name in given}
        held |= {name: given[name] for name in ("frequency_penalty", "presence_penalty") if name in given}
        wanted = body.get("logprobs")
        if wanted is False:
            wanted = None
        elif wanted is True:
            wanted = body.get("top_logprobs", 0)
        bias = tuple((int(token), float(value)) for token, value in body.get("logit_bias") or ())
        return Sampling(**held, logit_bias=bias, logprobs=wanted)

    def _adapter(self, name: str) -> str:
        if name and name not in self._limits.adapters:
            known = ", ".join(self._limits.adapters) or "none"
            raise PredictFailed(404, "adapter_not_found", f"there is no adapter {name}; adapters: {known}", "adapter")
        return name

    def _over_context(self, prompt: int, wanted: int, prediction: Prediction) -> BadRequest:
        needed = f"{prompt} in the prompt and {wanted} for the answer"
        text = f"this model's context has {self.context} tokens; the request needs {prompt + wanted} ({needed})"
        param = "messages" if prediction.task == "CHAT" else "prompt"
        return BadRequest(text, "max_tokens" if prompt < self.context else param, "context_length_exceeded")

    async def _tokenize(self, tokenizer: TextTokenizer, prediction: Prediction) -> Piece:
        given = tokenize_request(prediction.body)
        if isinstance(given, list):
            checked = chat_request({"messages": given, "max_tokens": 1}, self._format is not None)
            tokens, _ = await asyncio.to_thread(self._rendered, tokenizer, checked.body)
        else:
            tokens = await asyncio.to_thread(tokenizer.encode, given, whole=False)
        event = {"tokens": tokens, "count": len(tokens), "max_model_len": self.context, "model": prediction.model}
        return Piece(event, finish_reason="stop", usage=TokenUsage(len(tokens)))


def _for_template(message: Json) -> Json:
    """Templates take the arguments of earlier calls as objects."""
    if "tool_calls" not in message:
        return message
    calls: list[Json] = []
    for call in message["tool_calls"]:
        function = call["function"]
        calls.append(call | {"function": function | {"arguments": json.loads(function["arguments"])}})
    return message | {"tool_calls": calls}
