"""Services are divided into rooms: sub-packages of a size that a reader can take in."""

from pathlib import Path

import pytest

import aistack

DIVIDED = ("gateway",)  # the services that have rooms
MODULES_MIN, MODULES_MAX = 3, 12
SERVICES = [Path(aistack.__file__).parent / name for name in DIVIDED]
ROOMS = [
    room
    for service in SERVICES
    for room in sorted(service.glob("*/"))
    if (room / "__init__.py").exists() and room.name != "migrations"
]


def modules(folder: Path) -> list[str]:
    return [one.name for one in folder.glob("*.py") if one.name != "__init__.py"]


@pytest.mark.parametrize("room", ROOMS, ids=lambda one: f"{one.parent.name}.{one.name}")
def test_a_room_has_3_to_12_modules(room: Path):
    assert MODULES_MIN <= len(modules(room)) <= MODULES_MAX, sorted(modules(room))


@pytest.mark.parametrize("service", SERVICES, ids=lambda one: one.name)
def test_a_services_own_floor_has_at_most_12_modules(service: Path):
    assert len(modules(service)) <= MODULES_MAX, sorted(modules(service))
