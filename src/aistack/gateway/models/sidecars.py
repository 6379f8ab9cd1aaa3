"""Clients of inference sidecars."""

from aistack.gateway.models.calls.sidecar_attempt import PredictionFailed, SidecarClient

UNIMPLEMENTED = 12


class _NoClient:
    """Stands for the client while this installation has none: every call of a sidecar fails before it is sent."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def stream_predict(self, request: bytes):
        raise PredictionFailed(f"this installation has no client for the sidecar at {self._address}", UNIMPLEMENTED)
        yield b""  # pyright: ignore[reportUnreachable] -- makes this a generator


def sidecar_client(address: str) -> SidecarClient:
    """The client for a sidecar's address. The connection is made when it is needed."""
    return _NoClient(address)
