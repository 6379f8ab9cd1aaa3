"""The side of a worker process: it answers requests from stdin, one after the other. Imports little.

A message is its length (4 bytes, big-endian) and JSON. The process limits its own memory, and exits when its parent
closes stdin.
"""

import json
import resource
import sys
from collections.abc import Callable
from typing import Any

MESSAGE_LENGTH_BYTES = 4
MIB = 1024 * 1024

Answer = Callable[[dict[str, Any]], dict[str, Any]]


def serve(answer: Answer) -> None:
    """Answers requests from stdin on stdout, within the memory that the first argument gives in MiB."""
    memory_bytes = int(sys.argv[1]) * MIB
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while len(length := source.read(MESSAGE_LENGTH_BYTES)) == MESSAGE_LENGTH_BYTES:
        sink.write(encoded(answer(json.loads(source.read(int.from_bytes(length, "big"))))))
        sink.flush()


def encoded(message: dict[str, Any]) -> bytes:
    body = json.dumps(message).encode()
    return len(body).to_bytes(MESSAGE_LENGTH_BYTES, "big") + body
