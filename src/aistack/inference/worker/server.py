"""The worker's server: gRPC on a private Unix socket, with grpc.health.v1 and reflection."""

import contextlib
import os
import socket
import stat
from pathlib import Path
from typing import Any

from aistack.inference.worker.service import SERVICE, InferenceService
from aistack.inference.worker.settings import CannotStart

MESSAGE_BYTES_MAX = 80 << 20
PATH_BYTES_MAX = 107
STREAMS_MAX = 1000


async def start_server(path: Path, service: InferenceService) -> Any:
    """A running grpc.aio server. Raises CannotStart."""
    import grpc.aio
    from grpc_health.v1 import health, health_pb2, health_pb2_grpc
    from grpc_reflection.v1alpha import reflection

    library: Any = health
    add_health: Any = getattr(health_pb2_grpc, "add_HealthServicer_to_server")  # noqa: B009 -- it has no types

    options = [
        ("grpc.so_reuseport", 0),
        ("grpc.max_receive_message_length", MESSAGE_BYTES_MAX),
        ("grpc.max_send_message_length", MESSAGE_BYTES_MAX),
        ("grpc.max_concurrent_streams", STREAMS_MAX),
    ]
    server = grpc.aio.server(options=options)
    server.add_generic_rpc_handlers((service.handlers(),))
    servicer: Any = library.aio.HealthServicer()
    add_health(servicer, server)
    for name in ("", SERVICE):
        await servicer.set(name, health_pb2.HealthCheckResponse.SERVING)
    names = (SERVICE, library.SERVICE_NAME, reflection.SERVICE_NAME)
    reflection.enable_server_reflection(names, server)
    prepare(path)
    mask = os.umask(0o177)
    try:
        if not server.add_insecure_port(f"unix:{path}"):
            raise CannotStart(f"cannot listen on {path}")
        await server.start()
    except RuntimeError as error:
        raise CannotStart(f"cannot listen on {path}: {error}") from None
    finally:
        os.umask(mask)
    return server


def prepare(path: Path) -> None:
    """Makes the socket's folder (0700) and removes a socket nobody listens on. Raises CannotStart."""
    if len(os.fsencode(path)) > PATH_BYTES_MAX:
        raise CannotStart(f"{path} is longer than {PATH_BYTES_MAX} bytes; choose a shorter path")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    about = path.parent.stat()
    if about.st_mode & 0o022 and not about.st_mode & stat.S_ISVTX:
        raise CannotStart(f"others may write to {path.parent}; run: chmod 700 {path.parent}")
    if not os.path.lexists(path):
        return
    if not stat.S_ISSOCK(path.lstat().st_mode):
        raise CannotStart(f"{path} exists and is not a socket; remove it or choose another path")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
            return
    raise CannotStart(f"another worker listens on {path}; stop it or choose another --uds-path")
