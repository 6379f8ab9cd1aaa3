"""What open connections cost: memory with none, with a thousand and with ten thousand keep-alive connections."""

import resource
import socket
import time
from contextlib import ExitStack
from urllib.parse import urlsplit

from benchmarks.gateway.peers import KEY, PROXY_CORE, Scene, until_answers
from benchmarks.report import Row


def idle_connections(scene: Scene) -> list[Row]:
    """Each connection has carried one request. PSS of the gateway's process, control app included.

    The gateway is started a second time for this: what made its tables at the first start stays in memory till then.
    """
    assert scene.stack is not None
    scene.stack.command("restart", prefix=("taskset", "-c", PROXY_CORE))
    until_answers(scene.urls["gateway"])
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    address = urlsplit(scene.urls["gateway"])
    request = f"GET {address.path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {KEY}\r\n\r\n".encode()
    rows = [Row("gateway, memory without connections (PSS)", round(scene.stack.memory_mib(), 1), "MiB", "<= 45")]
    bars = {1_000: "<= 90", 10_000: ""}
    with ExitStack() as held:
        opened = 0
        for number, bar in bars.items():
            while opened < number:
                client = held.enter_context(socket.create_connection((address.hostname, address.port)))
                client.sendall(request)
                client.recv(4096)
                opened += 1
            time.sleep(2)
            name = f"gateway, memory with {number} keep-alive connections (PSS)"
            rows.append(Row(name, round(scene.stack.memory_mib(), 1), "MiB", bar))
    return rows
