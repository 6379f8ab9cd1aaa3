"""The folder of models: what is installed, what was interrupted, and changes that are complete or did not happen.

A model is the folder NAME with a manifest. While it is downloaded it is `.NAME.part`, and who downloads it holds the
lock `.NAME.lock`. A folder is replaced and removed by renaming, so that no half of one is ever left under its name.
"""

import contextlib
import fcntl
import json
import os
import re
import shutil
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from aistack.llm.known_models import KNOWN, KnownModel

MANIFEST = "aistack.json"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
LOCK_SECONDS_MAX, POLL_SECONDS = 0.5, 0.02
State = Literal["absent", "partial", "pulling", "installed"]


class FolderRefused(Exception):
    """The folder of a model cannot be changed. The message says what to do."""


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A model that is known, installed, or both. `size` is in bytes, on the disk; `kind` is what it is for."""

    name: str
    state: State
    size: int
    kind: str
    known: KnownModel | None


def local_models(models: Path) -> list[LocalModel]:
    """The known models, then the other installed ones."""
    others = sorted(path.name for path in _listed(models) if path.name not in KNOWN and is_installed(path))
    return [local_model(models, name) for name in (*KNOWN, *others)]


def local_model(models: Path, name: str) -> LocalModel:
    """What there is of one model."""
    known, partial = KNOWN.get(name), partial_folder(models, name)
    if is_installed(models / name):
        state: State = "installed"
    elif partial.is_dir():
        state = "pulling" if is_held(models, name) else "partial"
    else:
        state = "absent"
    size = folder_size(models / name if state == "installed" else partial)
    return LocalModel(name, state, size, known.kind if known else _kind(models / name), known)


def is_installed(folder: Path) -> bool:
    """Whether a model is in this folder, complete."""
    return NAME.fullmatch(folder.name) is not None and (folder / MANIFEST).is_file()


def partial_folder(models: Path, name: str) -> Path:
    """Where a model is while it is downloaded."""
    return models / f".{name}.part"


def folder_size(folder: Path) -> int:
    """The bytes of its files; those that links lead to count as well."""
    total = 0
    for path in folder.rglob("*") if folder.is_dir() else ():
        with contextlib.suppress(OSError):  # it was just renamed
            total += path.stat().st_size if path.is_file() else 0
    return total


def link_folder(models: Path, name: str, source: Path) -> Path:
    """Installs your own model, one file in the GGUF format, by a link to it. Raises FolderRefused.

    `source` is the file, or a folder with one. Returns the model's folder.
    """
    if not NAME.fullmatch(name):
        raise FolderRefused(f"{name!r} is no name for a model; use letters, digits, dots, _ and -")
    source = source.expanduser().absolute()
    files = sorted(source.glob("*.gguf")) if source.is_dir() else [source]
    if len(files) != 1 or files[0].suffix != ".gguf" or not files[0].is_file():
        raise FolderRefused(f"{source} must be a .gguf file, or a folder with one; found: {len(files)}")
    with held(models, name):
        partial = partial_folder(models, name)
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        (partial / files[0].name).symlink_to(files[0])
        manifest: dict[str, object] = {
            "name": name,
            "kind": "chat",
            "licence": "",
            "source": str(files[0]),
            "sha256": dict[str, str](),
        }
        (partial / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", "utf-8")
        put_in_place(partial, models / name)
    return models / name


def remove_model(models: Path, name: str) -> bool:
    """Removes a model and what an interrupted download left; False if there is nothing. Raises FolderRefused."""
    folders = [folder for folder in (models / name, partial_folder(models, name)) if folder.is_dir()]
    if not folders or not NAME.fullmatch(name):
        return False
    with held(models, name):
        for folder in folders:
            gone = models / f".{name}.gone"
            shutil.rmtree(gone, ignore_errors=True)
            folder.rename(gone)
            shutil.rmtree(gone)
    return True


def put_in_place(partial: Path, target: Path) -> None:
    """Makes a complete folder the model's folder. The one that was there is removed afterwards."""
    old = target.with_name(f".{target.name}.gone")
    shutil.rmtree(old, ignore_errors=True)
    if target.is_dir():
        target.rename(old)
    partial.replace(target)
    shutil.rmtree(old, ignore_errors=True)


@contextmanager
def held(models: Path, name: str) -> Generator[None]:
    """Holds a model for changes. Raises FolderRefused while another process does."""
    models.mkdir(parents=True, exist_ok=True)
    with (models / f".{name}.lock").open("w") as file:
        deadline = time.monotonic() + LOCK_SECONDS_MAX  # somebody may just have looked
        while not _locked(file.fileno(), fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                raise FolderRefused(f"{name} is being pulled by another process; wait for it, or stop that process")
            time.sleep(POLL_SECONDS)
        yield


def is_held(models: Path, name: str) -> bool:
    """Whether a process downloads or changes the model at this moment."""
    try:
        with (models / f".{name}.lock").open("r") as file:
            return not _locked(file.fileno(), fcntl.LOCK_SH)
    except FileNotFoundError:
        return False


def _locked(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _listed(models: Path) -> list[Path]:
    try:
        return [Path(entry.path) for entry in os.scandir(models) if entry.is_dir()]
    except FileNotFoundError:
        return []


def _kind(folder: Path) -> str:
    try:
        return str(json.loads((folder / MANIFEST).read_text("utf-8"))["kind"])
    except (OSError, ValueError, LookupError, TypeError):
        return "chat"
