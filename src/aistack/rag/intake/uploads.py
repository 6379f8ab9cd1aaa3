"""Receives multipart uploads: each file is streamed to disk and hashed on the way, never held in memory."""

import hashlib
import os
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from python_multipart import MultipartParser
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import parse_options_header

from aistack.chassis.errors import InvalidInput
from aistack.rag.file_wire import NAME_CHARACTERS_MAX, path_name, printable, upload_name
from aistack.rag.parsing.formats.builder import ParseError
from aistack.rag.parsing.formats.encodings import codec_of, known_codec

FIELD = "files"
ENCODING_FIELD = "encoding"  # of the text, HTML and XML files in the upload
ENCODING_MARK = ";"  # before the encoding in a suffix, so that files in two encodings are two contents
DECLARED_MARK = ","  # likewise, before the encoding that the server declared from which the file comes
FIELD_BYTES_MAX = 64 * 1024
SUFFIX_CHARACTERS_MAX = 16
NAMELESS = "unnamed"


@dataclass(slots=True)
class StagedFile:
    """A file in the staging folder. `error` is the reason if it must not be ingested.

    `suffix` selects the format where the content is ambiguous; it is that of the name unless it is given.
    """

    name: str
    path: Path
    bytes: int = 0
    sha256: str = ""
    error: str = ""
    title: str = ""
    metadata: dict[str, str] = field(default_factory=dict[str, str])
    suffix: str = ""

    def __post_init__(self) -> None:
        self.suffix = self.suffix or PurePosixPath(self.name.lower()).suffix
        if len(self.suffix) > SUFFIX_CHARACTERS_MAX or ENCODING_MARK in self.suffix or DECLARED_MARK in self.suffix:
            self.suffix = ""

    def encode_as(self, encoding: str) -> None:
        """Says which encoding the text has. Raises InvalidInput if it is not known; "" leaves it to be found."""
        codec = checked_codec(encoding)
        if codec:
            self._mark(ENCODING_MARK, codec)

    def declare(self, encoding: str) -> None:
        """Says which encoding a server declared. It is ignored if it is not known."""
        codec = known_codec(encoding)
        if codec:
            self._mark(DECLARED_MARK, codec)

    def _mark(self, mark: str, codec: str) -> None:
        format_suffix = self.suffix.partition(DECLARED_MARK)[0]
        is_long = len(format_suffix) + 1 + len(codec) > SUFFIX_CHARACTERS_MAX
        self.suffix = f"{'' if is_long else format_suffix}{mark}{codec}"

    def discard(self) -> None:
        self.path.unlink(missing_ok=True)


