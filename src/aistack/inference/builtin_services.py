"""grpc.health.v1.Health and reflection, so that load balancers, grpc_health_probe and grpcurl work as they are."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable

from aistack.http2.grpc.server_calls import Method, unary
from aistack.http2.grpc.status import RpcError, Status
from aistack.inference.protocol.descriptors import Descriptors, load
from aistack.inference.protocol.messages import SERVICE
from aistack.inference.protocol.wire_format import (
    Malformed,
    fields,
    put_bytes,
    put_varint,
    text,
)  # fmt: skip

SERVING, NOT_SERVING, SERVICE_UNKNOWN = 1, 2, 3
HEALTH_SERVICE = "grpc.health.v1.Health"
REFLECTION_SERVICES = ("grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection")
CHECK, WATCH = f"/{HEALTH_SERVICE}/Check", f"/{HEALTH_SERVICE}/Watch"
KNOWN = ("", SERVICE, HEALTH_SERVICE)
# Fields of ServerReflectionRequest and of ServerReflectionResponse.
HOST, BY_FILENAME, BY_SYMBOL, BY_EXTENSION, EXTENSION_NUMBERS, LIST_SERVICES = 1, 3, 4, 5, 6, 7
VALID_HOST, ORIGINAL_REQUEST, FILES, SERVICES, ERROR = 1, 2, 4, 6, 7


class HealthService:
    """Serving while `is_serving` says so. `changed` gives a future for the next change.

    One that is done already means that nothing will change any more: then Watch ends.
    """

    def __init__(self, is_serving: Callable[[], bool], changed: Callable[[], "asyncio.Future[None]"]) -> None:
        self._is_serving = is_serving
        self._changed = changed

    async def check(self, message: bytes) -> bytes:
        """Raises RpcError."""
        state = self._state(_health_service(message))
        if state == SERVICE_UNKNOWN:
            raise RpcError(Status.NOT_FOUND, "unknown service")
        return _health_response(state)

    async def watch(self, requests: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
        async for message in requests:
            service = _health_service(message)
            before = -1
            while True:
                change = self._changed()
                state = self._state(service)
                if state != before:
                    yield _health_response(state)
                before = state
                if change.done():
                    return
                await asyncio.shield(change)

    def _state(self, service: str) -> int:
        if service not in KNOWN:
            return SERVICE_UNKNOWN
        return SERVING if self._is_serving() else NOT_SERVING


def _health_service(message: bytes) -> str:
    try:
        return next((text(value) for number, value in fields(message) if number == 1), "")
    except Malformed as error:
        raise RpcError(Status.INVALID_ARGUMENT, f"the HealthCheckRequest is malformed: {error}") from None


def _health_response(state: int) -> bytes:
    return put_varint(1 << 3) + put_varint(state)


def builtin_methods(health: HealthService) -> dict[str, Method]:
    """The methods of health and reflection, by path."""
    reflection = Reflection()
    found: dict[str, Method] = {
        CHECK: unary(health.check),
        WATCH: health.watch,
    }
    return found | {f"/{name}/ServerReflectionInfo": reflection.info for name in REFLECTION_SERVICES}


class Reflection:
    """Server reflection; the descriptors are read at the first request."""

    def __init__(self) -> None:
        self._descriptors: Descriptors | None = None

    async def info(self, requests: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
        descriptors = self._descriptors = self._descriptors or load()
        async for message in requests:
            try:
                asked = dict(fields(message))
                host = text(asked.get(HOST, b""))
                answer = _answer(descriptors, asked)
            except Malformed as error:
                raise RpcError(Status.INVALID_ARGUMENT, f"the request is malformed: {error}") from None
            yield put_bytes(VALID_HOST, host.encode()) + put_bytes(ORIGINAL_REQUEST, message) + answer


def _answer(found: Descriptors, asked: dict[int, int | bytes]) -> bytes:
    if LIST_SERVICES in asked:
        services = b"".join(put_bytes(1, put_bytes(1, name.encode())) for name in found.services)
        return put_bytes(SERVICES, services)
    name = ""
    if BY_FILENAME in asked:
        name = text(asked[BY_FILENAME])
    elif BY_SYMBOL in asked:
        symbol = text(asked[BY_SYMBOL])
        name = found.symbols.get(symbol, "")
        if not name:
            return _error(f"there is no symbol {symbol}")
    elif BY_EXTENSION in asked or EXTENSION_NUMBERS in asked:
        return _error("no message has extensions")
    file = found.files.get(name)
    return put_bytes(FILES, put_bytes(1, file)) if file is not None else _error(f"there is no file {name}")


def _error(message: str) -> bytes:
    return put_bytes(ERROR, put_varint(1 << 3) + put_varint(Status.NOT_FOUND) + put_bytes(2, message.encode()))
