"""Installs the packages of a lock file into a folder. Run while an image is built: `install.py LOCK FOLDER CACHE`.

Each package is fetched, checked against the hashes of its entry and packed once: CACHE keeps the result for the other
images. The key is the entry itself, this Python, and the programs that pack it.
"""

import hashlib
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pack

ENTRY = re.compile(r"^([A-Za-z0-9][\w.-]*)(?:\[[^]]*\])?==([^ ;\\]+).*\n(?:[ ]+--hash=.*\n)+", re.MULTILINE)
PIP = (
    "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--root-user-action=ignore", "--no-cache-dir",
    "--no-deps", "--no-compile", "--require-hashes", "--only-binary", ":all:",
)  # fmt: skip


def main(lock: Path, folder: Path, cache: Path) -> None:
    programs = b"".join(Path(str(one)).read_bytes() for one in (__file__, pack.__file__))
    salt = hashlib.sha256(sys.version.encode() + programs).digest()
    entries = {
        cache / hashlib.sha256(salt + one[0].encode()).hexdigest(): one for one in ENTRY.finditer(lock.read_text())
    }
    missing = {place: entry for place, entry in entries.items() if not place.exists()}
    if missing:
        fill(cache, missing)
    for place in entries:
        shutil.copytree(place, folder, dirs_exist_ok=True)
    pack.write_sbom(folder, folder.with_name("sbom.cdx.json"))


def fill(cache: Path, missing: dict[Path, re.Match[str]]) -> None:
    """Installs and packs these entries, each into its place; one for other platforms leaves an empty folder."""
    with TemporaryDirectory(dir=cache) as temporary:
        lock, folder = Path(temporary, "lock"), Path(temporary, "packages")
        lock.write_text("".join(entry[0] for entry in missing.values()))
        folder.mkdir()
        subprocess.run([sys.executable, *PIP, "--target", folder, "-r", lock], check=True)  # noqa: S603
        installed = {
            (canonical(one.metadata["Name"]), one.version): [str(file) for file in one.files or ()]
            for one in importlib.metadata.distributions(path=[str(folder)])
        }
        pack.main(folder)
        for place, entry in missing.items():
            made = Path(temporary, place.name)
            made.mkdir()
            for name in installed.get((canonical(entry[1]), entry[2]), ()):
                link(folder, made, name)
            made.rename(place)


def link(folder: Path, made: Path, name: str) -> None:
    """Takes over a file as it is after packing: a module may be bytecode by then, and some files are gone."""
    if ".." in Path(name).parts:
        return
    for path in {Path(name), Path(name).with_suffix(".pyc")} if name.endswith(".py") else {Path(name)}:
        if (folder / path).is_file():
            (made / path).parent.mkdir(parents=True, exist_ok=True)
            os.link(folder / path, made / path)


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
