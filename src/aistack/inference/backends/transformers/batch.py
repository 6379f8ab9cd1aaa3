"""A running batch: texts join and leave it between steps, and each step computes a token of every text that is ready.

A step has one token of each text that is being answered, and chunks of prompts up to `prompt_tokens` together, so that
a long prompt neither holds up the others nor outlives its request by more than a step.
"""

from collections import deque
from collections.abc import Iterator
from typing import Any

import torch
from torch.nn.utils.rnn import pad_sequence

from aistack.inference.backends.generation.jobs import Job, Token
from aistack.inference.backends.transformers.attention import Chunk, Step
from aistack.inference.backends.transformers.blocks import BLOCK, Blocks, block_key, first_key, prompt_keys
from aistack.inference.backends.transformers.model import Model
from aistack.inference.backends.transformers.sampling import TextSampler, choose, log_probabilities

Failure = str
Result = tuple[int, Token | Failure]
NO_MEMORY = ("can't allocate memory", "out of memory")


class Text:
    """A text in the batch. `computed` of its `tokens` are in the cache."""

    def __init__(self, number: int, job: Job, matcher: Any) -> None:
        self.number, self.job, self.matcher = number, job, matcher
        self.tokens = list(job.prompt)
        self.computed = self.cached = 0
        self.blocks: list[int] = []
        self.key = first_key(job.adapter)
        self.sealed = 0
        self.slots: Any = None
        self.sampler: Any = None

    @property
    def blocks_needed(self) -> int:
        return -(-(len(self.job.prompt) + self.job.max_tokens) // BLOCK)


class Batch:
    """The texts of a model. `steps` counts how often the model ran."""

    def __init__(self, model: Model, slots: int, prompt_tokens: int) -> None:
        self._model = model
        self._blocks = Blocks(slots // BLOCK)
        self._prompt_tokens = prompt_tokens
        self._waiting: deque[Text] = deque()
        self._running: dict[int, Text] = {}
        self.steps = 0

    @property
    def idle(self) -> bool:
        return not self._running and not self._waiting

    def add(self, number: int, job: Job, matcher: Any = None) -> None:
        self._waiting.append(Text(number, job, matcher))

    def cancel(self, number: int) -> None:
        """The text is gone with the next step; unknown numbers have ended already."""
        if text := self._running.get(number):
            self._leave(text)
        self._waiting = deque(one for one in self._waiting if one.number != number)

    def step(self) -> list[Result]:
        """Runs the model once; what came out, by the texts' numbers."""
        self._join()
        ready = [text for text in self._running.values() if text.computed == len(text.tokens) - 1]
        prompts = list(self._prompts())
        if not ready and not prompts:
            return []
        try:
            return self._run(ready, prompts)
        except (RuntimeError, MemoryError) as error:
            if not isinstance(error, MemoryError) and not any(one in str(error) for one in NO_MEMORY):
                raise
            return [self._out_of_memory(ready, prompts)]

    def _join(self) -> None:
        while self._waiting and self._waiting[0].blocks_needed <= self._blocks.available:
            text = self._waiting.popleft()
            job = text.job
            keys = prompt_keys(job.adapter, job.prompt)
            text.blocks = self._blocks.find(keys)
            text.sealed = len(text.blocks)
            if text.blocks_needed - text.sealed > self._blocks.available:  # what was found had counted as available
                self._blocks.release(text.blocks)
                self._waiting.appendleft(text)
                return
            if text.sealed:
                text.key = keys[text.sealed - 1]
            text.computed = text.cached = text.sealed * BLOCK
            text.blocks += self._blocks.take(text.blocks_needed - text.sealed)
            slots = torch.tensor(text.blocks)[:, None] * BLOCK + torch.arange(BLOCK)
            text.slots = slots.flatten().to(self._model.device)
            text.sampler = TextSampler(
                job.sampling, job.prompt, self._model.vocabulary, self._model.device, text.matcher
            )
            self._running[text.number] = text

    def _leave(self, text: Text) -> None:
        del self._running[text.number]
        self._blocks.release(text.blocks)

    def _prompts(self) -> Iterator[tuple[Text, int]]:
        """The texts whose prompts are not computed yet, and how many tokens of each this step computes."""
        left = self._prompt_tokens
        for text in self._running.values():
            size = min(left, len(text.tokens) - text.computed)
            if size and text.computed < len(text.tokens) - 1:
                left -= size
                yield text, size

    def _run(self, ready: list[Text], prompts: list[tuple[Text, int]]) -> list[Result]:
        sizes = [(text, 1) for text in ready] + prompts
        row: list[int] = []
        positions: list[int] = []
        wanted: list[int] = []
        done: list[Text] = []
        chunks: list[Chunk] = []
        adapters: dict[str, list[int]] = {}
        for at, (text, size) in enumerate(sizes):
            begin, end = text.computed, text.computed + size
            if text.job.adapter:
                adapters.setdefault(text.job.adapter, []).extend(range(len(row), len(row) + size))
            if at >= len(ready):
                chunks.append(Chunk(len(row), len(row) + size, text.slots[:end]))
            row += text.tokens[begin:end]
            positions += range(begin, end)
            if end == len(text.tokens):
                wanted.append(len(row) - 1)
                done.append(text)
        read = [text.slots[: text.computed + 1] for text in ready]
        tensor = self._model.tensor
        step = Step(
            torch.cat([text.slots[text.computed : text.computed + size] for text, size in sizes]),
            len(ready),
            pad_sequence(read, batch_first=True) if read else tensor([]),
            tensor([len(one) for one in read]),
            chunks,
        )
        rows = [(name, tensor(at)) for name, at in adapters.items()]
        logits = self._model.run(tensor(row), tensor(positions), step, tensor(wanted), rows)
        chosen = choose(logits, [text.sampler for text in done]) if done else []
        self.steps += 1
        for text, size in sizes:
            text.computed += size
            self._seal(text)
        return [self._token(text, token, logits[at]) for at, (text, token) in enumerate(zip(done, chosen, strict=True))]

    def _token(self, text: Text, token: int, logits: Any) -> Result:
        job = text.job
        logprob, top = None, list[tuple[int, float]]()
        if job.sampling.logprobs is not None:
            logprob, top = log_probabilities(logits, token, job.sampling.logprobs)
        text.tokens.append(token)
        text.sampler.accept(token)
        finish = ""
        if text.matcher is not None and text.matcher.is_error():
            self._leave(text)
            return text.number, f"the grammar failed: {text.matcher.get_error()[:200]}"
        if token in job.stop_ids or (text.matcher is not None and text.matcher.is_stopped()):
            finish = "stop"
        elif len(text.tokens) - len(job.prompt) >= job.max_tokens:
            finish = "length"
        if finish:
            self._leave(text)
        return text.number, Token(token, finish, text.cached, logprob, tuple(top))

    def _seal(self, text: Text) -> None:
        """Remembers the blocks that have become full."""
        while (text.sealed + 1) * BLOCK <= text.computed:
            begin = text.sealed * BLOCK
            text.key = block_key(text.key, text.tokens[begin : begin + BLOCK])
            self._blocks.remember(text.blocks[text.sealed], text.key)
            text.sealed += 1

    def _out_of_memory(self, ready: list[Text], prompts: list[tuple[Text, int]]) -> Result:
        """Gives up the text that took most; the step has changed nothing and is run again without it."""
        text = max(prompts, key=lambda one: one[1])[0] if prompts else max(ready, key=lambda one: len(one.tokens))
        self._leave(text)
        return text.number, "the model ran out of memory for this request"
