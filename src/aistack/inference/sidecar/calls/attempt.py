"""The worker's side of a call: what the worker sends goes on to the client."""

from typing import Protocol

from aistack.http2.multiplexing.stream import Stream
from aistack.http2.wire.errors import ErrorCode
from aistack.http2.wire.header_fields import Fields
from aistack.inference.sidecar.calls.answer_counts import AnswerCounts
from aistack.inference.sidecar.workers.link import WorkerLink


class Receiver(Protocol):
    """The client's side."""

    @property
    def counts(self) -> AnswerCounts | None: ...

    def forwarded(self, count: int) -> None: ...

    def answer_head(self, fields: Fields) -> None: ...

    def answer_data(self, data: bytes) -> int: ...

    def answered(self, trailers: Fields) -> None: ...

    def worker_broke_off(self, how: bytes) -> None: ...

    def worker_reset(self, code: ErrorCode) -> None: ...

    def worker_lost(self, reason: str) -> None: ...


class Attempt:
    """A call at one worker. A StreamHandler for the worker's stream, which is set as soon as it is open."""

    __slots__ = ("_receiver", "_with_head", "stream", "worker")

    stream: Stream

    def __init__(self, receiver: Receiver, worker: WorkerLink) -> None:
        self.worker = worker
        self._receiver = receiver
        self._with_head = False

    def fields_received(self, fields: Fields, ended: bool) -> None:
        if ended:
            self._receiver.answered(fields)
        else:
            self._with_head = True
            self._receiver.answer_head(fields)

    def data_received(self, data: bytes, ended: bool) -> None:
        receiver = self._receiver
        if not self._with_head:
            receiver.worker_broke_off(b"sent data before the head of its answer")
            return
        sent = receiver.answer_data(data)
        if sent:
            self.stream.consume(sent)
        if receiver.counts is not None:
            self.stream.after_write(receiver.counts.count, data)
        if ended:
            self.stream.after_write(receiver.worker_broke_off, b"ended its answer without a status")

    def data_sent(self, count: int) -> None:
        self._receiver.forwarded(count)

    def stream_failed(self, code: ErrorCode, lost: bool) -> None:
        if lost or code is ErrorCode.REFUSED_STREAM:
            connection = self.worker.connection
            reason = (connection.close_reason if connection is not None else self.worker.failure) or code.name
            self._receiver.worker_lost(reason)
        else:
            self._receiver.worker_reset(code)
