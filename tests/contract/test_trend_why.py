"""Each document can be asked why it is in its topic, or in none with others."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from harness.services.trend import Trend, trend_service

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUAKE = "An earthquake of magnitude 6.1 damaged bridges on the coast of Halland, and trains stopped at {place}."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def trend(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Trend]:
    folder: Path = tmp_path_factory.mktemp("why")
    async with trend_service(folder) as opened:
        documents = [
            {"title": f"Earthquake shakes {place}", "text": QUAKE.format(place=place), "id": place, "source": "wire"}
            for place in ("Varberg", "Falkenberg", "Laholm")
        ]
        same = "Bakers in Lund fear for their ovens, since the price of gas has doubled within only one long winter."
        documents += [
            {"title": "Bakers fear for their ovens", "text": same, "id": "bakers", "source": "wire"},
            {"title": "Bakers fear for their ovens", "text": f"{same} (agency)", "id": "copy", "source": "daily"},
            {"title": "The of and", "text": "", "id": "nothing", "source": "wire"},
        ]
        await opened.post("/documents", {"documents": documents})
        await opened.settled()
        yield opened


async def why(trend: Trend, title: str, source: str = "wire", **params: object) -> dict:
    found = await trend.get("/documents")
    document = next(one for one in found if one["title"] == title and one["source"] == source)
    return await trend.get(f"/documents/{document['id']}/why", **params)


async def test_a_document_in_a_topic_says_what_it_shares_with_which_others(trend: Trend):
    found = await why(trend, "Earthquake shakes Laholm")
    assert found["topic"] and found["topic_name"].startswith("Earthquake shakes")
    assert found["similarity"] >= found["similarity_min"]
    assert [one["code"] for one in found["statements"]] == ["joined", "shared_words", "compared_with"]
    nearest = found["nearest"][0]
    assert nearest["document"]["topic"] == found["topic"] and nearest["document"]["id"] != found["document"]["id"]
    assert {"bridges", "coast"} & set(nearest["words"])


async def test_a_copy_names_its_original_in_the_language_asked_for(trend: Trend):
    found = await why(trend, "Bakers fear for their ovens", "daily", language="zh")
    assert found["statements"][0]["text"] == "其文字与更早的“Bakers fear for their ovens”几乎相同，因此归入同一话题。"


async def test_a_document_alone_says_what_came_nearest_or_that_nothing_did(trend: Trend):
    alone = await why(trend, "Bakers fear for their ovens")
    assert alone["similarity"] is None
    assert alone["statements"][0]["code"] in ("alone", "shares_no_words")
    assert (await why(trend, "The of and"))["statements"][0]["code"] == "says_nothing"


async def test_an_unknown_document_is_not_found(trend: Trend):
    answer = await trend.http.get("/v1/trend/documents/nowhere/why")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
