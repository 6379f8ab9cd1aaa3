"""The HTTP channels, one after another: how each is addressed, signed and written to.

Webhooks are signed as Stripe's are. Feishu and DingTalk: their "custom bot" documents. WeCom: "group robot". Telegram:
Bot API. Slack: incoming webhooks. ntfy: "publish as JSON".
"""

import base64
import hashlib
import hmac
import html
import json
import re
import time
from urllib.parse import quote, urlsplit

from aistack.trend.delivery.channels import (
    Channel,
    Outgoing,
    check_code,
    check_nothing,
    json_request,
    utf8_bytes,
    utf16_units,
)
from aistack.trend.delivery.messages import Entry, Markup, Message
from aistack.trend.delivery.wire import (
    DingTalkAddress,
    FeishuAddress,
    NtfyAddress,
    SlackAddress,
    TelegramAddress,
    WebhookAddress,
    WeComAddress,
)

MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~])")


def plain_entry(entry: Entry) -> str:
    return "\n".join(["• " + entry.title, *(f"  {one}" for one in entry.details), *([entry.url] if entry.url else ())])


def plain_text(message: Message) -> str:
    return "\n\n".join([message.heading, *message.texts])


def _markdown(text: str) -> str:
    return MARKDOWN.sub(r"\\\1", text)


def _markdown_entry(entry: Entry) -> str:
    name = _markdown(entry.title)
    head = f"[{name}]({quote(entry.url, safe=URL_SAFE)})" if entry.url else name
    return "\n\n".join([f"**{head}**", *(f"> {_markdown(one)}" for one in entry.details)])


URL_SAFE = "/:?&=#%+,;@!$'*~-._"


# webhook


def _webhook_entry(entry: Entry) -> str:
    return json.dumps({"title": entry.title, "url": entry.url, "details": entry.details} | entry.data)


def _webhook(address: WebhookAddress, message: Message) -> Outgoing:
    body = {
        "id": message.key, "title": message.title, "part": message.part, "parts": message.parts,
        "entries": [json.loads(one) for one in message.texts],
    }  # fmt: skip
    request = json_request(address.url, body, Idempotency_Key=message.key)
    secret, seconds = address.secret.get_secret_value(), str(int(time.time()))
    if not secret:
        return request
    signed = hmac.new(secret.encode(), f"{seconds}.".encode() + request.content, hashlib.sha256).hexdigest()
    return Outgoing(request.url, request.content, {**request.headers, "X-Signature": f"t={seconds},v1={signed}"})


# Feishu


def _feishu(address: FeishuAddress, message: Message) -> Outgoing:
    body: dict[str, object] = {"msg_type": "text", "content": {"text": plain_text(message)}}
    secret, seconds = address.secret.get_secret_value(), str(int(time.time()))
    if secret:
        digest = hmac.new(f"{seconds}\n{secret}".encode(), b"", hashlib.sha256).digest()
        body |= {"timestamp": seconds, "sign": base64.b64encode(digest).decode()}
    return json_request(address.url, body)


def _feishu_entry(entry: Entry) -> str:
    return plain_entry(entry).replace("<at", "＜at")  # mentions are markup in texts


# DingTalk


def _dingtalk(address: DingTalkAddress, message: Message) -> Outgoing:
    text = "\n\n".join([f"### {_markdown(message.heading)}", *message.texts])
    url, secret, milliseconds = address.url, address.secret.get_secret_value(), str(int(time.time() * 1000))
    if secret:
        digest = hmac.new(secret.encode(), f"{milliseconds}\n{secret}".encode(), hashlib.sha256).digest()
        sign = quote(base64.b64encode(digest).decode(), safe="")
        url += f"{'&' if '?' in url else '?'}timestamp={milliseconds}&sign={sign}"
    return json_request(url, {"msgtype": "markdown", "markdown": {"title": message.heading, "text": text}})


# WeCom


def _wecom(address: WeComAddress, message: Message) -> Outgoing:
    text = "\n\n".join([f"### {_markdown(message.heading)}", *message.texts])
    return json_request(address.url, {"msgtype": "markdown", "markdown": {"content": text}})


# Telegram


def _telegram_entry(entry: Entry) -> str:
    name = html.escape(entry.title)
    head = f'<a href="{html.escape(entry.url)}">{name}</a>' if entry.url else f"<b>{name}</b>"
    return "\n".join([head, *(html.escape(one) for one in entry.details)])


def _telegram(address: TelegramAddress, message: Message) -> Outgoing:
    text = "\n\n".join([f"<b>{html.escape(message.heading)}</b>", *message.texts])
    url = f"{address.server.rstrip('/')}/bot{address.token.get_secret_value()}/sendMessage"
    body = {"chat_id": address.chat, "text": text, "parse_mode": "HTML", "link_preview_options": {"is_disabled": True}}
    return json_request(url, body)


# Slack


def _slack_text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _slack_entry(entry: Entry) -> str:
    name = _slack_text(entry.title).replace("|", "¦")
    url = entry.url.replace("|", "%7C").replace(">", "%3E").replace("<", "%3C")
    return "\n".join([f"<{url}|{name}>" if url else f"*{name}*", *(_slack_text(one) for one in entry.details)])


def _slack(address: SlackAddress, message: Message) -> Outgoing:
    text = "\n\n".join([f"*{_slack_text(message.heading)}*", *message.texts])
    return json_request(address.url, {"text": text, "unfurl_links": False})


# ntfy


def _ntfy(address: NtfyAddress, message: Message) -> Outgoing:
    server, _, topic = address.url.rstrip("/").rpartition("/")
    token = address.token.get_secret_value()
    headers = {"authorization": f"Bearer {token}"} if token else {}
    if not urlsplit(server).hostname:
        server, topic = address.url, ""
    body = {"topic": topic, "title": message.heading, "message": "\n\n".join(message.texts)}
    return json_request(server, body, **headers)


HTTP_CHANNELS: dict[str, Channel] = {
    "webhook": Channel(
        Markup(_webhook_entry, utf8_bytes, 256 * 1024), 600, _webhook, check_nothing, drops_repeats=True
    ),
    "feishu": Channel(Markup(_feishu_entry, utf8_bytes, 18_000), 60, _feishu, check_code("code", 0, "msg")),
    "dingtalk": Channel(Markup(_markdown_entry, utf8_bytes, 18_000), 18, _dingtalk, check_code("errcode", 0, "errmsg")),
    "wecom": Channel(Markup(_markdown_entry, utf8_bytes, 4_000), 18, _wecom, check_code("errcode", 0, "errmsg")),
    "telegram": Channel(
        Markup(_telegram_entry, utf16_units, 4_000), 18, _telegram, check_code("ok", True, "description")
    ),
    "slack": Channel(Markup(_slack_entry, utf16_units, 3_800), 60, _slack, check_nothing),
    "ntfy": Channel(Markup(plain_entry, utf8_bytes, 3_900), 12, _ntfy, check_nothing),
}
