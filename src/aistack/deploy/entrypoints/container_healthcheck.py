"""The health check of a container, which has no curl: are these services of this machine ready?

`python3 -m aistack.deploy.entrypoints.container_healthcheck [SERVICE...]` exits with status 0 when all are ready,
with 1 and the reason when one is not.
"""

import http.client
import json
import sys

from aistack.stack.errors import StackError
from aistack.stack.loader import load_stack

SECONDS_MAX = 4.0


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


def main(names: tuple[str, ...]) -> int:
    try:
        services = load_stack().chosen(names)
    except (StackError, KeyError) as error:
        print(error)
        return 1
    reasons = [f"{service.name}: {reason}" for service in services if (reason := unready(service.port))]
    print("; ".join(reasons) or "ready")
    return 1 if reasons else 0


if __name__ == "__main__":
    sys.exit(main(tuple(sys.argv[1:])))
