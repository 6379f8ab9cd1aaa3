"""Names of uploaded files: from headers, without what could mislead, and as headers again."""

import base64
import binascii
import unicodedata
from pathlib import PurePosixPath
from urllib.parse import quote

from aistack.chassis.errors import InvalidInput

NAME_CHARACTERS_MAX = 300
SUFFIX_CHARACTERS_MAX = 16
NAMELESS = "unnamed"


def clean_name(given: str) -> str:
    """The last part of a path, without control characters and marks that change the writing direction.

    A name that is too long is shortened before its ending.
    """
    last = given.replace("%22", '"').replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(one for one in last if unicodedata.category(one)[0] != "C" or one in "\u200c\u200d").strip()
    if name in ("", ".", ".."):
        return NAMELESS
    if len(name) > NAME_CHARACTERS_MAX:
        suffix = PurePosixPath(name).suffix[:SUFFIX_CHARACTERS_MAX]
        name = name[: NAME_CHARACTERS_MAX - len(suffix) - 1] + "…" + suffix
    return name


def metadata_name(header: str) -> str:
    """The file name in `Upload-Metadata` of the tus protocol; empty if there is none. Raises InvalidInput."""
    for pair in header.split(","):
        key, _, value = pair.strip().partition(" ")
        if key in ("filename", "name"):
            try:
                return base64.b64decode(value.strip(), validate=True).decode("utf-8")
            except (binascii.Error, ValueError):
                raise InvalidInput(f"Upload-Metadata: the value of {key} is not base64 of UTF-8") from None
    return ""


def content_disposition(name: str) -> str:
    """The header with which the file is saved under its name (RFC 6266)."""
    plain = "".join(one if (one.isascii() and one.isalnum()) or one in ".-_ " else "_" for one in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
