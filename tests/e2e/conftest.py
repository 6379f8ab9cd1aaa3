"""A whole stack, started as a user starts it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from harness.stack import Stack

expect.set_options(timeout=60_000)  # a condition, not a measurement: the machine may be busy


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    one = Stack(tmp_path)
    yield one
    one.down()


@pytest.fixture(scope="module")
def shared_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    one = Stack(tmp_path_factory.mktemp("stack"))
    one.up("--demo")
    yield one
    one.down()
