"""Calls an inference sidecar, or a worker: predictions, control and health, without the gRPC library."""

import socket
from collections.abc import AsyncGenerator, Callable

from aistack.http2.grpc.channel import Channel
from aistack.http2.grpc.status import RpcError, Status
from aistack.http2.wire.header_fields import Field
from aistack.inference.protocol.messages import (
    CONTROL,
    HEALTH,
    STREAM_PREDICT,
    ControlMessage,
    WorkerHealth,
    health_request,
)  # fmt: skip
from aistack.inference.protocol.wire_format import Malformed

__all__ = ["ControlMessage", "InferenceClient", "RpcError", "Status", "WorkerHealth"]
CONTROL_SECONDS = 600.0
HEALTH_SECONDS = 5.0


class InferenceClient:
    """A client of `unix:/PATH` or `HOST:PORT`. Calls share connections, which are opened again when they are lost.

    Needs a running event loop. Errors are RpcError with the gRPC status: UNAVAILABLE when nothing is there,
    DEADLINE_EXCEEDED after `seconds`, RESOURCE_EXHAUSTED when the queue is full, else what the server says.
    """

    def __init__(
        self,
        address: str,
        check_peer: Callable[[socket.socket], str] | None = None,
        keepalive_seconds: float | None = None,
    ) -> None:
        """`keepalive_seconds` is for sidecars only: one that gives no sign of life for twice as long is UNAVAILABLE."""
        self.address = address
        self._channel = Channel(address, check_peer=check_peer, keepalive_seconds=keepalive_seconds)

    def stream_predict(
        self, request: bytes, seconds: float | None = None, metadata: tuple[Field, ...] = ()
    ) -> AsyncGenerator[bytes]:
        """The StreamPredictResponses, serialized, to one StreamPredictRequest. Closing it early stops the prediction.

        Use `contextlib.aclosing` where the loop may be left early. Raises RpcError.
        """
        return self._channel.stream(STREAM_PREDICT, request, seconds, metadata)

    async def control(self, message: ControlMessage, seconds: float = CONTROL_SECONDS) -> ControlMessage:
        """Raises RpcError."""
        answer = await self._channel.unary(CONTROL, message.encode(), seconds)
        try:
            return ControlMessage.decode(answer)
        except Malformed as error:
            raise RpcError(Status.INTERNAL, f"the answer to {message.command} is malformed: {error}") from None

    async def health(self, seconds: float = HEALTH_SECONDS) -> WorkerHealth:
        """Raises RpcError."""
        answer = await self._channel.unary(HEALTH, health_request(), seconds)
        try:
            return WorkerHealth.decode(answer)
        except Malformed as error:
            raise RpcError(Status.INTERNAL, f"the answer to Health is malformed: {error}") from None

    async def close(self) -> None:
        """Calls in progress fail with UNAVAILABLE."""
        await self._channel.close()
