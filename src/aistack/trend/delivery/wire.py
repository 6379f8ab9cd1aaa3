"""Request and response models of subscribers and their messages."""

import re
from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, field_validator, model_validator

from aistack.trend.watches.wire import Line

Url = Annotated[str, Field(min_length=8, max_length=500, pattern=r"^https?://\S+$")]
Secret = Annotated[SecretStr, Field(max_length=512)]
ClockTime = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
MailAddress = Annotated[str, Field(max_length=254, pattern=r"^[^@\s<>,;:\"]+@[^@\s<>,;:\"]+$")]
NO_SECRET = SecretStr("")
TOKEN = re.compile(r"[A-Za-z0-9:_-]{1,256}")

DeliveryState = Literal["queued", "sending", "sent", "failed", "unknown"]


class _Address(BaseModel):
    model_config = ConfigDict(extra="forbid")


class WebhookAddress(_Address):
    """Gets JSON. With a secret, the header `X-Signature: t=SECONDS,v1=HEX` signs `SECONDS.BODY` (HMAC-SHA256)."""

    channel: Literal["webhook"]
    url: Url
    secret: Secret = NO_SECRET


class EmailAddress(_Address):
    channel: Literal["email"]
    to: list[MailAddress] = Field(min_length=1, max_length=20)


class FeishuAddress(_Address):
    """A custom bot's webhook URL, and its signing secret if it has one."""

    channel: Literal["feishu"]
    url: Url
    secret: Secret = NO_SECRET


class DingTalkAddress(_Address):
    """A custom robot's webhook URL, and its signing secret if it has one."""

    channel: Literal["dingtalk"]
    url: Url
    secret: Secret = NO_SECRET


class WeComAddress(_Address):
    """A group robot's webhook URL."""

    channel: Literal["wecom"]
    url: Url


class TelegramAddress(_Address):
    channel: Literal["telegram"]
    token: Secret
    chat: str = Field(min_length=1, max_length=64, pattern=r"^@?[A-Za-z0-9_-]+$")
    server: Url = "https://api.telegram.org"

    @field_validator("token")
    @classmethod
    def is_a_token(cls, token: SecretStr) -> SecretStr:
        if not TOKEN.fullmatch(token.get_secret_value()):
            raise ValueError("token must be a bot's token, such as 123456:ABC-DEF")
        return token


class SlackAddress(_Address):
    """An incoming webhook's URL."""

    channel: Literal["slack"]
    url: Url


class NtfyAddress(_Address):
    """The topic's URL, such as https://ntfy.sh/mytopic, and an access token if it needs one."""

    channel: Literal["ntfy"]
    url: Url
    token: Secret = NO_SECRET

    @field_validator("token")
    @classmethod
    def is_a_token(cls, token: SecretStr) -> SecretStr:
        if token.get_secret_value() and not TOKEN.fullmatch(token.get_secret_value()):
            raise ValueError("token must be an access token, such as tk_abc123")
        return token


Address = Annotated[
    WebhookAddress | EmailAddress | FeishuAddress | DingTalkAddress | WeComAddress | TelegramAddress | SlackAddress
    | NtfyAddress,
    Field(discriminator="channel"),
]  # fmt: skip


class Schedule(BaseModel):
    """`immediate`: as stories appear. `hourly`. `daily`: at `times` on `days` (1 is Monday)."""

    model_config = ConfigDict(extra="forbid")

    mode: Literal["immediate", "hourly", "daily"] = "immediate"
    times: list[ClockTime] = Field(default=["08:00"], min_length=1, max_length=24)
    days: list[Annotated[int, Field(ge=1, le=7)]] = Field(default=[1, 2, 3, 4, 5, 6, 7], min_length=1, max_length=7)


class QuietHours(BaseModel):
    """No message begins between these times; what happens then is told after them."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    start: ClockTime = Field(alias="from")
    end: ClockTime = Field(alias="to")

    @model_validator(mode="after")
    def ends(self) -> "QuietHours":
        if self.start == self.end:
            raise ValueError("quiet hours must end at another time than they begin")
        return self


class Options(BaseModel):
    """How and when a subscriber is told.

    `form`: one message for all stories, or one for each. `detail`: headlines only, or with state, counts and evidence.
    `updates`: also when the state of a story changes. `when_unsure`: if it is unknown whether a message arrived, skip
    it (it is at most once) or send it again (it is at least once); channels that drop repeats need neither.
    """

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    schedule: Schedule = Schedule()
    quiet_hours: QuietHours | None = None
    zone: str = Field("UTC", max_length=64)
    form: Literal["digest", "single"] = "digest"
    detail: Literal["titles", "summary"] = "summary"
    language: Literal["en", "zh"] = "en"
    updates: bool = True
    when_unsure: Literal["skip", "resend"] = "skip"
    is_paused: bool = False

    @field_validator("zone")
    @classmethod
    def is_a_zone(cls, zone: str) -> str:
        try:
            return ZoneInfo(zone).key
        except (KeyError, ValueError, OSError):
            raise ValueError(f"{zone} is not a time zone; use a name like Asia/Shanghai") from None


class NewSubscriber(Options):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "team", "watch": "0123456789ab", "zone": "Asia/Shanghai",
                    "address": {"channel": "ntfy", "url": "https://ntfy.sh/mytopic"},
                    "schedule": {"mode": "daily", "times": ["08:30"]},
                }
            ]
        },
    )  # fmt: skip

    name: Line
    watch: str = Field(pattern=r"^[0-9a-f]{12}$")
    address: Address


class ChangedSubscriber(Options):
    """`address` stays as it is if it is left out."""

    name: Line
    watch: str = Field(pattern=r"^[0-9a-f]{12}$")
    address: Address | None = None


class SubscriberView(Options):
    """`place` is where messages go, without its secrets. `error` is why the last message could not be sent."""

    id: str
    name: str
    watch: str
    owner: str
    channel: str
    place: str
    error: str
    due_at: datetime | None
    created_at: datetime


class DeliveryView(BaseModel):
    """A message and what became of it. `unknown`: it is not known whether it arrived, and it is not sent again."""

    id: str
    subject: str
    state: DeliveryState
    attempts: int
    error: str
    due_at: datetime | None
    created_at: datetime
    sent_at: datetime | None


class DryRun(BaseModel):
    """The messages about the last 24 hours as they would be sent, with sizes in the unit of the channel's limit."""

    stories: int
    messages: list[str]
    sizes: list[int]
    size_max: int
