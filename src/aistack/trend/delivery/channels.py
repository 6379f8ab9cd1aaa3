"""Channels: what each takes, how much of it, how often, and what its answers mean.

Limits are those that the vendors document. Figures in `size_max` leave room for the envelope.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aistack.trend.delivery.messages import Markup, Message


class Refused(Exception):
    """The channel did not take the message. `is_final`: nor will it ever. `seconds`: what it asks to wait."""

    def __init__(self, message: str, *, is_final: bool = False, seconds: float = 0.0) -> None:
        super().__init__(message)
        self.is_final = is_final
        self.seconds = seconds


class Unsure(Exception):
    """It is unknown whether the message arrived. The message says why."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A POST request."""

    url: str
    content: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "application/json; charset=utf-8"})


@dataclass(frozen=True, slots=True)
class Channel:
    """`request` writes a message to an address, and `check` raises Refused for the body of an answer with status 200.

    `drops_repeats`: it recognises the message's key, so a message may be sent again.
    """

    markup: Markup
    per_minute: float
    request: Callable[[Any, Message], Outgoing]
    check: Callable[[bytes], None]
    drops_repeats: bool = False


def json_request(url: str, body: object, **headers: str) -> Outgoing:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    return Outgoing(url, content, {"content-type": "application/json; charset=utf-8"} | named)


def utf8_bytes(text: str) -> int:
    return len(json.dumps(text, ensure_ascii=False).encode("utf-8", "replace"))


def utf16_units(text: str) -> int:
    return len(text.encode("utf-16-le", "replace")) // 2


def check_nothing(_body: bytes) -> None:
    """The status says it all."""


def check_code(name: str, good: object, reason: str) -> Callable[[bytes], None]:
    """For channels that answer 200 with a code in the body."""

    def check(body: bytes) -> None:
        try:
            answer = json.loads(body)
            code = answer.get(name)
        except (ValueError, AttributeError):
            raise Refused(f"the channel's answer is not JSON: {body[:200]!r}") from None
        if code != good:
            raise Refused(f"the channel answers {name} {code}: {str(answer.get(reason, ''))[:300]}")

    return check