class UploadReceiver:
    """Receives one multipart body. A file over the size limit is truncated and gets an `error`."""

    def __init__(self, content_type: str, staging: Path, file_bytes_max: int, files_max: int) -> None:
        """Raises InvalidInput if the content type is not multipart/form-data with a boundary."""
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if kind != b"multipart/form-data" or not boundary:
            raise InvalidInput("send multipart/form-data with the field 'files', or JSON {title, text} or {url}")
        self.files: list[StagedFile] = []
        self._staging = staging
        self._file_bytes_max = file_bytes_max
        self._files_max = files_max
        self._ended = False
        self._headers: dict[bytes, bytes] = {}
        self._header = [b"", b""]
        self._file: Any = None
        self._hash = hashlib.sha256()
        self._field_bytes = 0
        self._field = b""
        self._encoding = b""
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._part_begin,
                "on_header_field": self._header_name,
                "on_header_value": self._header_value,
                "on_header_end": self._header_end,
                "on_headers_finished": self._headers_finished,
                "on_part_data": self._part_data,
                "on_part_end": self._part_end,
                "on_end": self._end,
            },
        )

    async def receive(self, body: AsyncIterator[bytes]) -> list[StagedFile]:
        """The files of the body. Raises InvalidInput if it is malformed or incomplete; the files are deleted then."""
        try:
            async for data in body:
                self._parser.write(data)
            if not self._ended:
                raise InvalidInput("the upload is incomplete; send it again")
            if not self.files:
                raise InvalidInput(
                    f"the upload contains no file in the field '{FIELD}': curl -F {FIELD}=@report.pdf ..."
                )
            for staged in self.files:
                staged.encode_as(self._encoding.decode("utf-8", "replace"))
        except BaseException as error:
            self._close()
            for staged in self.files:
                staged.discard()
            if isinstance(error, MultipartParseError):
                raise InvalidInput(f"the multipart body is malformed: {error}") from None
            raise
        _refuse_equal_names(self.files)
        return self.files

    def _part_begin(self) -> None:
        self._headers = {}
        self._header = [b"", b""]

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._header[0] += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._header[1] += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._header[0].lower()] = self._header[1]
        self._header = [b"", b""]

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        self._field_bytes = 0
        self._field = options.get(b"name", b"")
        if b"filename" not in options:
            return
        if len(self.files) >= self._files_max:
            raise InvalidInput(f"the upload has more than {self._files_max} files; split it into several uploads")
        name = upload_name(options[b"filename"].decode("utf-8", "replace"))
        if options.get(b"name") != FIELD.encode():
            raise InvalidInput(f"file {name!r} must be in the field '{FIELD}'")
        staged = StagedFile(name or NAMELESS, self._staging / uuid.uuid4().hex)
        if not name:
            staged.error = "the file has no name; send one"
        elif len(name) > NAME_CHARACTERS_MAX:
            staged.name = name[-NAME_CHARACTERS_MAX:]
            staged.error = f"the name is longer than {NAME_CHARACTERS_MAX} characters"
        self.files.append(staged)
        self._file = staged.path.open("xb")
        self._hash = hashlib.sha256()

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if self._file is None:
            self._field_bytes += end - start
            if self._field_bytes > FIELD_BYTES_MAX:
                raise InvalidInput(f"a form field is larger than {FIELD_BYTES_MAX} bytes")
            if self._field == ENCODING_FIELD.encode():
                self._encoding += data[start:end]
            return
        staged = self.files[-1]
        staged.bytes += end - start
        if staged.bytes > self._file_bytes_max:
            staged.error = f"the file is larger than {self._file_bytes_max} bytes"
            return
        piece = data[start:end]
        self._hash.update(piece)
        self._file.write(piece)

    def _part_end(self) -> None:
        if self._file is not None:
            self.files[-1].sha256 = self._hash.hexdigest()
            self._close()

    def _end(self) -> None:
        self._ended = True

    def _close(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            file.flush()
            os.fsync(file.fileno())
            file.close()


def checked_codec(encoding: str) -> str:
    """The codec for the name of an encoding, "" for none. Raises InvalidInput if it is not known."""
    try:
        return codec_of(encoding.strip())
    except ParseError as error:
        raise InvalidInput(str(error)) from None


def stage_text(title: str, text: str, metadata: dict[str, str], staging: Path, name: str = "") -> StagedFile:
    """Stages a document that was sent as text. Without a name, it is called like its title.

    Raises InvalidInput if neither has visible characters.
    """
    content = text.encode("utf-8", "replace")
    called = path_name(name) if name else printable(title)
    if not called:
        raise InvalidInput(f"the {'name' if name else 'title'} has no visible characters")
    staged = StagedFile(called, staging / uuid.uuid4().hex, title=title, metadata=metadata)
    if staged.suffix == ".pdf":  # it may be called like the file that it was taken from
        staged.suffix = ""
    staged.path.write_bytes(content)
    staged.bytes, staged.sha256 = len(content), hashlib.sha256(content).hexdigest()
    return staged


def _refuse_equal_names(files: list[StagedFile]) -> None:
    """Sets the error of files that have the same name and different contents, because each would replace the other."""
    contents: dict[str, set[str]] = {}
    accepted = [one for one in files if not one.error]
    for one in accepted:
        contents.setdefault(one.name, set()).add(one.sha256)
    for one in accepted:
        if len(contents[one.name]) > 1:
            one.error = (
                f"{len(contents[one.name])} different files in this upload are called {one.name}; "
                "send each with its path as the file name, or one after the other"
            )
