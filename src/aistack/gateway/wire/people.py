"""Requests and responses of the gateway's API for people: users, groups, the directory."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from aistack.chassis.identity import Role

TEXT_CHARACTERS_MAX = 1_000  # longer ones are refused before they are looked at


class UserRequest(BaseModel):
    """A user or service account to create. A service account has no e-mail address and cannot sign in."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"name": "Ada Lovelace", "email": "ada@example.com"}]}
    )

    name: str = Field(min_length=1, max_length=TEXT_CHARACTERS_MAX)
    email: str = Field(default="", max_length=TEXT_CHARACTERS_MAX)
    role: Role = "member"
    kind: Literal["user", "service-account"] = "user"


class UserChange(BaseModel):
    """What to change; null leaves a value as it is."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, min_length=1, max_length=TEXT_CHARACTERS_MAX)
    email: str | None = Field(default=None, max_length=TEXT_CHARACTERS_MAX)
    role: Role | None = None
    status: Literal["active", "disabled"] | None = None


class UserView(BaseModel):
    id: str
    subject: str
    kind: Literal["user", "service-account"]
    name: str
    email: str
    role: Role
    status: Literal["active", "disabled"]
    created_at: datetime
    last_seen_at: datetime | None


class LinkRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Literal["invitation", "reset"] = "invitation"


class LinkView(BaseModel):
    """A link that works once. `path` is relative to the gateway's address."""

    kind: Literal["invitation", "first-owner", "reset"]
    path: str = Field(description="shown only once")
    expires_at: datetime


class UserCreated(UserView):
    link: LinkView | None = Field(description="the invitation; null for service accounts")


class UserList(BaseModel):
    """`next` is the value of `after` for the next page, empty on the last one."""

    users: list[UserView]
    next: str


class BelongingsView(BaseModel):
    """What one service keeps for an account, by kind. `problem` says why a service could not be asked."""

    service: str
    counts: dict[str, int]
    problem: str


class Removed(BaseModel):
    id: str
    name: str
    heir: str | None


class GroupRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"name": "Sales, EMEA"}]})

    name: str = Field(min_length=1, max_length=TEXT_CHARACTERS_MAX)


class GroupView(BaseModel):
    id: str
    subject: str
    name: str
    members: int = Field(description="members that are in the group directly")


class MemberView(BaseModel):
    subject: str
    name: str


class GroupDetails(GroupView):
    direct: list[MemberView]


class SubjectView(BaseModel):
    subject: str
    name: str
    email: str


class Me(BaseModel):
    """The caller. `groups` are names by subject; `email` is empty for callers without an account."""

    id: str
    kind: Literal["user", "key", "jwt", "service", "anonymous"]
    name: str
    subject: str
    email: str
    role: Role
    groups: dict[str, str]
    services: list[str] | None
    read_only: bool
    things: list[str] | None
    is_administrator: bool
    identity: bool = Field(description="whether the stack asks its callers who they are")
