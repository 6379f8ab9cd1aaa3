"""The package indexes that pip would use on this machine: PIP_* variables, else pip.conf, else PyPI.

https://pip.pypa.io/en/stable/topics/configuration/
"""

import configparser
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PYPI = "https://pypi.org/simple"
SECTIONS = ("global", "download", "install")  # later ones win
TRUE = ("1", "true", "yes", "on")


@dataclass(frozen=True, slots=True)
class PipSettings:
    """`indexes` in their order, `find_links` are folders or pages with wheels, `cert` is a file or empty."""

    indexes: tuple[str, ...] = (PYPI,)
    find_links: tuple[str, ...] = ()
    cert: str = ""


def pip_settings(environment: Mapping[str, str]) -> PipSettings:
    """The settings in force for a process with these variables. Unreadable files count as missing."""
    held = _from_files(environment)
    for name in ("index-url", "extra-index-url", "find-links", "no-index", "cert"):
        value = environment.get("PIP_" + name.upper().replace("-", "_"), "")
        if value:
            held[name] = value
    main = () if held.get("no-index", "").lower() in TRUE else (held.get("index-url") or PYPI,)
    extra = tuple(held.get("extra-index-url", "").split()) if main else ()
    return PipSettings((*main, *extra), tuple(held.get("find-links", "").split()), held.get("cert", ""))


def _from_files(environment: Mapping[str, str]) -> dict[str, str]:
    named = environment.get("PIP_CONFIG_FILE", "")
    if named == os.devnull:
        return {}
    home = Path(environment.get("HOME") or "~").expanduser()
    site = [Path(folder) / "pip" / "pip.conf" for folder in environment.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":")]
    user = Path(environment.get("XDG_CONFIG_HOME") or home / ".config") / "pip" / "pip.conf"
    files = [*site, Path("/etc/pip.conf"), home / ".pip" / "pip.conf", user, Path(sys.prefix) / "pip.conf"]
    held: dict[str, str] = {}
    for file in [*files, *([Path(named)] if named else [])]:
        parser = configparser.RawConfigParser()
        try:
            parser.read(file, "utf-8")
        except (OSError, configparser.Error, UnicodeDecodeError):
            continue
        for section in SECTIONS:
            if parser.has_section(section):
                held.update({key.replace("_", "-"): value for key, value in parser.items(section)})
    return held
