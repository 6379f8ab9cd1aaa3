"""The circuit breaker: when it opens, what it lets through, when it closes, and how far it reaches."""

from aistack.gateway.policy.circuit_breaker import CLASSES_MAX, Breaker, BreakerRules, RouteBreakers, State, route_class

RULES = BreakerRules(requests_min=10, share=0.5, open_seconds=5.0)


def failing(breaker: Breaker, number: int, now: float = 1.0) -> None:
    for _ in range(number):
        breaker.requests += 1
        breaker.failed(now)


def test_it_opens_when_half_of_enough_requests_failed():
    breaker = Breaker(RULES)
    failing(breaker, 9)
    assert breaker.state is State.CLOSED
    failing(breaker, 1)
    assert breaker.state is State.OPEN
    assert not breaker.allows(5.9)


def test_a_few_failures_among_many_requests_leave_it_closed():
    breaker = Breaker(RULES)
    failing(breaker, 1)
    for _ in range(4):
        breaker.requests += 9
        failing(breaker, 1, now=2.0)
    assert breaker.state is State.CLOSED


def test_failures_long_apart_do_not_add_up():
    breaker = Breaker(RULES)
    for turn in range(50):
        failing(breaker, 1, now=turn * 11.0)
    assert breaker.state is State.CLOSED


def test_after_a_while_three_trials_pass_and_close_it():
    breaker = Breaker(RULES)
    failing(breaker, 10)
    assert [breaker.allows(6.5) for _ in range(4)] == [True, True, True, False]
    for _ in range(3):
        breaker.succeeded()
    assert breaker.state is State.CLOSED


def test_a_failed_trial_opens_it_again_for_longer():
    breaker = Breaker(RULES)
    failing(breaker, 10)
    assert breaker.allows(6.5)
    failing(breaker, 1, now=6.6)
    assert breaker.state is State.OPEN
    assert not breaker.allows(16.0)
    assert breaker.allows(17.0)


def test_trials_that_say_nothing_are_followed_by_others():
    breaker = Breaker(RULES)
    failing(breaker, 10)
    assert [breaker.allows(6.5) for _ in range(4)] == [True, True, True, False]
    assert not breaker.allows(16.0)
    assert breaker.allows(16.6)


def test_a_route_class_is_a_method_and_one_segment_below_the_prefix():
    assert route_class(b"GET", b"/shop/carts/7/items", "/shop") == b"GET /shop/carts"
    assert route_class(b"GET", b"/shop/carts", "/shop") == b"GET /shop/carts"
    assert route_class(b"POST", b"/shop", "/shop") == b"POST /shop"
    assert route_class(b"GET", b"/shop/", "/shop") == b"GET /shop/"
    assert route_class(b"GET", b"/any/thing", "") == b"GET /any"


def test_one_class_that_fails_leaves_the_others_closed():
    breakers = RouteBreakers(RULES)
    for _ in range(20):
        breakers.counted(b"GET /shop/boom")
        breakers.failed(b"GET /shop/boom", 1.0)
    assert breakers.state is State.OPEN
    assert breakers.counted(b"GET /shop/carts") is None


def test_classes_are_bounded_and_forgotten_once_they_are_settled():
    breakers = RouteBreakers(RULES)
    for number in range(CLASSES_MAX * 3):
        breakers.failed(b"GET /shop/%d" % number, 1.0)
    assert len(breakers.classes) == CLASSES_MAX
    breakers.sweep(60.0)
    assert breakers.classes == {}
