"""The health check of a container, which has no curl: are these services of this machine ready?

`python3 -m aistack.deploy.entrypoints.container_healthcheck [SERVICE...]` exits with status 0 when all are ready,
with 1 and the reason when one is not.
"""

import http.client
import json
import sys

from aistack.stack.catalogue import SIDECAR, WORKER
from aistack.stack.description import DescribedService, Stack
from aistack.stack.errors import StackError
from aistack.stack.loader import load_stack

SECONDS_MAX = 4.0
SERVING = b"\x08\x01"  # HealthCheckResponse with status 1


def unready(port: int) -> str:
    """Why a service is not ready; empty when it is. It may listen on IPv4 or IPv6 loopback."""
    reason = _unready("127.0.0.1", port)
    return reason and (_unready("::1", port) and reason)


def _unready(host: str, port: int) -> str:
    connection = http.client.HTTPConnection(host, port, timeout=SECONDS_MAX)
    try:
        connection.request("GET", "/health/ready")
        answer = connection.getresponse()
        body = answer.read(65536)
    except (OSError, http.client.HTTPException) as error:
        return f"port {port}: {error}"
    finally:
        connection.close()
    if answer.status == 200:
        return ""
    try:
        return f"port {port}: {json.loads(body)['failed']}"
    except (ValueError, KeyError, TypeError):
        return f"port {port}: status {answer.status}"


def unready_worker(address: str) -> str:
    """Why a worker does not answer grpc.health.v1 on its Unix socket; empty when it serves."""
    import asyncio

    from aistack.http2.grpc.channel import Channel
    from aistack.http2.grpc.status import RpcError

    async def check() -> bytes:
        channel = Channel(address)
        try:
            return await channel.unary("/grpc.health.v1.Health/Check", b"", SECONDS_MAX)
        finally:
            await channel.close()

    try:
        answer = asyncio.run(check())
    except (RpcError, OSError) as error:
        return f"{address}: {error}"
    return "" if answer == SERVING else f"{address}: not serving"


def reason_of(service: DescribedService, stack: Stack) -> str:
    """Why a service is not ready; empty when it is."""
    if service.name == WORKER:
        return unready_worker(f"unix:{stack.local_models.socket}")
    if service.name == SIDECAR:
        return unready(stack.local_models.metrics_port) if stack.local_models.metrics_port else ""
    return unready(service.port)


def main(names: tuple[str, ...]) -> int:
    try:
        stack = load_stack()
        services = stack.chosen(names)
    except (StackError, KeyError) as error:
        print(error)
        return 1
    reasons = [f"{service.name}: {reason}" for service in services if (reason := reason_of(service, stack))]
    print("; ".join(reasons) or "ready")
    return 1 if reasons else 0


if __name__ == "__main__":
    sys.exit(main(tuple(sys.argv[1:])))
