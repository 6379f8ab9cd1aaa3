"""Reads watched folders: which files they contain, and hashed copies of these."""

import hashlib
import os
import shutil
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from aistack.rag.file_wire import NAME_CHARACTERS_MAX
from aistack.rag.intake.uploads import StagedFile

FILES_MAX = 100_000

Stamp = tuple[int, int]  # ctime, which renaming changes too, in nanoseconds; size in bytes
ROOT = "."
UNREAD: Stamp = (0, -1)  # of a file that must be read again


@dataclass(slots=True)
class FolderContents:
    """The files of a folder by relative path. `problems` are the reasons for files and folders that cannot be read.

    `unreadable` are the paths of these folders: nobody knows what is in them.
    """

    files: dict[str, Stamp] = field(default_factory=dict[str, Stamp])
    problems: list[str] = field(default_factory=list[str])
    unreadable: list[str] = field(default_factory=list[str])

    def may_contain(self, path: str) -> bool:
        """Whether a file that was not found may still be there."""
        return any(PurePosixPath(path).is_relative_to(one) for one in self.unreadable)


def folder_contents(folder: Path) -> FolderContents:
    """The files without hidden ones and links to the outside. Raises OSError if the folder itself cannot be read."""
    found = FolderContents()

    def failed(error: OSError) -> None:
        place = Path(str(error.filename))
        if place == folder:
            raise error
        if not isinstance(error, FileNotFoundError):
            found.unreadable.append(place.relative_to(folder).as_posix())
            found.problems.append(str(error))

    for parent, folders, names in os.walk(folder, onerror=failed):
        folders[:] = sorted(one for one in folders if not one.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                _add_file(found, folder, Path(parent) / name)
    if not folder.is_dir():
        raise FileNotFoundError(f"folder {folder} disappeared while it was read")
    return found


def _add_file(found: FolderContents, folder: Path, path: Path) -> None:
    name = path.relative_to(folder).as_posix()
    shown = name.encode("utf-8", "replace").decode()
    if shown != name:
        found.problems.append(f"{shown}: the name is not valid UTF-8")
    elif len(name) > NAME_CHARACTERS_MAX:
        found.problems.append(f"{shown}: the path is longer than {NAME_CHARACTERS_MAX} characters")
    elif not path.is_file() or not path.resolve().is_relative_to(folder):
        return
    elif len(found.files) >= FILES_MAX:
        if ROOT not in found.unreadable:
            found.problems.append(f"{shown}: the folder has more than {FILES_MAX} files; the others are not indexed")
            found.unreadable.append(ROOT)
    else:
        status = path.stat()
        found.files[name] = (status.st_ctime_ns, status.st_size)


def staged_copies(folder: Path, names: Sequence[str], staging: Path) -> tuple[list[StagedFile], dict[str, str]]:
    """Hashed copies of the files, and the reasons for those that cannot be read, by name.

    Files that were deleted in the meantime are left out.
    """
    copies: list[StagedFile] = []
    failed: dict[str, str] = {}
    for name in names:
        one = StagedFile(name, staging / uuid.uuid4().hex)
        try:
            shutil.copyfile(folder / name, one.path)
            with one.path.open("rb") as file:
                one.sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            one.discard()
        except OSError as error:
            one.discard()
            failed[name] = str(error)
        else:
            one.bytes = one.path.stat().st_size
            copies.append(one)
    return copies, failed
