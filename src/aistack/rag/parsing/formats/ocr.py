"""Reading pictures of text: with tesseract, where it is installed."""

import shutil
import subprocess
from functools import lru_cache
from pathlib import Path

from aistack.rag.parsing.formats.builder import CannotParse

WANTED = ("eng", "chi_sim", "chi_tra", "jpn", "kor", "deu", "fra", "spa")
SECONDS_MAX = 60


@lru_cache(maxsize=1)
def available() -> bool:
    return shutil.which("tesseract") is not None and bool(_languages())


def read(path: Path) -> str:
    """The text of the picture; raises CannotParse when tesseract cannot read it."""
    command = ["tesseract", str(path), "-", "-l", _languages(), "--psm", "3"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS_MAX, check=False)  # noqa: S603 -- no shell
    except subprocess.TimeoutExpired:
        raise CannotParse(f"reading the picture took longer than {SECONDS_MAX} s") from None
    if done.returncode != 0:
        reason = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise CannotParse(f"the picture cannot be read: {reason[-1] if reason else 'tesseract failed'}")
    return done.stdout.decode("utf-8", "replace").replace("\f", "\n").strip()


@lru_cache(maxsize=1)
def _languages() -> str:
    """Those of the wanted ones that are installed, as tesseract takes them."""
    try:
        listed = subprocess.run(["tesseract", "--list-langs"], capture_output=True, timeout=10, check=True)  # noqa: S607
    except (OSError, subprocess.SubprocessError):
        return ""
    return "+".join(one for one in WANTED if one in listed.stdout.decode().split())
