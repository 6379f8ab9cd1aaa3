"""The export of somebody's trends: documents, series, watches and reports, and nothing of anybody else's."""

import json
from pathlib import Path

from aistack.trend.app import THINGS
from aistack.trend.export import trend_exports
from harness.services.exports import read_export
from harness.services.trend import Trend, trend_service

ADDRESS = "https://hooks.example.com/a-secret-of-the-address"


async def filled(trend: Trend) -> None:
    document = {"title": "Grid operator warns of shortages", "text": "Imports stand at their limit.", "source": "wire"}
    await trend.post("/documents", {"documents": [document]})
    points = [[f"2026-03-{day:02}", day * 1.5] for day in range(1, 21)]
    await trend.post("/series", {"series": [{"name": "sales/年", "points": points}]})
    watch = await trend.post("/watches", {"name": "grid", "query": {"groups": [{"name": "g", "any_of": ["grid"]}]}})
    address = {"channel": "webhook", "url": ADDRESS}
    await trend.post("/subscribers", {"name": "me", "watch": watch["id"], "address": address})
    await trend.http.put("/v1/trend/calendar", json={"countries": ["CN"]})
    await trend.post("/calendar/events", {"name": "Sale", "first": "2026-03-01"})
    rule = {"name": "quiet", "condition": {"kind": "source_silent", "hours": 24}}
    await trend.post("/alert-rules", rule)


async def test_everything_of_a_subject_is_exported_and_no_secret(tmp_path: Path):
    async with trend_service(tmp_path) as trend:
        await filled(trend)
        answer = await trend.http.get("/v1/trend/belongings/contents", params={"subject": "owner"})
        files, omitted = await read_export(answer.content)
        nobody = await trend.http.get("/v1/trend/belongings/contents", params={"subject": "user:bbbbbbbbbbbb"})
        assert await read_export(nobody.content) == ({}, {})
    assert not omitted
    (document,) = json.loads(files["collections/default/documents.json"])
    assert (document["title"], document["source_name"]) == ("Grid operator warns of shortages", "wire")
    (folder,) = {path.rsplit("/", 1)[0] for path in files if path.startswith("collections/default/series/")}
    assert json.loads(files[f"{folder}/series.json"])["name"] == "sales/年"
    lines = files[f"{folder}/points.csv"].decode().splitlines()
    assert lines[:2] == ["at,value", "2026-03-01T00:00:00Z,1.5"]
    assert len(lines) == 21
    calendar = json.loads(files["collections/default/calendar.json"])
    assert (calendar["countries"], calendar["events"][0]["name"]) == (["CN"], "Sale")
    assert json.loads(files["alert-rules.json"])[0]["name"] == "quiet"
    assert json.loads(files["watches.json"])[0]["name"] == "grid"
    assert json.loads(files["subscribers.json"])[0]["channel"] == "webhook"
    assert not any(b"a-secret-of-the-address" in content for content in files.values())


async def test_every_kind_of_thing_is_counted_and_exported(tmp_path: Path):
    async with trend_service(tmp_path) as trend:
        shown = await trend.get("/belongings", subject="owner")
        assert (
            set(shown["counts"])
            == {one.kind for one in THINGS}
            == set(trend_exports(trend.app.state.collections.access))
        )
