"""The methods of cy.llm.AiInference, for the gRPC library's server."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

from aistack.chassis.telemetry.logs import get_log
from aistack.inference.backends.backend import PredictFailed
from aistack.inference.protocol import ai_service_pb2 as pb
from aistack.inference.worker.control import WorkerControl
from aistack.inference.worker.models import WorkerModels
from aistack.inference.worker.predictions import Counters, responses

SERVICE = "cy.llm.AiInference"
QUEUE_MAX = 64  # responses of one call that wait for the client
CALL_PREDICTIONS_MAX = 256
STATUSES = {400: "INVALID_ARGUMENT", 404: "NOT_FOUND", 409: "FAILED_PRECONDITION", 413: "INVALID_ARGUMENT",
            429: "RESOURCE_EXHAUSTED", 502: "UNAVAILABLE", 503: "UNAVAILABLE"}  # fmt: skip
UNREADABLE = PredictFailed(400, "invalid_message", "a message of the call cannot be read")

Response = pb.StreamPredictResponse


class InferenceService:
    """Answers calls until it is closed."""

    def __init__(self, models: WorkerModels, control: WorkerControl, counters: Counters) -> None:
        self._models = models
        self._control = control
        self._counters = counters

    def handlers(self) -> Any:
        """The service's methods, as the library takes them."""
        import grpc

        methods = {
            "StreamPredict": grpc.stream_stream_rpc_method_handler(
                self.stream_predict, pb.StreamPredictRequest.FromString, Response.SerializeToString
            ),
            "Control": grpc.unary_unary_rpc_method_handler(
                self.control, pb.ControlMessage.FromString, pb.ControlMessage.SerializeToString
            ),
            "Health": grpc.unary_unary_rpc_method_handler(
                self.health, pb.WorkerHealthRequest.FromString, pb.WorkerHealthResponse.SerializeToString
            ),
        }
        return grpc.method_handlers_generic_handler(SERVICE, methods)

    async def stream_predict(
        self, requests: AsyncIterator[pb.StreamPredictRequest], context: Any
    ) -> AsyncGenerator[Response]:
        """Runs each request at once; the responses interleave. The call's end, or its cancelling, stops them all."""
        call = _Call()
        reading = asyncio.create_task(self._read(requests, call))
        try:
            while (response := await call.queue.get()) is not None:
                yield response
            if call.unreadable or (call.count == 1 and call.failure is not None):
                await _abort(context, call.failure or UNREADABLE)
        finally:
            for task in (reading, *call.running):
                task.cancel()
            for task in (reading, *call.running):
                with contextlib.suppress(asyncio.CancelledError, Exception):
                    await task

    async def control(self, request: pb.ControlMessage, context: Any) -> pb.ControlMessage:
        """Runs a command."""
        try:
            payload = await self._control.run(request.command, dict(request.payload))
        except PredictFailed as error:
            await _abort(context, error)
            raise
        return pb.ControlMessage(trace_id=request.trace_id, command=request.command, payload=payload)

    async def health(self, request: pb.WorkerHealthRequest, context: Any) -> pb.WorkerHealthResponse:
        """Healthy unless it drains, with everything that is counted."""
        return pb.WorkerHealthResponse(healthy=not self._control.draining, metrics=await self._control.metrics())

    async def _read(self, requests: AsyncIterator[pb.StreamPredictRequest], call: "_Call") -> None:
        try:
            async for request in requests:
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


async def _abort(context: Any, error: PredictFailed) -> None:
    import grpc

    status = grpc.StatusCode[STATUSES.get(error.status, "INTERNAL")]
    await context.abort(status, error.message, (("x-error-code", error.code),))
