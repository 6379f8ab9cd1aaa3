"""The cache of keys and values, and attention over it for tokens of many texts in one row.

A step has one row of tokens: first one token of each text that is being answered, then chunks of prompts. Everything
but attention treats the tokens alike, so nothing is padded there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention as attend

NAME = "aistack"


@dataclass(slots=True)
class Chunk:
    """Tokens of a prompt, from `begin` to `end` in the row; `slots` are those of the text up to its last token here."""

    begin: int
    end: int
    slots: Tensor


@dataclass(slots=True)
class Step:
    """What attention must know of a step. `written` are the slots of the row's tokens, `single` how many texts have one
    token, `slots` (single, longest) what these texts read, and `lengths` (single,) how much of it counts."""

    written: Tensor
    single: int
    slots: Tensor
    lengths: Tensor
    chunks: Sequence[Chunk]
    masks: dict[tuple[int, int], Tensor] = field(default_factory=dict[tuple[int, int], Tensor])

    def single_mask(self, window: int) -> Tensor:
        """(single, 1, 1, longest), true where a text's token may look."""
        if (found := self.masks.get((-1, window))) is None:
            places = torch.arange(self.slots.shape[1], device=self.slots.device)[None]
            found = places < self.lengths[:, None]
            if window:
                found &= places >= self.lengths[:, None] - window
            found = self.masks[-1, window] = found[:, None, None]
        return found

    def chunk_mask(self, at: int, window: int) -> Tensor:
        """(tokens, slots) of a chunk, true where a token may look."""
        if (found := self.masks.get((at, window))) is None:
            chunk = self.chunks[at]
            length = chunk.slots.shape[0]
            places = torch.arange(length, device=chunk.slots.device)[None]
            last = torch.arange(length - (chunk.end - chunk.begin), length, device=chunk.slots.device)[:, None]
            found = places <= last
            if window:
                found &= places > last - window
            self.masks[at, window] = found
        return found


class KeyValueCache:
    """Keys and values of every layer in slots. A model's layers write and read it through `attention`."""

    def __init__(self, slots: int) -> None:
        self._slots = slots
        self._layers: dict[int, tuple[Tensor, Tensor]] = {}
        self.step: Step | None = None

    def attention(
        self, layer: int, query: Tensor, key: Tensor, value: Tensor, scaling: float, window: int, softcap: float
    ) -> Tensor:
        """(1, tokens, heads, size) for a query of (1, heads, tokens, size); `key` and `value` may have fewer heads."""
        step = self.step
        assert step is not None
        keys, values = self._layer(layer, key, value)
        keys.index_copy_(0, step.written, key[0].transpose(0, 1))
        values.index_copy_(0, step.written, value[0].transpose(0, 1))
        rows = query[0].transpose(0, 1)  # (tokens, heads, size)
        parts: list[Tensor] = []
        if step.single:
            read_keys, read_values = (_read(one, step.slots) for one in (keys, values))
            # One token looks at the same places from every head, so heads that share keys are rows of one query.
            asked = rows[: step.single].reshape(step.single, keys.shape[1], -1, query.shape[3])
            found = _attend(asked, read_keys, read_values, step.single_mask(window), scaling, softcap)
            parts.append(found.reshape(step.single, query.shape[1], -1))
        for at, chunk in enumerate(step.chunks):
            read_keys, read_values = (_read(one, chunk.slots[None]) for one in (keys, values))
            asked = rows[chunk.begin : chunk.end].transpose(0, 1)[None]
            found = _attend(asked, read_keys, read_values, step.chunk_mask(at, window), scaling, softcap)
            parts.append(found[0].transpose(0, 1))
        return (parts[0] if len(parts) == 1 else torch.cat(parts))[None]

    def _layer(self, layer: int, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        if (found := self._layers.get(layer)) is None:
            # Zeros: what a mask hides is multiplied by 0, and must not be a NaN by chance.
            found = self._layers[layer] = (
                key.new_zeros(self._slots, key.shape[1], key.shape[3]),
                value.new_zeros(self._slots, value.shape[1], value.shape[3]),
            )
        return found


def _read(stored: Tensor, slots: Tensor) -> Tensor:
    """(texts, heads, places, size) of what is stored in slots (texts, places); faster than indexing with a matrix."""
    found = stored.index_select(0, slots.flatten())
    return found.view(*slots.shape, *stored.shape[1:]).transpose(1, 2)


def _attend(query: Tensor, key: Tensor, value: Tensor, mask: Tensor, scaling: float, softcap: float) -> Tensor:
    grouped = query.shape[1] != key.shape[1]
    if not softcap:
        return attend(query, key, value, attn_mask=mask, scale=scaling, enable_gqa=grouped)
    if grouped:
        groups = query.shape[1] // key.shape[1]
        key, value = key.repeat_interleave(groups, 1), value.repeat_interleave(groups, 1)
    scores = torch.tanh(query @ key.transpose(2, 3) * scaling / softcap) * softcap
    return scores.masked_fill(~mask, float("-inf")).softmax(-1, dtype=torch.float32).to(query.dtype) @ value
