"""Reads what a service exports of a person."""

from collections.abc import AsyncIterator

from aistack.access.exporting.exports import FileStart, Omission, unframed


async def read_export(data: bytes) -> tuple[dict[str, bytes], dict[str, str]]:
    """The files by path, and the reasons of what is left out."""

    async def chunks() -> AsyncIterator[bytes]:
        yield data

    files: dict[str, bytes] = {}
    omitted: dict[str, str] = {}
    path = ""
    async for part in unframed(chunks()):
        if isinstance(part, FileStart):
            path = part.path
            assert path not in files
            files[path] = b""
        elif isinstance(part, Omission):
            omitted[part.path] = part.reason
        else:
            files[path] += part
    return files, omitted
