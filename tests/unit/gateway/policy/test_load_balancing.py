"""Who takes a request: policies, weights, slow start, ejection."""

from collections import Counter
from types import SimpleNamespace

import pytest

from aistack.gateway.policy.load_balancing import policy_named
from aistack.gateway.policy.outlier_detection import Ejection, EjectionRules
from tests.unit.gateway.clusters import cluster

least_connections = policy_named("least_connections")
round_robin = policy_named("round_robin")


def asking(caller: str = "", **headers: bytes) -> SimpleNamespace:
    head = SimpleNamespace(header=lambda name: headers.get(name.decode(), b""))
    return SimpleNamespace(head=head, caller_name=caller)


def test_the_least_busy_instance_takes_the_request():
    assert least_connections(cluster(3, 1, 2), asking(), ()).id == "1"


def test_equals_take_turns():
    held = cluster(0, 0, 0)
    assert sorted(least_connections(held, asking(), ()).id for _ in range(3)) == ["0", "1", "2"]


def test_least_connections_goes_by_weight():
    assert least_connections(cluster(2, 3, weights=(1, 4)), asking(), ()).id == "1"


def test_round_robin_gives_each_its_weight_and_spreads_it():
    held = cluster(0, 0, 0, weights=(5, 1, 1))
    turns = "".join(round_robin(held, asking(), ()).id for _ in range(7))
    assert Counter(turns) == {"0": 5, "1": 1, "2": 1}
    assert "00000" not in turns


@pytest.mark.parametrize("policy", [least_connections, round_robin, policy_named("consistent_hash:key")])
def test_what_was_tried_is_left_out(policy):
    held = cluster(0, 0)
    first, second = held.usable
    assert policy(held, asking("me"), (first,)) is second
    assert policy(held, asking("me"), (first, second)) is None


def test_a_consistent_hash_keeps_a_caller_at_its_instance_and_moves_few_when_one_leaves():
    by_key = policy_named("consistent_hash:key")
    held = cluster(0, 0, 0, 0)
    before = {f"user-{n}": by_key(held, asking(f"user-{n}"), ()).id for n in range(400)}
    assert before == {caller: by_key(held, asking(caller), ()).id for caller in before}
    assert min(Counter(before.values()).values()) > 50
    del held.endpoints["3"]
    held.refresh(0.0, 0.0)
    after = {caller: by_key(held, asking(caller), ()).id for caller in before}
    assert all(after[caller] == name for caller, name in before.items() if name != "3")


def test_a_consistent_hash_may_go_by_a_header():
    by_header = policy_named("consistent_hash:X-Session-Id")
    held = cluster(0, 0, 0, 0)
    chosen = {by_header(held, asking(f"c{n}", **{"x-session-id": b"one"}), ()).id for n in range(20)}
    assert len(chosen) == 1


def test_an_unknown_policy_is_refused():
    with pytest.raises(ValueError, match="unknown policy"):
        policy_named("fastest")


def test_at_most_half_of_the_instances_rest_and_those_that_rested_longest_come_first():
    held = cluster(0, 0, 0, 0)
    for name, until in (("0", 30.0), ("1", 20.0), ("2", 10.0)):
        held.endpoints[name].ejection.until = until
    held.refresh(0.0, 0.0)
    assert [one.id for one in held.usable] == ["2", "3"]
    held.refresh(25.0, 0.0)
    assert [one.id for one in held.usable] == ["1", "2", "3"]


def test_an_instance_that_comes_back_is_given_its_share_slowly():
    held = cluster(0, 0)
    late = held.endpoints["1"]
    late.ejection.until = 5.0
    held.refresh(1.0, 10.0)
    assert [one.id for one in held.usable] == ["0"]
    for now, weight in ((5.0, 0.1), (10.0, 0.5), (16.0, 1.0)):
        held.refresh(now, 10.0)
        assert late.weight == pytest.approx(weight)
    assert held.endpoints["0"].weight == 1.0


def test_each_ejection_is_twice_as_long_until_the_instance_behaved_for_a_while():
    rules, ejection = EjectionRules(3, 30.0), Ejection()
    assert [ejection.eject(now, rules) for now in (0.0, 31.0, 95.0)] == [30.0, 60.0, 120.0]
    assert ejection.eject(10_000.0, rules) == 30.0
