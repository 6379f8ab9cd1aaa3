"""`python -m benchmarks NAME [--json FILE]`: runs one benchmark and prints its table."""

import argparse
import importlib
import json
from pathlib import Path

from benchmarks.report import machine, printed

NAMES = ("start", "rag", "scale", "gateway", "sql", "deploy")

parser = argparse.ArgumentParser(prog="scripts/bench", description="Runs one benchmark.")
parser.add_argument("name", choices=NAMES)
parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows there too")
given = parser.parse_args()

rows = importlib.import_module(f"benchmarks.{given.name}").run()
report = {"bench": given.name, "machine": machine(), "rows": [row.as_dict() for row in rows]}
print(printed(given.name, report["machine"], rows))
if given.json:
    given.json.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
