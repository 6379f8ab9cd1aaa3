"""The route that reads a file without keeping it."""

import uuid
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request

from aistack.access.rules import open_to
from aistack.chassis.errors import Problem, TooLarge
from aistack.rag.file_wire import NAME_CHARACTERS_MAX, upload_name
from aistack.rag.intake.parse_pool import ParsePool
from aistack.rag.parsing.formats.builder import ParseError
from aistack.rag.settings import RagSettings
from aistack.rag.wire import ParsedText


class Unreadable(Problem):
    code = "unreadable-file"
    status = 422


def parsing_routes(pool: ParsePool, staging: Path, settings: RagSettings) -> APIRouter:
    """`/v1/rag/parse`."""
    router = APIRouter(prefix="/v1/rag", tags=["documents"])

    @router.post("/parse", dependencies=[open_to("everyone")])
    async def parse(request: Request, name: Annotated[str, Query(max_length=2_000)] = "") -> ParsedText:
        """The text of the file in the body. Nothing of it is kept. `name` decides where the content is ambiguous."""
        path, size = staging / uuid.uuid4().hex, 0
        try:
            with path.open("xb") as file:
                async for data in request.stream():
                    size += len(data)
                    if size > settings.file_bytes_max:
                        raise TooLarge(f"the file is larger than {settings.file_bytes_max} bytes")
                    file.write(data)
            called = upload_name(name)[-NAME_CHARACTERS_MAX:].replace(";", "_")
            return ParsedText.model_validate(await pool.parse(path, called, text_only=True))
        except ParseError as error:
            raise Unreadable(str(error)) from None
        finally:
            path.unlink(missing_ok=True)

    return router
