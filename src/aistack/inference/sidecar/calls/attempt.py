"""The worker's side of a call: what the worker sends goes on to the client, and its messages are counted on the way."""

from typing import Protocol

from aistack.http2.errors import ErrorCode
from aistack.http2.grpc.messages import PREFIX_BYTES
from aistack.http2.header_fields import Fields
from aistack.http2.stream import Stream
from aistack.inference.sidecar.workers.link import WorkerLink

COUNTED_BYTES_MAX = 64 * 1024


class Receiver(Protocol):
    """The client's side."""

    def forwarded(self, count: int) -> None: ...

    def answer_head(self, fields: Fields) -> None: ...

    def answer_data(self, data: bytes, ended: bool) -> int: ...

    def chunk(self, message: bytes, compressed: bool) -> None: ...

    def answered(self, trailers: Fields) -> None: ...

    def worker_reset(self, code: ErrorCode) -> None: ...

    def worker_lost(self, reason: str) -> None: ...


class Attempt:
    """A call at one worker. A StreamHandler for the worker's stream, which is set as soon as it is open."""

    __slots__ = ("_part", "_receiver", "_skip", "stream", "worker")

    stream: Stream

    def __init__(self, receiver: Receiver, worker: WorkerLink) -> None:
        self.worker = worker
        self._receiver = receiver
        self._part = b""
        self._skip = 0

    def fields_received(self, fields: Fields, ended: bool) -> None:
        if ended:
            self._receiver.answered(fields)
        else:
            self._receiver.answer_head(fields)

    def data_received(self, data: bytes, ended: bool) -> None:
        sent = self._receiver.answer_data(data, ended)
        if sent:
            self.stream.consume(sent)
        self.stream.after_write(self._count, data)

    def data_sent(self, count: int) -> None:
        self._receiver.forwarded(count)

    def stream_failed(self, code: ErrorCode, lost: bool) -> None:
        if lost or code is ErrorCode.REFUSED_STREAM:
            connection = self.worker.connection
            reason = (connection.close_reason if connection is not None else self.worker.failure) or code.name
            self._receiver.worker_lost(reason)
        else:
            self._receiver.worker_reset(code)

    def _count(self, data: bytes) -> None:
        """Finds the messages in the data. Most frames hold whole ones; a long one is counted by its length."""
        if self._skip:
            if len(data) <= self._skip:
                self._skip -= len(data)
                return
            data, self._skip = data[self._skip :], 0
        if self._part:
            data, self._part = self._part + data, b""
        at, end = 0, len(data)
        while end - at >= PREFIX_BYTES:
            begin = at + PREFIX_BYTES
            at = begin + int.from_bytes(data[at + 1 : begin])
            if at > end:
                if at - begin > COUNTED_BYTES_MAX:
                    self._receiver.chunk(b"", True)
                    self._skip = at - end
                else:
                    self._part = data[begin - PREFIX_BYTES :]
                return
            self._receiver.chunk(data[begin:at], data[begin - PREFIX_BYTES] != 0)
        if at < end:
            self._part = data[at:]
