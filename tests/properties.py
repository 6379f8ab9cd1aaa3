"""How many examples a property is tried with: so many in CI, many times more with `scripts/test --deep`."""

import os
from collections.abc import Callable

import pytest
from hypothesis import settings

FACTOR = int(os.environ.get("EXAMPLES_FACTOR", "1"))


def examples(number: int) -> Callable:
    """A decorator for tests with `given`: `number` examples in CI."""

    def decorate(test: Callable) -> Callable:
        return pytest.mark.property(settings(max_examples=number * FACTOR, deadline=None)(test))

    return decorate
