"""What the gateway makes of raw responses of an instance, and where nginx and Envoy make something else of them."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.conformance.differences import ENVOY_RESPONSES, NGINX_RESPONSES
from tests.conformance.responses import RESPONSES, Case
from tests.conformance.runner import EACH_PROXY, PROXIES, Seen, check, run_cases, scripted, skip_unless_installed

DIFFERENCES: dict[str, dict[str, str]] = {"ours": {}, "nginx": NGINX_RESPONSES, "envoy": ENVOY_RESPONSES}


async def _run(proxy: str) -> dict[str, Seen]:
    """Each case has a proxy of its own kind before an instance of its own; some run at a time."""
    slots = asyncio.Semaphore(8)

    async def one(case: Case) -> tuple[str, Seen]:
        async with slots:
            server = await asyncio.start_server(scripted(case.sent, case.ends), "127.0.0.1", 0)
            with TemporaryDirectory() as folder:
                async with PROXIES[proxy](server.sockets[0].getsockname()[1], Path(folder)) as port:
                    closes = not case.gets.endswith("whole")
                    seen = await run_cases(port, [(case.name, case.request, 1, closes)])
            server.close()
            return case.name, seen[case.name]

    return dict(await asyncio.gather(*(one(case) for case in RESPONSES)))


@pytest.fixture(scope="module", params=EACH_PROXY)
def outcomes(request: pytest.FixtureRequest) -> tuple[str, dict[str, Seen]]:
    proxy = request.param
    skip_unless_installed(proxy)
    return proxy, asyncio.run(_run(proxy))


def difference(case: Case, seen: Seen) -> str:
    """How the outcome is not what the case says; empty when it is."""
    status, how = case.gets.split()
    if seen.statuses[:1] != [int(status)] or len(seen.statuses) > 1:
        return f"the statuses are {seen.statuses}: {seen.received[-300:]!r}"
    if how == "cut" and (not seen.ended or seen.whole):
        return "a part was passed for the whole"
    if how != "cut" and not seen.whole:
        return "the answer did not come whole"
    if how == "close" and not seen.ended:
        return "the connection was not closed"
    if case.has.lower() not in seen.received.lower():
        return f"{case.has!r} did not come: {seen.received!r}"
    if case.hides and case.hides.lower() in seen.received.lower():
        return f"{case.hides!r} came: {seen.received!r}"
    return ""


@pytest.mark.parametrize("case", RESPONSES, ids=lambda case: case.name)
def test_each_response_becomes_what_it_must(case: Case, outcomes: tuple[str, dict[str, Seen]]):
    proxy, seen = outcomes
    found = difference(case, seen[case.name])
    check(proxy, found, DIFFERENCES[proxy].get(case.name))


def test_every_difference_belongs_to_a_case():
    names = {case.name for case in RESPONSES}
    assert names.issuperset(NGINX_RESPONSES)
    assert names.issuperset(ENVOY_RESPONSES)
