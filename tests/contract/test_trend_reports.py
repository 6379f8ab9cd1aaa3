"""Reports over the API: what they say, in which forms, and what changed since the last."""

import itertools
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from aistack.trend.reports.summary import summarized
from aistack.trend.reports.wire import Content
from harness.servers.channels import open_channels
from harness.servers.chat import chat_server
from harness.services.trend import Trend, trend_service
from harness.waiting import until_async
from tests.contract.test_trends import push


@pytest.fixture
async def trend(database_url: str, tmp_path: Path) -> AsyncIterator[Trend]:
    async with trend_service(tmp_path, database_url=database_url) as opened:
        yield opened


async def with_news(trend: Trend) -> Trend:
    for days in range(1, 6):
        await push(trend, "rates", 4, hours_ago=24 * days + 2)
    await push(trend, "rates", 4)
    await push(trend, "quake", 8)
    await trend.settled()
    return trend


async def report(trend: Trend, **request: object) -> dict:
    return await trend.post("/report/generate", {"report_type": "industry", "window": "24h"} | request)


async def test_a_report_has_findings_first_with_their_evidence(trend: Trend):
    made = await report(await with_news(trend))
    content = made["content"]
    first = content["findings"][0]
    assert (first["kind"], "Earthquake" in first["text"], "8 documents from 3 sources" in first["text"]) == (
        "leads", True, True,
    )  # fmt: skip
    known = {one["id"] for one in await trend.get("/documents", limit=500)}
    assert {one["id"] for one in first["evidence"]} <= known
    assert (content["documents"], content["topics"][0]["count"], len(made["inputs"]["documents"])) == (12, 8, 12)
    assert content["limits"]
    assert content["summary"].startswith(first["text"])
    page = await trend.http.get(f"/v1/trend/reports/{made['id']}", params={"format": "html"})
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.text.index("Key findings") < page.text.index("<svg") < page.text.index("Method")
    text = (await trend.http.get(f"/v1/trend/reports/{made['id']}", params={"format": "markdown"})).text
    assert text.index("## Key findings") < text.index("| Topic |") < text.index("## Limits")
    chart = await trend.http.get(f"/v1/trend/reports/{made['id']}/charts/volume.svg")
    columns = [one for one in ET.fromstring(chart.text).iter() if one.tag.endswith("rect")][1:]
    assert sum(int(one[0].text.rpartition(": ")[2]) for one in columns) == 12
    other = await trend.http.get(f"/v1/trend/reports/{made['id']}", params={"format": "pdf"})
    assert other.status_code in (200, 501)


async def test_a_report_says_what_changed_since_the_last(trend: Trend):
    before = await report(await with_news(trend))
    assert before["content"]["changes"] is None
    await push(trend, "芯片", 6)
    await push(trend, "quake", 9, source="radio")

    async def grown() -> bool:
        counts = sorted(one["count"] for one in (await trend.get("/hot-topics", window="24h"))["topics"])
        return counts == [4, 6, 17]

    await until_async(grown, "the topics have grown")
    now = await report(trend)
    changes = now["content"]["changes"]
    assert (changes["since"], changes["documents_before"], changes["documents"]) == (before["id"], 12, 27)
    assert ["英伟达" in one["name"] for one in changes["appeared"]] == [True]
    assert [(one["before"], one["now"]) for one in changes["changed"]] == [(8, 17)]
    assert changes == await trend.get(f"/reports/{now['id']}/changes", since=before["id"])
    assert [one["id"] for one in await trend.get("/reports")] == [now["id"], before["id"]]
    other = await report(trend, window="7d")
    assert other["previous"] is None
    answer = await trend.http.get(f"/v1/trend/reports/{now['id']}/changes", params={"since": other["id"]})
    assert answer.status_code == 400
    assert (await trend.http.delete(f"/v1/trend/reports/{now['id']}")).status_code == 204


