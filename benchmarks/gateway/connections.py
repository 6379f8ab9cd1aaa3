"""What open connections cost: memory with none, and with so many keep-alive connections."""

import resource
import socket
import time
from contextlib import ExitStack
from urllib.parse import urlsplit

from benchmarks.gateway.load import Size
from benchmarks.gateway.peers import KEY, PROXY_CORE, Proxies, until_answers
from benchmarks.report import Row


def idle_connections(running: Proxies, size: Size) -> list[Row]:
    """Each connection has carried one request. PSS of the gateway's process, control app included.

    The gateway is started a second time for this: what made its tables at the first start stays in memory till then.
    """
    running.stack.run("restart", prefix=("taskset", "-c", PROXY_CORE))
    until_answers(running.urls["gateway"])
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    address = urlsplit(running.urls["gateway"])
    request = f"GET {address.path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {KEY}\r\n\r\n".encode()
    rows = [Row("gateway, memory without connections (PSS)", round(running.stack.memory_mib(), 1), "MiB", "<= 45")]
    bars = {1_000: "<= 90"}
    with ExitStack() as held:
        opened = 0
        for number in size.connections:
            while opened < number:
                client = held.enter_context(socket.create_connection((address.hostname, address.port)))
                client.sendall(request)
                client.recv(4096)
                opened += 1
            time.sleep(2)
            name = f"gateway, memory with {number} keep-alive connections (PSS)"
            rows.append(Row(name, round(running.stack.memory_mib(), 1), "MiB", bars.get(number, "")))
    return rows
