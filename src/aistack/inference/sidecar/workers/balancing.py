"""Which worker runs a call: those that can, then by matching prefix and load.

The score of a worker is `share - beta * relative load`: `share` is how much of the prompt's beginning it saw lately,
`relative load` its calls in progress over the mean of all candidates. A worker whose calls exceed those of the least
loaded by more than `queue_max` is not chosen for a prefix, so a popular prefix spreads to more workers. Ties go to the
least loaded. Without stickiness, the least loaded is chosen.
"""

from collections import OrderedDict
from collections.abc import Sequence
from hashlib import blake2b
from typing import Protocol, TypeVar

from aistack.inference.protocol.routing_fields import RoutingFields

BLOCK_BYTES = 256
BLOCKS_MAX = 64
PREFIX_BYTES = BLOCK_BYTES * BLOCKS_MAX
REMEMBERED_BLOCKS = 16_384


class Candidate(Protocol):
    """What balancing needs of a worker. `models` and `adapters` are empty when it does not say."""

    name: str
    in_flight: int
    models: frozenset[str]
    adapters: frozenset[str]
    prefixes: "PrefixMemory"


CandidateT = TypeVar("CandidateT", bound=Candidate)


class PrefixMemory:
    """The beginnings of prompts that a worker saw lately, as chained hashes of blocks; the oldest are forgotten."""

    def __init__(self) -> None:
        self._blocks: OrderedDict[bytes, None] = OrderedDict()

    def share(self, blocks: Sequence[bytes]) -> float:
        """How much of a prompt's beginning the worker saw, from 0 to 1."""
        return self.matched(blocks) / len(blocks) if blocks else 0.0

    def matched(self, blocks: Sequence[bytes]) -> int:
        """How many blocks of a prompt's beginning the worker saw."""
        return next((number for number, block in enumerate(blocks) if block not in self._blocks), len(blocks))

    def remember(self, blocks: Sequence[bytes]) -> None:
        for block in blocks:
            self._blocks[block] = None
            self._blocks.move_to_end(block)
        while len(self._blocks) > REMEMBERED_BLOCKS:
            self._blocks.popitem(last=False)

    def forget(self) -> None:
        """The worker was started again: its cache is empty."""
        self._blocks.clear()


def prefix_blocks(prefix: bytes) -> list[bytes]:
    """The chained hashes of a prompt's whole blocks; of a short prompt, of all of it."""
    blocks: list[bytes] = []
    before = b""
    whole = len(prefix) - len(prefix) % BLOCK_BYTES
    for at in range(0, min(whole, PREFIX_BYTES), BLOCK_BYTES) if whole else (0,):
        before = blake2b(before + prefix[at : at + BLOCK_BYTES], digest_size=16).digest()
        blocks.append(before)
    return blocks


def suitable(workers: Sequence[CandidateT], routing: RoutingFields) -> Sequence[CandidateT]:
    """The workers that can run a call, best knowledge first: the hinted one, those with model and adapter, all."""
    if routing.worker_hint:
        hinted = [one for one in workers if one.name == routing.worker_hint]
        if hinted:
            return hinted
    for names, of_worker in ((routing.model, "models"), (routing.adapter, "adapters")):
        if names:
            having = [one for one in workers if names in getattr(one, of_worker)]
            workers = having or [one for one in workers if not getattr(one, of_worker)] or workers
    return workers


def choose(
    workers: Sequence[CandidateT], routing: RoutingFields, blocks: Sequence[bytes], beta: float, queue_max: int
) -> CandidateT | None:
    """The worker for a call among those with a free place; None when there is none."""
    if not workers:
        return None
    least = min(one.in_flight for one in workers)
    if not routing.sticky or len(workers) == 1:
        return next(one for one in workers if one.in_flight == least)
    mean = max(1.0, sum(one.in_flight for one in workers) / len(workers))

    def score(worker: CandidateT) -> tuple[float, int]:
        share = worker.prefixes.share(blocks) if worker.in_flight - least <= queue_max else 0.0
        return share - beta * worker.in_flight / mean, -worker.in_flight

    return max(workers, key=score)
