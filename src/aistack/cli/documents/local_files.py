"""The files that are meant by paths, folders and patterns, with the names of their documents."""

import glob
import itertools
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from aistack.rag.file_wire import NAME_CHARACTERS_MAX, upload_name


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file, and the name of its document. `error` is the reason if it cannot be sent.

    A folder that cannot be read is one with an error, too. Its name is the start of the names of what may be in it.
    """

    name: str
    path: Path
    error: str = ""


def local_files(places: Sequence[str]) -> Iterator[LocalFile]:
    """The files at each place, those of folders without hidden ones. Files of one name are sent once.

    A place is a file, a folder, or a pattern such as `docs/**/*.md`. The name of a file is its path as it was given,
    relative to the working directory. For places outside of it, it starts with the last part of the place.
    """
    taken: dict[str, Path] = {}
    for file in (file for place in places for base, path in _expanded(place) for file in _at(base, path)):
        first = taken.setdefault(file.name, file.path)
        if first is file.path or file.error:
            yield file
        elif not _is_same(first, file.path):
            yield LocalFile(file.name, file.path, f"{first} has the same name; add both from a folder above them")


def _expanded(place: str) -> Iterator[tuple[str, Path]]:
    """The place or the paths that match the pattern, each with the name that it has."""
    place = os.path.expanduser(place)
    matching = [] if os.path.lexists(place) or not glob.has_magic(place) else sorted(glob.glob(place, recursive=True))
    if not matching:
        yield _base(place), Path(place)
        return
    parts = Path(place).parts
    folder = Path(*itertools.takewhile(lambda part: not glob.has_magic(part), parts))
    for one in matching:
        yield f"{_base(folder)}/{os.path.relpath(one, folder)}", Path(one)


def _at(base: str, path: Path) -> Iterator[LocalFile]:
    if not os.path.isdir(path):
        yield _checked(base, path)
        return
    failed: list[OSError] = []
    for parent, folders, names in os.walk(path, onerror=failed.append):
        folders[:] = sorted(one for one in folders if not one.startswith("."))
        for file in (Path(parent) / name for name in sorted(names) if not name.startswith(".")):
            if _is_within(file, path):
                yield _checked(f"{base}/{file.relative_to(path).as_posix()}", file)
    for error in failed:
        folder = Path(str(error.filename))
        if folder == path or not isinstance(error, FileNotFoundError):
            name = upload_name(_shown(f"{base}/{os.path.relpath(folder, path)}"))
            yield LocalFile(name, folder, str(error.strerror))


def _base(place: str | Path) -> str:
    """The name of a place: as it was given, or its last part if that is not below the working directory."""
    given = Path(os.path.normpath(place))
    outside = given.is_absolute() or ".." in given.parts
    return Path(os.path.realpath(place)).name if outside else given.as_posix()


def _is_within(file: Path, folder: Path) -> bool:
    """Whether this is a regular file in the folder, and not a link to somewhere else."""
    if not os.path.isfile(file):
        return False
    return not file.is_symlink() or Path(os.path.realpath(file)).is_relative_to(os.path.realpath(folder))


def _is_same(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _checked(given: str, path: Path) -> LocalFile:
    shown = _shown(given)
    name = upload_name(shown)
    if shown != given:
        error = "the name is not valid UTF-8"
    elif not name:
        error = "the name has no visible characters"
    elif len(name) > NAME_CHARACTERS_MAX:
        error = f"the path is longer than {NAME_CHARACTERS_MAX} characters"
    elif not os.path.lexists(path):
        error = "there is no such file"
    else:
        error = "" if os.path.isfile(path) else "this is neither a file nor a folder"
    return LocalFile(name or shown, path, error)


def _shown(path: str) -> str:
    return path.encode("utf-8", "replace").decode()
