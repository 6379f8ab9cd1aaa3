"""A Memcached server."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from harness.processes import accepts, child, free_port, program, until


@contextmanager
def memcached() -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """Its URL, as our settings take it, and its process. Raises NotInstalled."""
    port = free_port()
    words = [program("memcached", "Memcached"), "-p", str(port), "-l", "127.0.0.1", "-u", "nobody", "-U", "0"]
    with child(words) as process:
        until(lambda: accepts(port), what="Memcached")
        yield f"memcached://127.0.0.1:{port}", process
