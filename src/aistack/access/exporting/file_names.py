"""File names for archives that may be unpacked anywhere: paths stay inside, and no two are the same file."""

import re
import unicodedata
from pathlib import PurePosixPath

BYTES_MAX = 200  # of one name; file systems allow 255
PARTS_MAX = 16
FORBIDDEN = re.compile(r'[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff<>:"|?*/\\]')
RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)", re.IGNORECASE)  # devices on Windows
SEPARATORS = re.compile(r"[/\\]+")


def file_name(text: str, otherwise: str = "unnamed") -> str:
    """A name of one file or folder that is allowed everywhere; `otherwise` for a text of which nothing is left."""
    name = FORBIDDEN.sub("_", unicodedata.normalize("NFC", text)).strip(" .") or otherwise
    if RESERVED.match(name):
        name = f"_{name}"
    return _shortened(name, "")


def is_safe(path: str) -> bool:
    """Whether a relative path can be part of an archive as it is."""
    return bool(path) and all(part and part == file_name(part) for part in path.split("/"))


class FileNames:
    """The paths of the files in one folder of an archive. Paths that differ in case or Unicode form only are equal."""

    def __init__(self) -> None:
        self._files: set[str] = set()
        self._folders: set[str] = set()

    def added(self, path: str) -> str:
        """A path for a new file, close to the one that is asked for, whose folders are kept."""
        parts = [file_name(part) for part in SEPARATORS.split(path) if part.strip(" .")][-PARTS_MAX:] or ["unnamed"]
        *folders, name = parts
        for depth in range(1, len(folders) + 1):
            while _key("/".join(folders[:depth])) in self._files:
                folders[depth - 1] = _shortened(folders[depth - 1], "_")
        found, number = "/".join((*folders, name)), 1
        while _key(found) in self._files or _key(found) in self._folders:
            number += 1
            found = "/".join((*folders, _shortened(name, f" ({number})")))
        self._files.add(_key(found))
        self._folders.update(_key("/".join(folders[:depth])) for depth in range(1, len(folders) + 1))
        return found


def _key(path: str) -> str:
    return unicodedata.normalize("NFKC", path).casefold()


def _shortened(name: str, mark: str) -> str:
    """The name with a mark before its suffix, cut so that it is not too long."""
    suffix = PurePosixPath(name).suffix
    suffix = suffix if len(suffix) <= 16 else ""
    room = BYTES_MAX - len((mark + suffix).encode())
    stem = name[: len(name) - len(suffix)].encode()[:room].decode("utf-8", "ignore")
    return f"{stem}{mark}{suffix}".rstrip(" .")
