"""A bounded history of numbers in one contiguous array, with a state for JSON."""

import base64
from typing import cast

import numpy as np

from aistack.trend.series.statistics import FloatArray


class Ring:
    """The last `capacity` numbers, oldest first."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._cells = np.empty(2 * capacity)
        self._end = 0

    @property
    def size(self) -> int:
        return min(self._end, self.capacity)

    @property
    def values(self) -> FloatArray:
        """A view (size,) that holds until the next `append`."""
        return self._cells[max(0, self._end - self.capacity) : self._end]

    def append(self, value: float) -> None:
        if self._end == self._cells.size:
            self._cells[: self.capacity] = self._cells[self.capacity :]
            self._end = self.capacity
        self._cells[self._end] = value
        self._end += 1

    def state(self) -> dict[str, object]:
        return {"capacity": self.capacity, "values": base64.b64encode(self.values.astype("<f8").tobytes()).decode()}

    @classmethod
    def restored(cls, state: object) -> "Ring":
        """Raises ValueError, KeyError or TypeError for what is no state of a ring."""
        if not isinstance(state, dict):
            raise TypeError("the state of a ring is an object")
        fields = cast(dict[str, object], state)
        values = np.frombuffer(base64.b64decode(str(fields["values"]), validate=True), "<f8")
        ring = cls(int(str(fields["capacity"])))
        if values.size > ring.capacity:
            raise ValueError(f"{values.size} values in a ring of {ring.capacity}")
        ring._cells[: values.size] = values
        ring._end = values.size
        return ring
