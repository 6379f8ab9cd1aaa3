"""Calls that are refused at once, without a look at their messages."""

from aistack.http2.grpc.metadata import CONTENT_TYPE
from aistack.http2.grpc.status import Status, trailers_of
from aistack.http2.multiplexing.stream import Stream, StreamHandler
from aistack.http2.wire.errors import ErrorCode
from aistack.http2.wire.header_fields import Fields

HTTP_OK = (b":status", b"200")
UNSUPPORTED: Fields = ((b":status", b"415"), (b"content-type", b"text/plain"))


def refused(stream: Stream, ended: bool, status: Status, message: str) -> StreamHandler:
    """Answers a call with a status."""
    stream.send_fields((HTTP_OK, CONTENT_TYPE, *trailers_of(status, message)), True)
    return _Refused(stream, ended)


def refused_request(stream: Stream, ended: bool) -> StreamHandler:
    """Answers a request that is no gRPC call."""
    stream.send_fields(UNSUPPORTED)
    stream.send_data(b"this port speaks gRPC: POST with content-type application/grpc\n", True)
    return _Refused(stream, ended)


class _Refused:
    """What still comes of a request that was answered at once. A StreamHandler."""

    def __init__(self, stream: Stream, ended: bool) -> None:
        self._stream = stream
        if not ended and not stream.queued:
            stream.reset(ErrorCode.NO_ERROR)

    def fields_received(self, fields: Fields, ended: bool) -> None:
        """Trailers say nothing here."""

    def data_received(self, data: bytes, ended: bool) -> None:
        self._stream.consume(len(data))

    def data_sent(self, count: int) -> None:
        """The refusal is on its way."""

    def stream_failed(self, code: ErrorCode, lost: bool) -> None:
        """The client did not wait for the refusal."""
