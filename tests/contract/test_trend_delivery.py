"""Subscribers over the API: what reaches which channel, at most once, and what is seen of failures."""

import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from harness.servers.channels import Channels, MailServer, open_channels, open_mail_server
from harness.services.trend import Trend, trend_service
from harness.waiting import until_async
from tests.contract.test_trends import push

SECRET = "a-secret-that-nobody-sees"
WORDS = {"groups": [{"name": "Disasters", "any_of": ["earthquake"]}]}


@pytest.fixture
async def mail() -> AsyncIterator[MailServer]:
    async with open_mail_server() as opened:
        yield opened


@pytest.fixture
async def channels() -> AsyncIterator[Channels]:
    async with open_channels() as opened:
        yield opened


def settings(mail: MailServer) -> dict:
    return {"smtp_url": mail.url, "smtp_from": "trends@stack.test", "delivery_seconds_max": 1.0}


@pytest.fixture
async def trend(tmp_path: Path, mail: MailServer) -> AsyncIterator[Trend]:
    async with trend_service(tmp_path, **settings(mail)) as opened:
        yield opened


@pytest.fixture
async def trend_on_both(database_url: str, tmp_path: Path, mail: MailServer) -> AsyncIterator[Trend]:
    async with trend_service(tmp_path, database_url=database_url, **settings(mail)) as opened:
        yield opened


async def subscribe(trend: Trend, address: dict, query: dict = WORDS, **options: object) -> dict:
    count = len(await trend.get("/watches"))
    watch = await trend.post("/watches", {"name": f"watch {count}", "query": query})
    return await trend.post(
        "/subscribers", {"name": f"subscriber {count}", "watch": watch["id"], "address": address} | options
    )


async def messages(trend: Trend, subscriber: dict, state: str, count: int = 1) -> list[dict]:
    """Waits until so many messages have a state."""

    async def there() -> bool:
        found = await trend.get(f"/subscribers/{subscriber['id']}/messages")
        return sum(one["state"] == state for one in found) >= count

    await until_async(there, f"{count} messages are {state}")
    return await trend.get(f"/subscribers/{subscriber['id']}/messages")


def addresses(url: str) -> list[dict]:
    return [
        {"channel": "webhook", "url": f"{url}/webhook", "secret": SECRET},
        {"channel": "feishu", "url": f"{url}/feishu", "secret": SECRET},
        {"channel": "dingtalk", "url": f"{url}/dingtalk?access_token=t", "secret": SECRET},
        {"channel": "wecom", "url": f"{url}/wecom"},
        {"channel": "telegram", "token": "12:AB", "chat": "@room", "server": url},
        {"channel": "slack", "url": f"{url}/slack"},
        {"channel": "ntfy", "url": f"{url}/topic", "token": "tk_1"},
        {"channel": "email", "to": ["ann@people.test"]},
    ]


async def test_a_story_reaches_every_channel_once(trend_on_both: Trend, channels: Channels, mail: MailServer):
    trend = trend_on_both
    await push(trend, "rates", 3)
    subscribers = [await subscribe(trend, one) for one in addresses(channels.url)]
    await push(trend, "quake", 4)
    for one in subscribers:
        (message,) = await messages(trend, one, "sent")
        assert (message["attempts"], message["error"], "1 stor" in message["subject"]) == (1, "", True)
    (webhook,) = channels.to("/webhook")
    (entry,) = webhook.json["entries"]
    assert (entry["group"], entry["sources"], "[Disasters] Earthquake" in entry["title"]) == ("Disasters", 3, True)
    seconds, signed = (part.split("=")[1] for part in webhook.headers["x-signature"].split(","))
    expected = hmac.new(SECRET.encode(), f"{seconds}.".encode() + webhook.body, hashlib.sha256).hexdigest()
    assert signed == expected
    feishu = channels.to("/feishu")[0].json
    digest = hmac.new(f"{feishu['timestamp']}\n{SECRET}".encode(), b"", hashlib.sha256).digest()
    assert feishu["sign"] == base64.b64encode(digest).decode()
    asked = parse_qs(urlsplit(channels.to("/dingtalk")[0].path).query)
    digest = hmac.new(SECRET.encode(), f"{asked['timestamp'][0]}\n{SECRET}".encode(), hashlib.sha256).digest()
    assert asked["sign"] == [base64.b64encode(digest).decode()]
    texts = [
        feishu["content"]["text"], channels.to("/dingtalk")[0].json["markdown"]["text"],
        channels.to("/wecom")[0].json["markdown"]["content"], channels.to("/bot12:AB/sendMessage")[0].json["text"],
        channels.to("/slack")[0].json["text"], channels.to("/")[0].json["message"],
        mail.mails[0].get_body(("plain",)).get_content(),
    ]  # fmt: skip
    assert all("Earthquake shakes the coast" in text and "4 documents" in text for text in texts)
    assert channels.to("/")[0].json["topic"] == "topic"
    assert mail.mails[0]["to"] == "ann@people.test"


