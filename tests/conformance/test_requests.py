"""What the gateway makes of raw requests, and where nginx and Envoy make something else of them."""

import asyncio
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.conformance.differences import ENVOY_REQUESTS, NGINX_REQUESTS
from tests.conformance.requests import CLOSE, REQUESTS, Case
from tests.conformance.runner import EACH_PROXY, PROXIES, Recorder, Seen, check, run_cases, skip_unless_installed

DIFFERENCES: dict[str, dict[str, str]] = {"ours": {}, "nginx": NGINX_REQUESTS, "envoy": ENVOY_REQUESTS}


def expected(case: Case) -> tuple[list[list[int]], bool]:
    words = case.gets.split()
    statuses = [[int(one) for one in word.split("|")] for word in words if word != CLOSE]
    return statuses, words[-1] == CLOSE


async def _run(proxy: str) -> tuple[dict[str, Seen], int]:
    recorder = Recorder()
    server = await asyncio.start_server(recorder.handle, "127.0.0.1", 0, limit=1 << 20)
    with TemporaryDirectory() as folder:
        async with PROXIES[proxy](server.sockets[0].getsockname()[1], Path(folder)) as port:
            wanted = [(case, *expected(case)) for case in REQUESTS]
            seen = await run_cases(
                port, [(case.name, case.sent, len(statuses), closes) for case, statuses, closes in wanted]
            )
    server.close()
    return seen, recorder.requests


@pytest.fixture(scope="module", params=EACH_PROXY)
def outcomes(request: pytest.FixtureRequest) -> tuple[str, dict[str, Seen], int]:
    proxy = request.param
    skip_unless_installed(proxy)
    seen, requests = asyncio.run(_run(proxy))
    return proxy, seen, requests


def difference(case: Case, seen: Seen) -> str:
    """How the outcome is not what the case says; empty when it is."""
    statuses, closes = expected(case)
    if len(seen.statuses) != len(statuses) or any(
        status not in allowed for status, allowed in zip(seen.statuses, statuses, strict=False)
    ):
        return f"the statuses are {seen.statuses}: {seen.received[-300:]!r}"
    if closes and not seen.ended:
        return "the connection was not closed"
    if not closes and seen.ended:
        return "the connection was closed"
    reached = [json.loads(body) for status, body in zip(seen.statuses, seen.bodies, strict=True) if status == 200]
    told = ", ".join(f"{one['method']} {one['target']} {one['body']!r}" for one in reached)
    if case.upstream is not None and told != case.upstream:
        return f"the instance got {told}"
    heads = "".join(one["head"] for one in reached).encode("latin-1")
    if case.has.lower() not in heads.lower():
        return f"{case.has!r} did not reach the instance: {heads!r}"
    if case.hides and case.hides.lower() in heads.lower():
        return f"{case.hides!r} reached the instance: {heads!r}"
    return ""


@pytest.mark.parametrize("case", REQUESTS, ids=lambda case: case.name)
def test_each_request_gets_what_it_must(case: Case, outcomes: tuple[str, dict[str, Seen], int]):
    proxy, seen, _ = outcomes
    found = difference(case, seen[case.name])
    check(proxy, found, DIFFERENCES[proxy].get(case.name))


def test_no_request_reached_the_instance_that_nobody_got_an_answer_to(outcomes: tuple[str, dict[str, Seen], int]):
    proxy, seen, requests = outcomes
    if proxy == "ours":
        assert requests == sum(one.statuses.count(200) for one in seen.values())


def test_every_difference_belongs_to_a_case():
    names = {case.name for case in REQUESTS}
    assert names.issuperset(NGINX_REQUESTS)
    assert names.issuperset(ENVOY_REQUESTS)
