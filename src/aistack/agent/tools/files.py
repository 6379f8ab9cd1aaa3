"""The files of a conversation as a tool: what is there, and what a part of one says. The service keeps them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pydantic import Field

from aistack.agent.tool_protocol import Citation, ToolContext, ToolResult
from aistack.agent.tools.typed_tool import Arguments, TypedTool

CHARACTERS_MAX = 20_000


@dataclass(frozen=True, slots=True)
class FileView:
    id: str
    name: str
    media_type: str
    bytes: int


class Files(Protocol):
    """The files that belong to a conversation."""

    async def listed(self, context: ToolContext) -> Sequence[FileView]: ...

    async def text(self, file_id: str, context: ToolContext) -> str:
        """The text of a file of this conversation. Raises NotFound, or InvalidInput if it has none."""
        ...


class FilePart(Arguments):
    file: str = Field("", max_length=200, description="id or name; empty to list the files")
    start: int = Field(0, ge=0, description="character at which to start")
    length: int = Field(8_000, ge=1, le=CHARACTERS_MAX)


class ReadFile(TypedTool[FilePart]):
    name = "read_file"
    description = "Lists the files attached to this conversation, or gives a part of the text of one of them."
    arguments = FilePart

    def __init__(self, files: Files) -> None:
        self._files = files

    async def call(self, arguments: FilePart, context: ToolContext) -> ToolResult:
        files = await self._files.listed(context)
        listing = "\n".join(f"{one.id}: {one.name} ({one.media_type}, {one.bytes} bytes)" for one in files)
        if not arguments.file:
            none = "这个会话没有文件" if context.language == "zh" else "No files are attached."
            return ToolResult(listing or none, [{"id": one.id, "name": one.name} for one in files])
        found = next((one for one in files if arguments.file in (one.id, one.name)), None)
        if found is None:
            return ToolResult("", error=f"no file is called {arguments.file}; there are: {listing or 'none'}")
        text = await self._files.text(found.id, context)
        end = min(len(text), arguments.start + arguments.length)
        note = (
            ""
            if arguments.start == 0 and end == len(text)
            else f"\n(characters {arguments.start} to {end} of {len(text)})"
        )
        data = {"file": found.id, "start": arguments.start, "end": end, "characters": len(text)}
        part = text[arguments.start : end]
        return ToolResult(part + note, data, [Citation(found.name, found.id, part[:300])], is_untrusted=True)
