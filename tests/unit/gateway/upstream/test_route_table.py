"""The route table, without a network."""

from hypothesis import given
from hypothesis import strategies as st

from aistack.gateway.upstream.route_table import Route, RouteTable
from tests.unit.gateway.clusters import cluster

SEGMENTS = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=5)


@given(st.lists(SEGMENTS, max_size=6), SEGMENTS)
def test_the_longest_prefix_of_whole_segments_wins(prefixes: list[list[str]], segments: list[str]):
    names = {"/" + "/".join(prefix) for prefix in prefixes}
    table = RouteTable(Route(name, cluster(), 0, None, {}) for name in names)
    path = "/" + "/".join(segments)
    fitting = {
        name.rstrip("/") for name in names if path == name.rstrip("/") or path.startswith(name.rstrip("/") + "/")
    }
    found = table.match(path.encode())
    assert (found.prefix.rstrip("/") if found else None) == (max(fitting, key=len) if fitting else None)
