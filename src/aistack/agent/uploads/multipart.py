"""Files in a multipart form, each streamed to disk."""

from collections.abc import AsyncIterator

from python_multipart import MultipartParser
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import parse_options_header
from starlette.requests import ClientDisconnect

from aistack.agent.uploads.staging import StagedFile, Staging
from aistack.chassis.errors import InvalidInput, TooLarge

FILES_MAX = 20
FIELD_BYTES_MAX = 64 * 1024
HEADER_BYTES_MAX = 16 * 1024


class MultipartFiles:
    """Receives one form. Every part with a file name is a file; other fields are ignored."""

    def __init__(self, content_type: str, staging: Staging, bytes_max: int) -> None:
        """Raises InvalidInput if the content type has no boundary."""
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if kind != b"multipart/form-data" or not boundary:
            raise InvalidInput("the content type is not multipart/form-data with a boundary")
        self.files: list[StagedFile] = []
        self._staging, self._bytes_max = staging, bytes_max
        self._headers: dict[bytes, bytes] = {}
        self._name, self._value = b"", b""
        self._current: StagedFile | None = None
        self._field_bytes = 0
        self._has_ended = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin, "on_header_field": self._header_name,
                "on_header_value": self._header_value, "on_header_end": self._header_end,
                "on_headers_finished": self._headers_end, "on_part_data": self._data, "on_part_end": self._part_end,
                "on_end": self._end,
            },
        )  # fmt: skip

    async def receive(self, body: AsyncIterator[bytes]) -> list[StagedFile]:
        """The files. Raises InvalidInput and TooLarge; nothing is kept then."""
        try:
            async for data in body:
                self._parser.write(data)
            if not self._has_ended:
                raise InvalidInput("the upload is incomplete; send it again")
            if not self.files:
                raise InvalidInput("the form contains no file: curl -F file=@report.pdf ...")
        except BaseException as error:
            for one in self.files:
                one.discard()
            if isinstance(error, MultipartParseError):
                raise InvalidInput(f"the multipart body is malformed: {error}") from None
            if isinstance(error, ClientDisconnect):
                raise InvalidInput("the upload is incomplete; send it again") from None
            raise
        return self.files

    def _begin(self) -> None:
        self._headers, self._name, self._value = {}, b"", b""

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]
        if len(self._value) > HEADER_BYTES_MAX:
            raise InvalidInput("a header of the form is too long")

    def _header_end(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name, self._value = b"", b""

    def _headers_end(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        self._field_bytes, self._current = 0, None
        if b"filename" not in options:
            return
        if len(self.files) >= FILES_MAX:
            raise InvalidInput(f"one upload has at most {FILES_MAX} files; send the others in a second one")
        self._current = self._staging.new(options[b"filename"].decode("utf-8", "replace"))
        self.files.append(self._current)

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._current is None:
            self._field_bytes += end - start
            if self._field_bytes > FIELD_BYTES_MAX:
                raise InvalidInput(f"a field of the form is larger than {FIELD_BYTES_MAX} bytes")
            return
        if self._current.size + end - start > self._bytes_max:
            raise TooLarge(f"the file is larger than {self._bytes_max} bytes")
        self._current.write(data[start:end])

    def _part_end(self) -> None:
        if self._current is not None:
            self._current.close()

    def _end(self) -> None:
        self._has_ended = True
