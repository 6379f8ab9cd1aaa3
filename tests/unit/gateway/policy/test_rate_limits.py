"""Rate limits: rules, and buckets that let through exactly what they say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aistack.gateway.policy.rate_limits import BUCKETS, Buckets, RateRules, bucket_of, parse_rule


def test_a_rule_is_read_from_words():
    rule = parse_rule("/v1 10/s burst 20")
    assert (rule.name, rule.interval, rule.burst) == ("/v1", 0.1, 20)
    assert parse_rule("/upload 30/m").interval == 2.0
    assert parse_rule("/ 1/s burst 5").name == ""


@pytest.mark.parametrize("text", ["", "/v1", "v1 10/s", "/v1 0/s", "/v1 10/d", "/v1 10/s burst 0", "/v1 -1/s"])
def test_a_rule_that_makes_no_sense_is_refused(text: str):
    with pytest.raises(ValueError):
        parse_rule(text)


def test_the_longest_prefix_decides():
    rules = RateRules(["/v1 10/s", "/v1/rag/documents 1/s"])
    assert rules.rule("/v1/rag").name == "/v1"
    assert rules.rule("/v1/rag/documents").name == "/v1/rag/documents"
    assert rules.rule("/v10") is None
    assert RateRules(["/ 1/s"]).rule("/anything").name == ""


def test_a_burst_passes_and_then_one_for_each_interval():
    rule, buckets = parse_rule("/v1 10/s burst 3"), Buckets()
    bucket = bucket_of(rule.name, "me")
    assert [buckets.take(bucket, rule, 100.0)[0] for _ in range(3)] == [0, 0, 0]
    wait, left = buckets.take(bucket, rule, 100.0)
    assert wait == pytest.approx(0.1)
    assert left == 0
    assert buckets.take(bucket, rule, 100.1)[0] == 0
    assert buckets.take(bucket, rule, 100.1)[0] > 0


def test_what_is_left_is_told():
    rule, buckets = parse_rule("/v1 1/s burst 5"), Buckets()
    bucket = bucket_of(rule.name, "me")
    assert [buckets.take(bucket, rule, 50.0)[1] for _ in range(5)] == [4, 3, 2, 1, 0]


def test_callers_do_not_take_from_each_other():
    rule, buckets = parse_rule("/v1 1/s burst 1"), Buckets()
    assert buckets.take(bucket_of(rule.name, "a"), rule, 1.0)[0] == 0
    assert buckets.take(bucket_of(rule.name, "b"), rule, 1.0)[0] == 0
    assert buckets.take(bucket_of(rule.name, "a"), rule, 1.0)[0] > 0


@given(st.lists(st.floats(0, 0.5), min_size=1, max_size=200), st.integers(1, 10), st.integers(1, 50))
def test_never_more_than_burst_and_rate_in_any_span(gaps: list[float], burst: int, rate: int):
    rule, buckets = parse_rule(f"/v1 {rate}/s burst {burst}"), Buckets()
    now, passed = 10.0, []
    for gap in gaps:
        now += gap
        if not buckets.take(12345, rule, now)[0]:
            passed.append(now)
    for index, begin in enumerate(passed):
        for count, end in enumerate(passed[index:], 1):
            assert count <= burst + (end - begin) * rate + 1e-6


def test_more_callers_than_places_are_still_limited_and_memory_stays_as_it_is():
    rule, buckets = parse_rule("/v1 1/m burst 1"), Buckets()
    let_in_twice = 0
    for number in range(BUCKETS * 2):
        bucket = bucket_of(rule.name, str(number))
        assert buckets.take(bucket, rule, 1.0)[0] == 0
        let_in_twice += buckets.take(bucket, rule, 1.0)[0] == 0
    assert let_in_twice == 0
