"""Packages are divided into rooms: sub-packages of a size that a reader can take in."""

from pathlib import Path

import pytest

import aistack

MODULES_MAX = 12
SOURCE = Path(aistack.__file__).parent
NO_ROOMS = ("migrations", "__pycache__")
FOLDERS = sorted(
    folder for folder in SOURCE.rglob("*") if (folder / "__init__.py").exists() and folder.name not in NO_ROOMS
)


def dotted(folder: Path) -> str:
    return ".".join(folder.relative_to(SOURCE).parts)


def modules(folder: Path) -> list[str]:
    return [one.name for one in folder.glob("*.py") if one.name not in ("__init__.py", "__main__.py")]


@pytest.mark.parametrize("folder", FOLDERS, ids=dotted)
def test_a_folder_has_at_most_12_modules(folder: Path):
    assert len(modules(folder)) <= MODULES_MAX, sorted(modules(folder))


@pytest.mark.parametrize("room", [one for one in FOLDERS if one.parent != SOURCE], ids=dotted)
def test_a_room_says_what_it_is_for(room: Path):
    assert (room / "__init__.py").read_text("utf-8").startswith('"""')
