"""The operator's file of local servers, in the format of other clients: {"mcpServers": {NAME: {command, args}}}."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from aistack.agent.mcp_client.wire import ServerName
from aistack.stack.errors import StackError


@dataclass(frozen=True, slots=True)
class Command:
    """A program with its arguments, and what its environment has beside a few harmless variables."""

    program: str
    arguments: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    command: str = Field(min_length=1)
    args: list[str] = []
    env: dict[str, str] = {}


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    servers: dict[ServerName, _Entry] = Field(alias="mcpServers")


def read_commands(file: str) -> Mapping[str, Command]:
    """The commands by name; none without a file. Raises StackError for a file that cannot be read."""
    if not file:
        return {}
    path = Path(file)
    try:
        found = _File.model_validate_json(path.read_bytes())
    except OSError as error:
        raise StackError(f"AGENT_MCP_COMMANDS: {path} cannot be read: {error.strerror}") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise StackError(f"AGENT_MCP_COMMANDS: {path}: {place}: {first['msg']}") from None
    return {name: Command(one.command, tuple(one.args), tuple(one.env.items())) for name, one in found.servers.items()}