async def test_a_story_that_grows_is_not_told_again(trend: Trend, channels: Channels):
    subscriber = await subscribe(trend, {"channel": "webhook", "url": channels.url + "/hook"}, updates=False)
    await push(trend, "quake", 3)
    await messages(trend, subscriber, "sent")
    await push(trend, "quake", 6, source="radio")
    await push(trend, "芯片", 3)
    await trend.settled()
    other = await subscribe(trend, {"channel": "webhook", "url": channels.url + "/other"}, {"surprise_min": 0})
    await push(trend, "rates", 3)
    await messages(trend, other, "sent")
    assert len(await messages(trend, subscriber, "sent")) == 1
    (post,) = channels.to("/other")
    assert ["interest rates" in one["name"].lower() for one in post.json["entries"]] == [True]


async def test_secrets_are_never_returned(trend: Trend, channels: Channels, tmp_path: Path):
    for one in addresses(channels.url):
        await subscribe(trend, one)
    listed = (await trend.http.get("/v1/trend/subscribers")).text
    assert not any(secret in listed for secret in (SECRET, "12:AB", "tk_1", "access_token", "/webhook"))
    assert all(SECRET.encode() not in file.read_bytes() for file in tmp_path.rglob("*.db*") if file.is_file())


async def test_a_failure_is_seen_and_tried_again(trend: Trend, channels: Channels):
    channels.answers["/hook"] = [("500 Oops", "", "broken"), ("429 Slow", "retry-after: 1\r\n", "")]
    subscriber = await subscribe(trend, {"channel": "webhook", "url": channels.url + "/hook"})
    await trend.post(f"/subscribers/{subscriber['id']}/test", {})

    async def failed() -> bool:
        (message,) = await trend.get(f"/subscribers/{subscriber['id']}/messages")
        return "status 500: broken" in message["error"]

    await until_async(failed, "the failure is seen")
    assert "status 500" in (await trend.get("/subscribers"))[0]["error"]
    (message,) = await messages(trend, subscriber, "sent")
    assert message["attempts"] == 3
    assert len({post.headers["idempotency-key"] for post in channels.to("/hook")}) == 1
    assert (await trend.get("/subscribers"))[0]["error"] == ""


async def test_what_can_never_arrive_fails_at_once(trend: Trend, channels: Channels, mail: MailServer):
    channels.answers["/slack"] = [("404 Not Found", "", "no_service")]
    mail.refuse = "550 no such person"
    for address, reason in (
        ({"channel": "slack", "url": channels.url + "/slack"}, "no_service"),
        ({"channel": "email", "to": ["nobody@people.test"]}, "no such person"),
    ):
        subscriber = await subscribe(trend, address)
        await trend.post(f"/subscribers/{subscriber['id']}/test", {})
        (message,) = await messages(trend, subscriber, "failed")
        assert reason in message["error"]
    mail.refuse = ""
    again = f"/subscribers/{subscriber['id']}/messages/{message['id']}/send-again"
    await trend.post(again, {})
    await messages(trend, subscriber, "sent")
    assert (await trend.http.post(f"/v1/trend{again}")).status_code == 409


