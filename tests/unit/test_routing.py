"""The route table and the balancing, without a network."""

from hypothesis import given
from hypothesis import strategies as st

from aistack.gateway.balancing import least_connections
from aistack.gateway.heads import kept_or_new_request_id
from aistack.gateway.routing import Route, RouteTable
from aistack.gateway.upstreams import Instance, UpstreamService

SEGMENTS = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=5)


@given(st.lists(SEGMENTS, max_size=6), SEGMENTS)
def test_the_longest_prefix_of_whole_segments_wins(prefixes: list[list[str]], segments: list[str]):
    names = {"/" + "/".join(prefix) for prefix in prefixes}
    table = RouteTable(Route(name, UpstreamService(name, 1), 0) for name in names)
    path = "/" + "/".join(segments)
    fitting = {
        name.rstrip("/") for name in names if path == name.rstrip("/") or path.startswith(name.rstrip("/") + "/")
    }
    found = table.match(path.encode())
    assert (found.prefix.rstrip("/") if found else None) == (max(fitting, key=len) if fitting else None)


def service(*in_flight: int) -> UpstreamService:
    held = UpstreamService("s", 100)
    for number, busy in enumerate(in_flight):
        held.instances[str(number)] = Instance("s", str(number), "127.0.0.1", number, in_flight=busy)
    held.refresh(0.0)
    return held


def test_the_least_busy_instance_takes_the_request():
    assert least_connections(service(3, 1, 2)).id == "1"


def test_equals_take_turns():
    held = service(0, 0, 0)
    assert sorted(least_connections(held).id for _ in range(3)) == ["0", "1", "2"]


def test_weight_counts():
    held = service(2, 3)
    held.instances["1"].weight = 4
    assert least_connections(held).id == "1"


def test_what_was_tried_is_left_out():
    held = service(0)
    assert least_connections(held, tuple(held.instances.values())) is None


def test_at_most_half_of_the_instances_are_ejected():
    held = service(0, 0, 0, 0)
    for name in ("0", "1", "2"):
        held.instances[name].ejected_until = 10.0
    held.refresh(0.0)
    assert len(held.usable) == 4
    held.instances["2"].ejected_until = 0.0
    held.refresh(0.0)
    assert [one.id for one in held.usable] == ["2", "3"]


def test_a_request_id_that_could_forge_log_lines_is_replaced():
    assert kept_or_new_request_id(b"abc-1") == b"abc-1"
    for bad in (b"", b"a b", b"a\nb", b'"', b"x" * 200):
        assert kept_or_new_request_id(bad) != bad
