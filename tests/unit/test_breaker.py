"""The circuit breaker: when it opens, what it lets through, when it closes."""

from aistack.gateway.breaker import Breaker, BreakerRules, State

RULES = BreakerRules(requests_min=10, share=0.5, open_seconds=5.0)


def failing(breaker: Breaker, number: int, now: float = 1.0, of: int | None = None) -> None:
    for index in range(number):
        breaker.failed(now, (of or number) - number + index + 1)


def test_it_opens_when_half_of_enough_requests_failed():
    breaker = Breaker(RULES)
    failing(breaker, 9)
    assert breaker.state is State.CLOSED
    breaker.failed(1.0, 10)
    assert breaker.state is State.OPEN
    assert not breaker.allows(5.9)


def test_a_few_failures_among_many_requests_leave_it_closed():
    breaker = Breaker(RULES)
    breaker.failed(1.0, 1)
    for requests in range(100, 140, 10):
        breaker.failed(2.0, requests)
    assert breaker.state is State.CLOSED


def test_failures_long_apart_do_not_add_up():
    breaker = Breaker(RULES)
    for turn in range(50):
        breaker.failed(turn * 11.0, turn + 1)
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
    breaker.failed(6.6, 11)
    assert breaker.state is State.OPEN
    assert not breaker.allows(16.0)
    assert breaker.allows(17.0)