async def test_every_type_is_written_in_both_languages(tmp_path: Path):
    async with trend_service(tmp_path) as trend:
        await with_news(trend)
        (topic, *_) = (await trend.get("/hot-topics"))["topics"]
        kinds = ("industry", "investment", "custom", "topic")
        headings = (("en", "Key findings"), ("zh", "主要发现"))
        for kind, (language, heading) in itertools.product(kinds, headings):
            extra = {"topic": topic["id"]} if kind == "topic" else {}
            made = await report(trend, report_type=kind, language=language, **extra)
            page = (await trend.http.get(f"/v1/trend/reports/{made['id']}", params={"format": "html"})).text
            assert heading in page
            assert not re.search(r"\{\w*\}", re.sub("<style>.*?</style>", "", page, flags=re.DOTALL))
            ET.fromstring(re.search("<svg.*?</svg>", page)[0]) if "<svg" in page else None


async def test_what_documents_say_does_not_become_markup(tmp_path: Path):
    async with trend_service(tmp_path) as trend:
        title = '<script>alert(1)</script> "Quake" & [x](javascript:alert(2)) | {0} {name}'
        documents = [
            {"title": title, "text": f"word{n} quake", "source": f"<b>{n}", "url": "https://x.test/?a=1&b=\"'(2)|"}
            for n in range(4)
        ]
        await trend.post("/documents", {"documents": documents})
        await trend.settled()
        made = await report(trend, report_type="custom", title="<i>Mine</i>")
        page = (await trend.http.get(f"/v1/trend/reports/{made['id']}", params={"format": "html"})).text
        assert not re.search('<script|<i>|<b>\\d|href="javascript', page)
        text = (await trend.http.get(f"/v1/trend/reports/{made['id']}", params={"format": "markdown"})).text
        assert "<script" not in text.replace("\\<", "")
        assert "](javascript:" not in text.replace("\\]", "")


async def test_an_empty_window_is_said_so(tmp_path: Path):
    async with trend_service(tmp_path) as trend:
        for language in ("en", "zh"):
            made = await report(trend, report_type="custom", language=language)
            assert [one["kind"] for one in made["content"]["findings"]] == ["nothing"]
            assert (await trend.http.get(f"/v1/trend/reports/{made['id']}?format=html")).status_code == 200
        for body in (
            {"report_type": "poem"}, {"report_type": "topic"}, {"report_type": "industry", "window": "0d"},
            {"report_type": "topic", "topic": "0" * 12}, {"report_type": "custom", "query": {"groups": [{}]}},
            {"report_type": "custom", "query": {"groups": [{"any_of": ["/(/"]}]}},
        ):  # fmt: skip
            answer = await trend.http.post("/v1/trend/report/generate", json=body)
            assert answer.status_code in (400, 404, 422), body


async def test_a_scheduled_report_is_written_and_told(tmp_path: Path):
    async with open_channels() as channels, trend_service(tmp_path) as trend:
        await with_news(trend)
        watch = await trend.post("/watches", {"name": "w", "query": {}})
        address = {"channel": "webhook", "url": channels.url + "/hook"}
        subscriber = await trend.post("/subscribers", {"name": "s", "watch": watch["id"], "address": address})
        wanted = {"report_type": "industry", "window": "24h"}
        schedule = await trend.post(
            "/report-schedules", {"name": "weekly", "report": wanted, "subscriber": subscriber["id"]}
        )
        await trend.http.post(f"/v1/trend/report-schedules/{schedule['id']}/run")

        async def told() -> bool:
            return bool(channels.posts)

        await until_async(told, "the report was told")
        (listed,) = await trend.get("/report-schedules")
        assert listed["last_report"] == (await trend.get("/reports"))[0]["id"]
        assert "Earthquake" in channels.posts[0].json["entries"][0]["title"]


async def test_a_model_writes_the_summary_and_invents_no_numbers(tmp_path: Path):
    async with trend_service(tmp_path) as trend:
        content = Content(**(await report(await with_news(trend)))["content"])

    def answer(messages: list[dict], _model: str) -> str:
        assert "Earthquake" in messages[1]["content"]
        return "The earthquake leads with 8 documents. It cost 99 million. Rates stay."

    async with chat_server(answer) as server:
        from aistack.llm.chat import ChatModel

        model = ChatModel(server.url, "small", "")
        text, by = await summarized(content, model)
        await model.close()
    assert text == "The earthquake leads with 8 documents. Rates stay."
    assert "small" in by
    assert json.loads(content.model_dump_json())["findings"]
