"""An attempt at a model behind an inference sidecar: one StreamPredict call, its responses passed on to the call."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Protocol

from aistack.chassis.runtime.tasks import Tasks
from aistack.gateway.models.accounting.usage import Usage
from aistack.gateway.models.calls.failures import PASSED_ON, Failure, Stage, lost, not_sent
from aistack.gateway.models.calls.predictions import BadMessage, Prediction, prediction_of
from aistack.gateway.models.calls.url_attempt import CallOfAttempt
from aistack.gateway.models.formats.errors import CallError
from aistack.gateway.models.table.compiled import Target

REFUSED_STATUSES = frozenset((429, 503))
NOT_STARTED = frozenset((8, 14))  # gRPC's RESOURCE_EXHAUSTED and UNAVAILABLE, before the first response


class PredictionFailed(Exception):
    """The call of a sidecar failed; `status` is its gRPC status."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class SidecarClient(Protocol):
    """What a call needs of the client of an inference sidecar. Closing the iterator cancels the prediction."""

    def stream_predict(self, request: bytes) -> AsyncIterator[bytes]:
        """The responses to one request, each a serialized message. Raises PredictionFailed."""
        ...

    async def close(self) -> None:
        """Closes its connection."""
        ...


SidecarClients = Callable[[str], SidecarClient]


class PredictedCall(CallOfAttempt, Protocol):
    """A call that may be predicted: it is told the usage beside the events."""

    def received_usage(self, usage: Usage) -> None: ...


class SidecarAttempt:
    """One prediction. Backpressure reaches the sidecar, as no response is taken while the attempt is paused."""

    __slots__ = ("_going", "_task", "_tasks", "call", "client", "data", "done", "sent_at", "streamed", "target")

    def __init__(
        self, call: PredictedCall, target: Target, data: bytes, client: SidecarClient, tasks: Tasks, *, streamed: bool
    ) -> None:
        self.call = call
        self.target = target
        self.data = data
        self.client = client
        self.streamed = streamed
        self.done = False
        self.sent_at = 0.0
        self._tasks = tasks
        self._task: asyncio.Task[None] | None = None
        self._going = asyncio.Event()
        self._going.set()

    def start(self) -> None:
        self._task = self._tasks.start(self._run(), "models:predict")

    def pause(self) -> None:
        self._going.clear()

    def resume(self) -> None:
        self._going.set()

    def cancel(self) -> None:
        """Ends the prediction, which frees its place in the worker."""
        self.done = True
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        self.sent_at = time.monotonic()
        responses = self.client.stream_predict(self.data)
        try:
            await self._follow(responses)
        except (PredictionFailed, OSError) as error:
            if not self.done:
                self._fail(self._failure_of(error))
        except BadMessage as error:
            if not self.done:
                self._fail(lost(self.target, f"sent a malformed message: {error}"))
        finally:
            close = getattr(responses, "aclose", None)
            if close is not None:
                await close()

    async def _follow(self, responses: AsyncIterator[bytes]) -> None:
        async for message in responses:
            if self.done:
                return
            found = prediction_of(message)
            if found.usage is not None:
                self.call.received_usage(found.usage)
            if found.status:
                self._fail(_error_of(found))
                return
            if found.event:
                if not _is_object(found.event):
                    self._fail(lost(self.target, "sent an event that is not a JSON object"))
                    return
                if self.streamed:
                    self.call.received_events([b"data: " + found.event])
                else:
                    self.done = True
                    self.call.received_whole(found.event, b"application/json")
                    return
            if self.done:
                return
            if found.end_of_stream:
                break
            await self._going.wait()
        if not self.done:
            self.done = True
            self.call.received_end()

    def _failure_of(self, error: Exception) -> Failure:
        if isinstance(error, OSError) or (isinstance(error, PredictionFailed) and error.status in NOT_STARTED):
            return not_sent(self.target, str(error))
        return lost(self.target, str(error))

    def _fail(self, failure: Failure) -> None:
        self.done = True
        self.call.attempt_failed(failure)


def _is_object(event: bytes) -> bool:
    """Whether an event looks like a JSON object on one line, which is what keeps a stream of events readable."""
    return event[:1] == b"{" and event[-1:] == b"}" and b"\n" not in event and b"\r" not in event


def _error_of(found: Prediction) -> Failure:
    error = CallError(found.status, found.message or "the worker failed", found.code or None, found.param or None)
    if found.status in PASSED_ON or found.status == 404:
        return Failure(Stage.FINAL, error)
    return Failure(Stage.REFUSED if found.status in REFUSED_STATUSES else Stage.UNCERTAIN, error)
