"""Which worker gets a call: by hint, model and adapter, matching prefix and load."""

import random
from dataclasses import dataclass, field

from aistack.inference.protocol.routing_fields import RoutingFields
from aistack.inference.sidecar.workers.balancing import PrefixMemory, choose, prefix_blocks, suitable


@dataclass
class Worker:
    name: str
    in_flight: int = 0
    models: frozenset[str] = frozenset()
    adapters: frozenset[str] = frozenset()
    prefixes: PrefixMemory = field(default_factory=PrefixMemory)


def names(workers: list[Worker], **routing: str) -> str:
    return "".join(one.name for one in suitable(workers, RoutingFields(**routing)))


def test_the_hinted_worker_is_chosen_and_an_unknown_hint_says_nothing():
    workers = [Worker("a"), Worker("b")]
    assert names(workers, worker_hint="b") == "b"
    assert names(workers, worker_hint="z") == "ab"


def test_workers_with_the_model_and_the_adapter_come_first():
    workers = [
        Worker("a", models=frozenset({"m"})),
        Worker("b", models=frozenset({"m", "n"}), adapters=frozenset({"l"})),
        Worker("c", models=frozenset({"n"})),
        Worker("d"),
    ]
    assert names(workers, model="m") == "ab"
    assert names(workers, model="n", adapter="l") == "b"
    assert names(workers, model="unknown") == "d"  # it does not say what it has
    assert names(workers[:3], model="unknown") == "abc"  # they say that there is no such model


def test_without_stickiness_the_least_loaded_is_chosen():
    workers = [Worker("a", 3), Worker("b", 1), Worker("c", 2)]
    assert choose(workers, RoutingFields(), (), 1, 8) is workers[1]
    assert choose([], RoutingFields(), (), 1, 8) is None


def test_a_matching_prefix_outweighs_a_little_load_and_not_much():
    blocks = prefix_blocks(b"s" * 2000)
    warm, cold = Worker("warm", 4), Worker("cold", 3)
    warm.prefixes.remember(blocks)
    assert choose([warm, cold], RoutingFields(sticky=True), blocks, 1, 8) is warm
    warm.in_flight = 10
    assert choose([warm, cold], RoutingFields(sticky=True), blocks, 1, 100) is cold
    warm.in_flight, cold.in_flight = 100, 91
    assert choose([warm, cold], RoutingFields(sticky=True), blocks, 1, 8) is cold


def test_a_prompt_shares_its_beginning_and_no_more():
    memory = PrefixMemory()
    memory.remember(prefix_blocks(b"a" * 1024))
    assert memory.share(prefix_blocks(b"a" * 512 + b"b" * 512)) == 0.5
    assert memory.share(prefix_blocks(b"b" * 1024)) == 0
    assert memory.share(prefix_blocks(b"short")) == 0


def test_a_popular_prefix_spreads_without_losing_its_hits():
    """4 workers, 70 % of the prompts begin alike: max/mean load <= 1.5, and >= 70 % of the hits of pure stickiness."""
    chance = random.Random(7)

    def run(beta: float, queue_max: int) -> tuple[float, float]:
        workers = [Worker(name) for name in "abcd"]
        running: list[tuple[float, Worker]] = []
        hits, loads = 0.0, []
        for step in range(4000):
            for ends, worker in [one for one in running if one[0] <= step]:
                worker.in_flight -= 1
                running.remove((ends, worker))
            seed = "hot" if chance.random() < 0.7 else f"cold{chance.randrange(40)}"
            prompt = seed.encode() * 400
            blocks = prefix_blocks(prompt)
            worker = choose(workers, RoutingFields(sticky=True, prefix=prompt), blocks, beta, queue_max)
            assert worker is not None
            hits += worker.prefixes.share(blocks)
            worker.prefixes.remember(blocks)
            worker.in_flight += 1
            running.append((step + chance.uniform(20, 60), worker))
            if step > 100:
                counts = [one.in_flight for one in workers]
                loads.append(max(counts) / (sum(counts) / 4))
        return hits, sum(loads) / len(loads)

    pure, _ = run(beta=0, queue_max=10**9)
    hits, load = run(beta=1, queue_max=8)
    assert load <= 1.5
    assert hits >= 0.7 * pure
