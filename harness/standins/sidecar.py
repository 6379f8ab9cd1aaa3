"""Stands for the client of an inference sidecar: predictions of cy.llm that are written in the test."""

import asyncio
import json
from collections.abc import AsyncIterator

from aistack.gateway.models.calls.sidecar_attempt import PredictionFailed

CHAT = 1


def varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value))


def bytes_field(number: int, value: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(value)) + value


def number_field(number: int, value: int) -> bytes:
    return varint(number << 3) + varint(value)


def response(event: dict | None = None, *, usage: tuple[int, int] | None = None, end: bool = False) -> bytes:
    """A StreamPredictResponse, with a legacy field (ttft_ms) that calls skip."""
    out = bytes_field(1, b"trace") + varint(5 << 3 | 5) + b"\0\0\0\0"
    if event is not None:
        out += bytes_field(102, json.dumps(event).encode())
    if usage is not None:
        out += bytes_field(101, number_field(1, usage[0]) + number_field(2, usage[1]))
    return out + (number_field(3, 1) if end else b"")


def failure(status: int, code: str, message: str) -> bytes:
    """The last response of a prediction that failed."""
    error = number_field(1, status) + bytes_field(2, code.encode()) + bytes_field(3, message.encode())
    return number_field(3, 1) + bytes_field(105, error)


class StandInSidecar:
    """`responses` are sent one after the other; an event is waited for, an exception is raised. `closed` counts calls
    that were given up."""

    def __init__(self) -> None:
        self.responses: list[bytes | asyncio.Event | PredictionFailed] = []
        self.requests: list[bytes] = []
        self.closed = asyncio.Event()

    async def stream_predict(self, request: bytes) -> AsyncIterator[bytes]:
        self.requests.append(request)
        try:
            for one in self.responses:
                if isinstance(one, asyncio.Event):
                    await one.wait()
                elif isinstance(one, PredictionFailed):
                    raise one
                else:
                    yield one
        except (asyncio.CancelledError, GeneratorExit):
            self.closed.set()
            raise

    async def close(self) -> None:
        """The gateway needs it no more."""
