"""`python -m benchmarks NAME [--quick] [--json FILE]`: runs one benchmark, or all in turn, and prints its table."""

import argparse
import importlib
import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.report import machine, printed
from harness.processes import NotInstalled

NAMES = (
    "start", "rag", "scale", "access", "gateway", "chat", "inference", "sql", "questions", "answers", "reading",
    "trend", "agent", "deploy",
)  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Runs one benchmark, or all of them in turn.")
    parser.add_argument("name", choices=(*NAMES, "all"))
    parser.add_argument("--quick", action="store_true", help="seconds on small inputs: does it run, not how fast")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows there too")
    given = parser.parse_args()
    if given.name == "all":
        return _all(sys.argv[1:])
    try:
        rows = importlib.import_module(f"benchmarks.{given.name}").run(given.quick)
    except NotInstalled as error:
        print(f"{given.name} cannot run: {error}", file=sys.stderr)
        return 1
    if given.quick:
        rows = [replace(row, bar="") for row in rows]
    report = {
        "bench": given.name, "quick": given.quick, "machine": machine(), "rows": [row.as_dict() for row in rows],
    }  # fmt: skip
    print(printed(given.name, report["machine"], rows, given.quick))
    if given.json:
        given.json.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    return 0


def _all(words: list[str]) -> int:
    """Each in a process of its own: they bind themselves to cores and measure their own memory."""
    if "--json" in words:
        print("--json goes with one benchmark", file=sys.stderr)
        return 2
    failed: list[str] = []
    for name in NAMES:
        begun = time.monotonic()
        command = [sys.executable, "-m", "benchmarks", *(name if word == "all" else word for word in words)]
        if subprocess.run(command).returncode:
            failed.append(name)
        print(f"\n{name}: {time.monotonic() - begun:.0f} s\n", flush=True)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
