"""The types of the console's API calls are those of the services' OpenAPI documents."""

from pathlib import Path

import pytest

from harness.api_types import write_api_types
from harness.processes import REPOSITORY

pytestmark = pytest.mark.heavy
KEPT = REPOSITORY / "src" / "aistack" / "console" / "static" / "api" / "schema"


def test_the_types_are_those_of_the_services(tmp_path: Path):
    write_api_types(tmp_path)
    made = {one.name: one.read_text() for one in tmp_path.iterdir()}
    kept = {one.name: one.read_text() for one in KEPT.iterdir()}
    assert sorted(made) == sorted(kept)
    changed = [name for name in made if made[name] != kept[name]]
    assert changed == [], "run scripts/api-types"
