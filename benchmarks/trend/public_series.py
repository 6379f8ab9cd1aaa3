"""The public collections of series, from the folder of `benchmarks.datasets`, divided in two by a hash of their
names."""

import csv
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.datasets import FOLDER


def half(name: str) -> str:
    """Settings were chosen on half a; half b shows how series fare that nobody looked at."""
    return "ab"[hashlib.sha256(name.encode()).digest()[0] % 2]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A file of the Numenta Anomaly Benchmark; `windows` as first and last row."""

    name: str
    values: np.ndarray
    step_seconds: float
    windows: tuple[tuple[int, int], ...]


def nab(folder: Path = FOLDER / "nab") -> Iterator[Labelled]:
    labels = json.loads((folder / "combined_windows.json").read_text())
    for path in sorted((folder / "data").rglob("*.csv")):
        name = f"{path.parent.name}/{path.name}"
        with path.open() as file:
            rows = list(csv.DictReader(file))
        stamps = [row["timestamp"] for row in rows]
        windows = []
        for left, right in labels[name]:
            inside = [at for at, stamp in enumerate(stamps) if left[:19] <= stamp <= right[:19]]
            windows.append((inside[0], inside[-1]))
        times = np.array(stamps, "datetime64[s]").astype(np.int64)
        step = float(np.median(np.diff(times[:50])))
        yield Labelled(name, np.array([float(row["value"]) for row in rows]), step, tuple(windows))


@dataclass(frozen=True, slots=True)
class Annotated:
    """A series of the Turing Change Point Dataset, gaps filled, with each annotator's change points."""

    name: str
    values: np.ndarray
    annotations: tuple[tuple[int, ...], ...]


def turing(folder: Path = FOLDER / "tcpd") -> Iterator[Annotated]:
    for name, annotators in sorted(json.loads((folder / "annotations.json").read_text()).items()):
        if not (path := folder / f"{name}.json").exists():
            continue
        raw = json.loads(path.read_text())["series"][0]["raw"]
        values = np.array([np.nan if one is None else one for one in raw], float)
        known = np.flatnonzero(np.isfinite(values))
        filled = np.interp(np.arange(values.size), known, values[known])
        yield Annotated(name, filled, tuple(tuple(points) for points in annotators.values()))


@dataclass(frozen=True, slots=True)
class Competed:
    """An hourly series of M4: what was given and what came."""

    name: str
    past: np.ndarray
    future: np.ndarray


def m4_hourly(every: int = 1, folder: Path = FOLDER / "m4") -> Iterator[Competed]:
    past, future = (_rows(folder / f"Hourly-{part}.csv") for part in ("train", "test"))
    for name in list(past)[::every]:
        yield Competed(name, past[name], future[name])


def _rows(path: Path) -> dict[str, np.ndarray]:
    with path.open() as file:
        rows = list(csv.reader(file))[1:]
    return {row[0]: np.array([float(one) for one in row[1:] if one]) for row in rows}
