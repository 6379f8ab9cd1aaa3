"""Compound files (MS-CFB), in which Office kept its files before 2007; olefile opens them."""

import io
from typing import Any

from aistack.rag.parsing.formats.builder import ParseError

STREAM_BYTES_MAX = 512 * 1024 * 1024


class CompoundFile:
    """The streams of a compound file. Raises ParseError if it is damaged."""

    def __init__(self, content: bytes, what: str) -> None:
        import olefile

        self._what = what
        try:
            self._opened: Any = olefile.OleFileIO(io.BytesIO(content))
        except (OSError, ValueError, IndexError) as error:
            raise ParseError(f"the {what} is damaged or truncated: {error}") from None

    def __contains__(self, name: str) -> bool:
        return bool(self._opened.exists(name))

    def stream(self, name: str) -> bytes:
        """The content of a stream. Raises ParseError if it is missing or damaged."""
        try:
            data: bytes = self._opened.openstream(name).read(STREAM_BYTES_MAX + 1)
        except (OSError, ValueError, IndexError) as error:
            raise ParseError(f"the {self._what} is damaged in its part {name}: {error}") from None
        if len(data) > STREAM_BYTES_MAX:
            raise ParseError(f"the {self._what} contains a part larger than {STREAM_BYTES_MAX} bytes")
        return data

    @property
    def title(self) -> str:
        """The title in the file's properties, or nothing."""
        try:
            found: Any = self._opened.get_metadata().title
        except Exception:  # damaged properties are ignored, whatever the error
            return ""
        return found.decode("cp1252", "replace") if isinstance(found, bytes) else ""
