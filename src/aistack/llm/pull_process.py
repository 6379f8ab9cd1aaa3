"""A pull in a process of its own: `python -m aistack.llm.pull_process NAME MODELS [MIRROR]`.

Writes its progress to standard output, a JSON object a line: `{"file", "bytes", "total"}` a few times a second, at the
end `{"done": true}` or `{"error": TEXT}`. It may be killed at any moment; the next pull goes on from there.
"""

import json
import os
import sys
import time
from pathlib import Path

from aistack.llm.download import PullFailed, pull
from aistack.llm.known_models import KNOWN

REPORT_SECONDS = 0.2
NICENESS = 10  # hashing a gigabyte must not take the processor from those who serve


class Reports:
    """Writes progress, but not more often than every REPORT_SECONDS for a file."""

    def __init__(self) -> None:
        self._file = ""
        self._next = 0.0

    def __call__(self, file: str, received: int, total: int) -> None:
        now = time.monotonic()
        if file == self._file and now < self._next and received < total:
            return
        self._file, self._next = file, now + REPORT_SECONDS
        write({"file": file, "bytes": received, "total": total})


def write(report: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(report) + "\n")
    sys.stdout.flush()  # fails when the process that started this one is gone; then this one ends too


def main(name: str, models: str, mirror: str = "") -> int:
    """Returns the exit status."""
    os.nice(NICENESS)
    try:
        pull(KNOWN[name], Path(models), mirror, Reports())
    except PullFailed as error:
        write({"error": str(error)})
        return 1
    write({"done": True})
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
