"""The gateway gives clients what they expect, whatever model is behind it."""

import pytest

from tests.conformance.models.areas import ALL, embeddings, invalid, transport
from tests.conformance.models.checks import Check, report, run_checks
from tests.conformance.models.server import ModelServer

SHARE = 0.97
REFUSED = [check for check in ALL if "is refused" in check.name]  # they cost no tokens
QUICK = [*REFUSED, *invalid.area.checks, *embeddings.area.checks, *transport.area.checks]


async def passes(server: ModelServer, checks: list[Check], share: float) -> None:
    outcomes = await run_checks(server, checks)
    passed = sum(not one.error for one in outcomes)
    print(report(outcomes))
    assert passed >= share * len(outcomes), report(outcomes)


def test_there_are_hundreds_of_checks():
    assert len({(check.area, check.name) for check in ALL}) >= 300


@pytest.mark.heavy
async def test_what_needs_no_long_answers(local: ModelServer):
    await passes(local, list({(check.area, check.name): check for check in QUICK}.values()), SHARE)


@pytest.mark.deep
async def test_a_model_behind_the_sidecar(local: ModelServer):
    await passes(local, ALL, SHARE)


@pytest.mark.deep
async def test_a_model_at_a_url(remote: ModelServer):
    await passes(remote, ALL, SHARE)
