"""Clients of inference sidecars."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from aistack.gateway.models.calls.sidecar_attempt import PredictionFailed, SidecarClient

KEEPALIVE_SECONDS = 5.0


class _Client:
    """`aistack.inference.client`, imported when the first sidecar is called."""

    def __init__(self, address: str) -> None:
        from aistack.inference.client import InferenceClient

        self._client = InferenceClient(address, keepalive_seconds=KEEPALIVE_SECONDS)

    async def stream_predict(self, request: bytes) -> AsyncGenerator[bytes]:
        from aistack.inference.client import RpcError

        try:
            async with aclosing(self._client.stream_predict(request)) as responses:
                async for response in responses:
                    yield response
        except RpcError as error:
            raise PredictionFailed(str(error), int(error.status)) from None

    async def close(self) -> None:
        await self._client.close()


def sidecar_client(address: str) -> SidecarClient:
    """The client for a sidecar's address. The connection is made when it is needed."""
    return _Client(address)
