"""The worker's server: gRPC on a private Unix socket, with grpc.health.v1 and reflection."""

import asyncio
import os
from pathlib import Path

from aistack.http2.grpc.metadata import call_head
from aistack.http2.grpc.refusals import refused, refused_request
from aistack.http2.grpc.server_calls import ServerCall
from aistack.http2.grpc.status import Status
from aistack.http2.multiplexing.stream import Stream, StreamHandler
from aistack.http2.server import Server
from aistack.http2.unix_sockets import SocketRefused, bind, only_users, remove, socket_id
from aistack.http2.wire.header_fields import Fields
from aistack.inference.builtin_services import HealthService, builtin_methods
from aistack.inference.worker.service import InferenceService
from aistack.inference.worker.settings import CannotStart

MESSAGE_BYTES_MAX = 80 << 20
CALLS_MAX = 4_096


class WorkerServer:
    """Listens until it is drained; only this user, and root, may connect."""

    def __init__(self, path: Path, service: InferenceService) -> None:
        self._path = path
        self._socket: tuple[int, int] | None = None
        self._calls = 0
        self._serving = True
        self._stopped = asyncio.get_running_loop().create_future()
        health = HealthService(lambda: self._serving, lambda: self._stopped)
        methods = service.methods | builtin_methods(health)
        self._methods = {path.encode(): method for path, method in methods.items()}
        self._server = Server(self._accept, check_peer=only_users(frozenset((os.getuid(), 0))))

    async def start(self) -> None:
        """Raises CannotStart."""
        try:
            listener = bind(self._path)
        except (SocketRefused, OSError) as error:
            raise CannotStart(str(error)) from None
        self._socket = socket_id(self._path)
        await self._server.listen(listener)

    async def drain(self, seconds: float) -> None:
        """Lets calls in progress end, for so long, and removes the socket."""
        self._serving = False
        self._stopped.set_result(None)
        await self._server.drain(seconds)
        remove(self._path, self._socket)

    def _accept(self, stream: Stream, fields: Fields, ended: bool) -> StreamHandler:
        path = call_head(fields).path
        method = self._methods.get(path)
        if not path:
            return refused_request(stream, ended)
        if method is None:
            return refused(stream, ended, Status.UNIMPLEMENTED, "Method not found!")
        if self._calls >= CALLS_MAX:
            text = f"{self._calls} calls are in progress; try again later"
            return refused(stream, ended, Status.RESOURCE_EXHAUSTED, text)
        self._calls += 1
        return ServerCall(stream, fields, ended, method, self._call_ended, MESSAGE_BYTES_MAX)

    def _call_ended(self) -> None:
        self._calls -= 1
