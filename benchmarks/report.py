"""What a benchmark reports: rows, and the machine that they were measured on."""

import os
import platform
import sys
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One figure. `bar` is `>= 0.6` or `<= 150`, or empty where the figure is only reported."""

    name: str
    value: float
    unit: str
    bar: str = ""

    @property
    def holds(self) -> bool | None:
        if not self.bar:
            return None
        relation, limit = self.bar.split()
        return self.value >= float(limit) if relation == ">=" else self.value <= float(limit)

    def as_dict(self) -> dict[str, object]:
        return asdict(self) | {"holds": self.holds}


def skip(what: str) -> None:
    """Says in one line that a part is left out."""
    print(f"skipped: {what}", file=sys.stderr)


def machine() -> dict[str, object]:
    model = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        "",
    )
    memory_kib = int(Path("/proc/meminfo").read_text().split()[1])
    return {
        "cpu": model or platform.machine(),
        "cores": os.cpu_count(),
        "memory_gib": round(memory_kib / 2**20),
        "python": platform.python_version(),
        "kernel": platform.release(),
    }


def printed(name: str, where: dict[str, object], rows: list[Row], quick: bool) -> str:
    """A Markdown table."""
    note = ", a quick run: its figures mean nothing" if quick else ""
    lines = [f"{name} on {where['cpu']}, {where['cores']} cores, Python {where['python']}{note}", ""]
    lines += ["| Measurement | Result | Target | Met |", "|---|---|---|---|"]
    words = {True: "yes", False: "no", None: ""}
    lines += [f"| {row.name} | {row.value:g} {row.unit} | {row.bar} | {words[row.holds]} |" for row in rows]
    return "\n".join(lines)
