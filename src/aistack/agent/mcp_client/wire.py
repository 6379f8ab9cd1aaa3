"""Request and response models of the routes of other servers."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from aistack.access.levels import Level
from aistack.chassis.web.public_web import URL_CHARACTERS_MAX

NAME_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"
HEADER_NAME = r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$"

ServerName = Annotated[str, Field(max_length=32, pattern=NAME_PATTERN)]
Headers = Annotated[dict[Annotated[str, Field(pattern=HEADER_NAME)], SecretStr], Field(max_length=10)]


class NewMcpServer(BaseModel):
    """`headers` go to this server only, such as its API key."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "tickets", "url": "https://tickets.example.com/mcp"}]},
    )

    name: ServerName
    url: str = Field(max_length=URL_CHARACTERS_MAX)
    headers: Headers = {}


class McpServerChange(BaseModel):
    """What is left out stays. Another `url` needs its headers again, and its tools have to be accepted again."""

    model_config = ConfigDict(extra="forbid")

    name: ServerName | None = None
    url: str | None = Field(None, max_length=URL_CHARACTERS_MAX)
    headers: Headers | None = None
    is_enabled: bool | None = None


class McpAcceptance(BaseModel):
    """Accepts the list of tools with this digest. Tools that `reads` names change nothing, and ask less often."""

    model_config = ConfigDict(extra="forbid")

    digest: str = Field(max_length=64)
    reads: list[Annotated[str, Field(max_length=128)]] = Field(default=[], max_length=100)


class McpToolView(BaseModel):
    """A tool as its server describes it. `says_it_reads` is the server's own word."""

    name: str
    description: str
    parameters: dict[str, Any]
    says_it_reads: bool
    reads: bool = False


class McpServerView(BaseModel):
    """`tools` may be used. If the server's list is another one, it is in `found`, and `found_digest` accepts it."""

    id: str
    name: str
    owner: str
    yours: Level
    url: str
    command: str
    headers: list[str]
    is_enabled: bool
    tools: list[McpToolView]
    digest: str
    found: list[McpToolView] | None
    found_digest: str
    error: str
    checked_at: datetime | None
    created_at: datetime
    changed_at: datetime
