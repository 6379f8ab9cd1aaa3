"""A ChromaDB server from PyPI."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.processes import answers, child, free_port, missing, until


@contextmanager
def chroma(folder: Path) -> Iterator[str]:
    """Its URL, as our settings take it; it keeps its data and its log in the folder. Raises NotInstalled."""
    program, port = Path(sys.executable).with_name("chroma"), free_port()
    if not program.exists():
        missing("ChromaDB")
    words = [program, "run", "--path", folder, "--host", "127.0.0.1", "--port", str(port)]
    environ = os.environ | {"ANONYMIZED_TELEMETRY": "FALSE"}
    with (folder / "log").open("wb") as log, child(words, stdout=log, stderr=log, cwd=folder, env=environ):
        until(lambda: answers(f"http://127.0.0.1:{port}/api/v2/heartbeat"), what="ChromaDB")
        yield f"chroma://127.0.0.1:{port}"
