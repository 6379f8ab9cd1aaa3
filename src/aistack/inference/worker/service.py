"""The methods of cy.llm.AiInference: messages in, messages out."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from typing import NoReturn, TypeVar

from google.protobuf.message import DecodeError, Message

from aistack.chassis.telemetry.logs import get_log
from aistack.http2.grpc.server_calls import Method, unary
from aistack.http2.grpc.status import RpcError, Status, encoded_message
from aistack.inference.backends.backend import PredictFailed
from aistack.inference.protocol import ai_service_pb2 as pb
from aistack.inference.protocol.messages import CONTROL, HEALTH, STREAM_PREDICT
from aistack.inference.worker.control import WorkerControl
from aistack.inference.worker.models import WorkerModels
from aistack.inference.worker.predictions import Counters, responses

QUEUE_MAX = 64  # responses of one call that wait for the client
CALL_PREDICTIONS_MAX = 256
STATUSES = {
    400: Status.INVALID_ARGUMENT, 404: Status.NOT_FOUND, 409: Status.FAILED_PRECONDITION, 413: Status.INVALID_ARGUMENT,
    429: Status.RESOURCE_EXHAUSTED, 502: Status.UNAVAILABLE, 503: Status.UNAVAILABLE,
}  # fmt: skip
UNREADABLE = PredictFailed(400, "invalid_message", "a message of the call cannot be read")

AnyMessage = TypeVar("AnyMessage", bound=Message)
Response = pb.StreamPredictResponse


class InferenceService:
    """Answers calls until it is closed."""

    def __init__(self, models: WorkerModels, control: WorkerControl, counters: Counters) -> None:
        self._models = models
        self._control = control
        self._counters = counters

    @property
    def methods(self) -> dict[str, Method]:
        """By path."""
        return {
            STREAM_PREDICT: self.stream_predict,
            CONTROL: unary(self.control),
            HEALTH: unary(self.health),
        }

    async def stream_predict(self, requests: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
        """Runs each request at once; the responses interleave. The call's end, or its cancelling, stops them all."""
        call = _Call()
        reading = asyncio.create_task(self._run_all(requests, call))
        try:
            while (response := await call.queue.get()) is not None:
                yield response.SerializeToString()
            if call.unreadable or (call.count == 1 and call.failure is not None):
                _abort(call.failure or UNREADABLE)
        finally:
            for task in (reading, *call.running):
                task.cancel()
            for task in (reading, *call.running):
                with contextlib.suppress(asyncio.CancelledError, Exception):
                    await task

    async def control(self, message: bytes) -> bytes:
        """Runs a command."""
        request = _read(pb.ControlMessage(), message)
        try:
            payload = await self._control.run(request.command, dict(request.payload))
        except PredictFailed as error:
            _abort(error)
        answer = pb.ControlMessage(trace_id=request.trace_id, command=request.command, payload=payload)
        return answer.SerializeToString()

    async def health(self, message: bytes) -> bytes:
        """Healthy unless it drains, with everything that is counted."""
        _read(pb.WorkerHealthRequest(), message)
        answer = pb.WorkerHealthResponse(healthy=not self._control.draining, metrics=await self._control.metrics())
        return answer.SerializeToString()

    async def _run_all(self, requests: AsyncIterator[bytes], call: "_Call") -> None:
        try:
            async for message in requests:
                request = _read(pb.StreamPredictRequest(), message)
                call.count += 1
                if self._control.draining or len(call.running) >= CALL_PREDICTIONS_MAX:
                    await call.refuse(request, self._control.draining)
                    continue
                task = asyncio.create_task(self._predict(request, call))
                call.running.add(task)
                task.add_done_callback(call.running.discard)
            while call.running:
                await asyncio.wait(call.running)
        except Exception as error:
            call.unreadable = True
            get_log("worker").warning("call.unreadable", error=str(error) or type(error).__name__)
        finally:
            if not (task := asyncio.current_task()) or not task.cancelling():
                await call.queue.put(None)

    async def _predict(self, request: pb.StreamPredictRequest, call: "_Call") -> None:
        async with contextlib.aclosing(responses(request, self._models, self._counters)) as made:
            async for response in made:
                if response.HasField("error"):
                    error = response.error
                    call.failure = PredictFailed(error.status, error.code, error.message, error.param)
                await call.queue.put(response)


class _Call:
    """The state of one StreamPredict call."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[Response | None] = asyncio.Queue(QUEUE_MAX)
        self.running: set[asyncio.Task[None]] = set()
        self.count = 0
        self.failure: PredictFailed | None = None
        self.unreadable = False

    async def refuse(self, request: pb.StreamPredictRequest, draining: bool) -> None:
        status, code, text = 503, "draining", "the worker is draining; try another one"
        if not draining:
            status, code, text = 429, "too_many_requests", f"a call has at most {CALL_PREDICTIONS_MAX} requests at once"
        self.failure = PredictFailed(status, code, text)
        error = pb.PredictError(status=status, code=code, message=text)
        trace_id = request.metadata.trace_id
        await self.queue.put(Response(trace_id=trace_id, end_of_stream=True, finish_reason="error", error=error))


def _read(into: AnyMessage, message: bytes) -> AnyMessage:
    """Raises RpcError."""
    try:
        into.ParseFromString(message)
    except DecodeError as error:
        raise RpcError(Status.INVALID_ARGUMENT, f"the message cannot be read: {error}") from None
    return into


def _abort(error: PredictFailed) -> NoReturn:
    status = STATUSES.get(error.status, Status.INTERNAL)
    raise RpcError(status, error.message, ((b"x-error-code", encoded_message(error.code)),))
