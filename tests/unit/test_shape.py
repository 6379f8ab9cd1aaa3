"""Files stay short enough to be read in one go, and long enough to be worth opening."""

from pathlib import Path

import pytest

import aistack.gateway

MODULES = sorted(Path(aistack.gateway.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("module", [one for one in MODULES if one.name != "__init__.py"], ids=lambda one: one.stem)
def test_a_module_of_the_gateway_has_60_to_250_lines(module: Path):
    assert 60 <= len(module.read_text().splitlines()) <= 250
