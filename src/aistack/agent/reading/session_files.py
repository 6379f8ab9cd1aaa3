"""The files of a conversation, for its tools."""

from collections.abc import Sequence

from aistack.agent.reading.reader import Reader
from aistack.agent.tool_protocol import ToolContext
from aistack.agent.tools.files import FileView
from aistack.chassis.errors import InvalidInput, NotFound
from aistack.stores.records import AnyRow


class SessionFiles:
    """What is attached in the session of a tool's context."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def listed(self, context: ToolContext) -> Sequence[FileView]:
        return [FileView(one.public_id, one.name, one.media_type, one.bytes) for one in await self.rows(context)]

    async def text(self, file_id: str, context: ToolContext) -> str:
        """The text of a file of this conversation. Raises NotFound, or InvalidInput if it has none."""
        for row in await self.rows(context):
            if row.public_id == file_id:
                reading = await self._reader.read(row)
                if reading.error:
                    raise InvalidInput(f"{row.name} cannot be read: {reading.error}")
                return reading.text
        raise NotFound(f"this conversation has no file {file_id}")

    async def rows(self, context: ToolContext) -> list[AnyRow]:
        return await self._reader.intake.store.of_session(context.session_id)