@pytest.mark.parametrize(("when_unsure", "state"), [("skip", "unknown"), ("resend", "sent")])
async def test_a_channel_that_hangs_leaves_it_open(trend: Trend, channels: Channels, when_unsure: str, state: str):
    channels.answers["/slack"] = [("HANG", "", "")]
    address = {"channel": "slack", "url": channels.url + "/slack"}
    subscriber = await subscribe(trend, address, when_unsure=when_unsure)
    await trend.post(f"/subscribers/{subscriber['id']}/test", {})
    await messages(trend, subscriber, state)


async def test_private_addresses_are_refused_unless_allowed(tmp_path: Path, channels: Channels):
    async with trend_service(tmp_path, deliver_private=False) as trend:
        subscriber = await subscribe(trend, {"channel": "webhook", "url": channels.url + "/hook"})
        await trend.post(f"/subscribers/{subscriber['id']}/test", {})

        async def refused() -> bool:
            (message,) = await trend.get(f"/subscribers/{subscriber['id']}/messages")
            return "TREND_DELIVER_PRIVATE" in message["error"]

        await until_async(refused, "the address is refused")
    assert channels.posts == []


async def test_a_dry_run_sends_nothing_and_splits_at_the_size(trend: Trend, channels: Channels):
    for source in range(12):
        await trend.post(
            "/documents",
            {"documents": [{"title": f"{word}quake " * 20, "text": f"{word} " * 30, "source": f"s{source}"}
                           for word in (f"alpha{source}x", f"beta{source}y")]},
        )  # fmt: skip
    await trend.settled()
    watch = await trend.post("/watches", {"name": "w", "query": {"surprise_min": 0}})
    address = {"channel": "wecom", "url": channels.url + "/wecom"}
    found = await trend.post("/subscribers/dry-run", {"name": "n", "watch": watch["id"], "address": address})
    assert (len(found["messages"]) > 1, max(found["sizes"]) <= found["size_max"] <= 4096) == (True, True)
    assert channels.posts == await trend.get("/subscribers") == []


CANNOT_BE: list[dict] = [
    {"address": {"channel": "pigeon", "url": "http://x.test/"}}, {"address": {"channel": "slack"}},
    {"address": {"channel": "email", "to": ["a@b.test\r\nBcc: c@d.test"]}}, {"zone": "Mars/Base"},
    {"address": {"channel": "webhook", "url": "http://user:pass@x.test/"}}, {"quiet_hours": {"from": "25:00"}},
    {"address": {"channel": "telegram", "token": "a/../b", "chat": "c"}}, {"schedule": {"mode": "never"}},
    {"quiet_hours": {"from": "10:00", "to": "10:00"}}, {"watch": "0" * 12},
]  # fmt: skip


async def test_a_subscriber_that_cannot_be_is_refused(trend: Trend):
    watch = await trend.post("/watches", {"name": "w", "query": {}})
    address = {"channel": "webhook", "url": "http://x.test/"}
    for change in CANNOT_BE:
        body = {"name": "n", "watch": watch["id"], "address": address} | change
        answer = await trend.http.post("/v1/trend/subscribers", json=body)
        assert answer.status_code in (400, 404, 422), answer.text
        assert "user:pass" not in answer.text


async def test_messages_to_one_address_keep_their_order(trend: Trend, channels: Channels):
    subscriber = await subscribe(trend, {"channel": "webhook", "url": channels.url + "/hook"})
    for _ in range(5):
        await trend.post(f"/subscribers/{subscriber['id']}/test", {})
    sent = await messages(trend, subscriber, "sent", 5)
    assert [post.json["id"] for post in channels.posts] == [one["id"] for one in reversed(sent)]
