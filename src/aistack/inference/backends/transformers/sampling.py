"""The next token of each text of a batch, from the model's logits.

The order is that of transformers: penalties, bias, grammar, temperature, top_k, top_p, min_p. Each text has random
numbers of its own, one a token, so a seed gives the same text whatever else is in the batch.
"""

import random
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from aistack.inference.backends.generation.jobs import Sampling

GREEDY_BELOW = 1e-5
NEVER = float("-inf")


class TextSampler:
    """What the choice of a text's next token depends on, besides the logits."""

    def __init__(self, sampling: Sampling, prompt: Sequence[int], vocabulary: int, device: Any, matcher: Any) -> None:
        self.sampling = sampling
        self.matcher = matcher
        self._random = random.Random(sampling.seed)  # noqa: S311 -- not for secrets
        self.greedy = sampling.temperature < GREEDY_BELOW
        self._seen: Tensor | None = None
        self._counts: Tensor | None = None
        if sampling.repetition_penalty != 1.0:
            self._seen = torch.zeros(vocabulary, dtype=torch.bool, device=device)
            self._seen[torch.tensor(prompt, device=device)] = True
        if sampling.frequency_penalty or sampling.presence_penalty:
            self._counts = torch.zeros(vocabulary, device=device)
        self._bias: tuple[Tensor, Tensor] | None = None
        valid = [(token, value) for token, value in sampling.logit_bias if token < vocabulary]
        if valid:
            ids, values = zip(*valid, strict=True)
            self._bias = torch.tensor(ids, device=device), torch.tensor(values, device=device)
        self.plain = self._seen is None and self._counts is None and self._bias is None and matcher is None

    def draw(self) -> float:
        return self._random.random()

    def adjust(self, row: Tensor) -> Tensor:
        """The logits of one text (vocabulary,) with penalties, bias and grammar."""
        sampling = self.sampling
        row = row.clone()
        if self._seen is not None:
            scaled = torch.where(row > 0, row / sampling.repetition_penalty, row * sampling.repetition_penalty)
            row = torch.where(self._seen, scaled, row)
        if self._counts is not None:
            row -= self._counts * sampling.frequency_penalty + (self._counts > 0) * sampling.presence_penalty
        if self._bias is not None:
            row[self._bias[0]] += self._bias[1]
        if self.matcher is not None:
            row.masked_fill_(~self._allowed(row), NEVER)
        return row

    def accept(self, token: int) -> None:
        """The token was chosen."""
        if self._seen is not None:
            self._seen[token] = True
        if self._counts is not None:
            self._counts[token] += 1
        if self.matcher is not None:
            self.matcher.consume_token(token)

    def _allowed(self, row: Tensor) -> Tensor:
        packed = torch.frombuffer(bytearray(self.matcher.compute_bitmask()), dtype=torch.uint8)
        bits = ((packed[:, None] >> torch.arange(8, dtype=torch.uint8)) & 1).flatten()[: row.shape[0]].bool()
        if bits.shape[0] < row.shape[0]:
            bits = torch.cat((bits, torch.zeros(row.shape[0] - bits.shape[0], dtype=torch.bool)))
        return bits.to(row.device)


def choose(logits: Tensor, texts: Sequence[TextSampler]) -> list[int]:
    """The next token of each text; `logits` is (texts, vocabulary) float32."""
    if not all(text.plain for text in texts):
        logits = torch.stack([row if text.plain else text.adjust(row) for row, text in zip(logits, texts, strict=True)])
    tokens = _integers(logits.argmax(-1))
    drawn = [at for at, text in enumerate(texts) if not text.greedy]
    if drawn:
        chosen = _draw(logits if len(drawn) == len(texts) else logits[drawn], [texts[at] for at in drawn])
        for at, token in zip(drawn, chosen, strict=True):
            tokens[at] = token
    return tokens


def log_probabilities(row: Tensor, token: int, top: int) -> tuple[float, list[tuple[int, float]]]:
    """The token's logarithmic probability, and the best tokens with theirs; `row` is (vocabulary,)."""
    logs = row.log_softmax(-1)
    best = logs.topk(min(top, logs.shape[0]))
    values = [float(one) for one in best.values]
    return float(logs[token]), list(zip(_integers(best.indices), values, strict=True))


def _draw(logits: Tensor, texts: Sequence[TextSampler]) -> list[int]:
    given = [text.sampling for text in texts]
    device, vocabulary = logits.device, logits.shape[1]

    def column(values: Sequence[float]) -> Tensor:
        return torch.tensor(values, device=device)[:, None]

    logits = logits / column([max(one.temperature, GREEDY_BELOW) for one in given])
    ids: Tensor | None = None
    if any(one.top_k or one.top_p < 1 for one in given):
        kept = [one.top_k if 0 < one.top_k < vocabulary else vocabulary for one in given]
        found = logits.topk(max(kept)) if max(kept) < vocabulary else logits.sort(-1, descending=True)
        logits, ids = found[0], found[1]
        places = torch.arange(logits.shape[1], device=device)[None]
        logits = logits.masked_fill(places >= column(kept), NEVER)
        shares = logits.softmax(-1)
        before = shares.cumsum(-1) - shares
        logits = logits.masked_fill((before >= column([one.top_p for one in given])) & (places > 0), NEVER)
    shares = logits.softmax(-1)
    if any(one.min_p for one in given):
        floor = shares.amax(-1, keepdim=True) * column([one.min_p for one in given])
        shares = shares.masked_fill(shares < floor, 0.0)
    sums = shares.double().cumsum(-1)
    points = torch.tensor([text.draw() for text in texts], device=device, dtype=torch.float64)[:, None] * sums[:, -1:]
    at = torch.searchsorted(sums, points, right=True).clamp_(max=sums.shape[1] - 1)
    return _integers((at if ids is None else ids.gather(1, at))[:, 0])


def _integers(row: Tensor) -> list[int]:
    listed: Any = row
    return listed.tolist()
