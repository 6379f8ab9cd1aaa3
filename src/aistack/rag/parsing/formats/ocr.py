"""Reads text in images with tesseract, where it is installed."""

import shutil
import subprocess
from functools import lru_cache
from pathlib import Path

from aistack.rag.parsing.formats.builder import ParseError

LANGUAGES = ("eng", "chi_sim", "chi_tra", "jpn", "kor", "deu", "fra", "spa")
SECONDS_MAX = 60


@lru_cache(maxsize=1)
def available() -> bool:
    """Whether tesseract and at least one of LANGUAGES are installed."""
    return shutil.which("tesseract") is not None and bool(_languages())


def read(path: Path) -> str:
    """The text of the image. Raises ParseError when tesseract fails or takes longer than SECONDS_MAX."""
    command = ["tesseract", str(path), "-", "-l", _languages(), "--psm", "3"]
    try:
        result = subprocess.run(command, capture_output=True, timeout=SECONDS_MAX, check=False)  # noqa: S603 -- no shell
    except subprocess.TimeoutExpired:
        raise ParseError(f"OCR took longer than {SECONDS_MAX} s") from None
    if result.returncode != 0:
        reason = result.stderr.decode("utf-8", "replace").strip().splitlines()
        raise ParseError(f"OCR failed: {reason[-1] if reason else 'tesseract failed'}")
    return result.stdout.decode("utf-8", "replace").replace("\f", "\n").strip()


@lru_cache(maxsize=1)
def _languages() -> str:
    """The LANGUAGES that are installed, in tesseract's notation: `eng+chi_sim`."""
    try:
        listed = subprocess.run(["tesseract", "--list-langs"], capture_output=True, timeout=10, check=True)  # noqa: S607
    except (OSError, subprocess.SubprocessError):
        return ""
    return "+".join(one for one in LANGUAGES if one in listed.stdout.decode().split())
