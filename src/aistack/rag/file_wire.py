"""What travels about files that may be documents already, and how a path becomes the name of a document."""

import unicodedata
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

NAME_CHARACTERS_MAX = 500
FILE_HASHES_MAX = 1_000

FileStateName = Literal["missing", "changed", "waiting", "ready", "failed"]


class FileHash(BaseModel):
    """`name` is as in an upload, `sha256` is the hash of the file's bytes in hex."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=2000)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class FileHashes(BaseModel):
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"files": [{"name": "a/notes.md", "sha256": "0" * 64}]}]}
    )

    files: list[FileHash] = Field(min_length=1, max_length=FILE_HASHES_MAX)


class FileState(BaseModel):
    """What a collection has of a file. `document` is the id of the document of this name.

    `missing`: no document has the name. `changed`: the document has other bytes. `waiting`: it gets these bytes, which
    were sent already. `ready`: it has them. `failed`: these bytes could not be indexed; `error` is the reason.
    """

    name: str
    state: FileStateName
    document: str | None
    error: str


def path_name(path: str) -> str:
    """The name of the document of a path: relative, without `.`, `..`, empty parts and control characters."""
    parts = printable(path.replace("\\", "/")).split("/")
    return "/".join(part for one in parts if (part := one.strip()) not in ("", ".", ".."))


def upload_name(file_name: str) -> str:
    """The name of the document of an uploaded file. Clients write quotation marks as `%22` (WHATWG HTML, form-data)."""
    return path_name(file_name.replace("%22", '"'))


def printable(text: str) -> str:
    """A text without control and format characters, and without spaces around it."""
    return "".join(character for character in text if unicodedata.category(character)[0] != "C").strip()
