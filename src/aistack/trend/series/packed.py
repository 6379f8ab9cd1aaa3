"""Points as text, between the service and its worker process: little-endian numbers in base64. Uses no numpy."""

import base64
import sys
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field


def _times() -> "array[int]":
    return array("q")


def _values() -> "array[float]":
    return array("d")


@dataclass(frozen=True, slots=True)
class PackedPoints:
    """`times` (n,) microseconds since 1970, and `values` (n,)."""

    times: "array[int]" = field(default_factory=_times)
    values: "array[float]" = field(default_factory=_values)

    def add(self, rows: Iterable[tuple[int, float]]) -> None:
        for at, value in rows:
            self.times.append(at)
            self.values.append(value)

    def __len__(self) -> int:
        return len(self.times)

    def to_wire(self) -> dict[str, str]:
        return {"times": _encoded(self.times), "values": _encoded(self.values)}

    @classmethod
    def from_wire(cls, form: dict[str, str]) -> "PackedPoints":
        points = cls()
        points.times.frombytes(base64.b64decode(form["times"]))
        points.values.frombytes(base64.b64decode(form["values"]))
        if sys.byteorder == "big":
            points.times.byteswap()
            points.values.byteswap()
        return points


def _encoded(numbers: "array[int] | array[float]") -> str:
    if sys.byteorder == "big":
        numbers = numbers[:]
        numbers.byteswap()
    return base64.b64encode(numbers.tobytes()).decode()
