"""Who is next, and who has to go, when workers are busy."""

import asyncio
from dataclasses import dataclass, field

import pytest

from aistack.http2.grpc.status import RpcError, Status
from aistack.inference.protocol.routing_fields import RoutingFields
from aistack.inference.sidecar.calls.pending_calls import PendingCalls
from aistack.inference.sidecar.metrics import SidecarMetrics
from aistack.inference.sidecar.settings import SidecarSettings


@dataclass(eq=False)
class Call:
    name: str
    routing: RoutingFields
    log: list[str]
    tried: list = field(default_factory=list)
    refused: RpcError | None = None

    def place(self, worker: object) -> None:
        self.log.append(self.name)

    def refuse(self, error: RpcError) -> None:
        self.refused = error


class Desk:
    """A queue before workers with `room` places of each model."""

    def __init__(self, **settings: object) -> None:
        self.room: dict[str, int] = {"": 0}
        self.served: list[str] = []
        self.gone = False
        self.pending = PendingCalls(SidecarSettings(**settings), self._choose, lambda: None, SidecarMetrics())  # type: ignore[arg-type]

    def _choose(self, routing: RoutingFields, tried: object) -> object | None:
        if self.gone:
            raise RpcError(Status.UNAVAILABLE, "no worker")
        if self.room.get(routing.model, 0) > 0:
            self.room[routing.model] -= 1
            return object()
        return None

    def call(self, name: str, **routing: object) -> Call:
        call = Call(name, RoutingFields(**routing), self.served)  # type: ignore[arg-type]
        self.pending.submit(call)
        return call

    async def free(self, count: int = 1, model: str = "") -> list[str]:
        """Places become free; returns who got them."""
        self.served.clear()
        self.room[model] = count
        self.pending.worker_changed()
        await asyncio.sleep(0)
        self.room[model] = 0
        return list(self.served)


async def test_a_call_is_served_at_once_while_there_is_room():
    desk = Desk()
    desk.room[""] = 1
    desk.call("a")
    desk.call("b")
    assert (desk.served, desk.pending.waiting) == (["a"], 1)


async def test_higher_priorities_go_first_and_equal_ones_in_their_order():
    desk = Desk()
    for name, priority in (("a", 0), ("b", 5), ("c", 0), ("d", 5), ("e", -1)):
        desk.call(name, priority=priority)
    assert await desk.free(5) == ["b", "d", "a", "c", "e"]


async def test_tenants_share_places_however_many_calls_they_have():
    desk = Desk()
    for number in range(6):
        desk.call(f"a{number}", tenant="a")
    for number in range(2):
        desk.call(f"b{number}", tenant="b")
    assert await desk.free(4) == ["a0", "b0", "a1", "b1"]
    desk.call("c0", tenant="c")  # it has nothing in progress, a has two
    assert await desk.free(2) == ["c0", "a2"]


async def test_a_model_whose_workers_are_busy_does_not_hold_up_another():
    desk = Desk()
    desk.call("m1", model="m")
    desk.room["n"] = 1
    desk.call("n1", model="n")
    assert desk.served == ["n1"]
    desk.call("n2", model="n")
    assert await desk.free(1, "n") == ["n2"]


async def test_a_full_queue_refuses_and_says_how_many_wait():
    desk = Desk(waiting_max=2)
    desk.call("a")
    desk.call("b")
    refused = desk.call("c").refused
    assert refused is not None
    assert refused.status is Status.RESOURCE_EXHAUSTED
    assert "2 calls wait" in refused.message
    assert (b"grpc-retry-pushback-ms", b"1000") in refused.trailers


async def test_a_tenant_with_less_than_its_share_takes_the_place_of_one_with_more():
    desk = Desk(waiting_max=4)
    calls = [desk.call(f"a{number}", tenant="a") for number in range(4)]
    desk.call("b0", tenant="b")
    assert [call.refused is not None for call in calls] == [False, False, False, True]
    desk.call("b1", tenant="b")
    assert desk.call("b2", tenant="b").refused is not None  # two each: that is fair
    assert await desk.free(4) == ["a0", "b0", "a1", "b1"]


async def test_a_higher_priority_takes_the_place_of_a_lower_one():
    desk = Desk(waiting_max=1)
    low = desk.call("low", priority=0)
    desk.call("high", priority=1)
    assert low.refused is not None
    assert await desk.free(1) == ["high"]


async def test_waiting_ends_when_the_workers_are_gone_when_it_lasts_too_long_and_when_the_caller_leaves():
    desk = Desk(waiting_secs=0.05)
    left, late = desk.call("left"), desk.call("late")
    assert desk.pending.leave(left)
    assert not desk.pending.leave(left)
    async with asyncio.timeout(60):
        while late.refused is None:
            await asyncio.sleep(0.01)
    assert late.refused.status is Status.RESOURCE_EXHAUSTED
    lost = desk.call("lost")
    desk.gone = True
    await desk.free()
    assert lost.refused is not None
    assert lost.refused.status is Status.UNAVAILABLE
    assert desk.pending.waiting == 0


@pytest.mark.parametrize("count", [1000])
async def test_many_that_wait_cost_little_each(count: int):
    desk = Desk(waiting_max=count)
    for number in range(count):
        desk.call(str(number), tenant=str(number % 50), priority=number % 3)
    served: list[str] = []
    while desk.pending.waiting:
        served += await desk.free(7)
    assert len(set(served)) == count
