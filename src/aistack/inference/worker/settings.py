"""What a worker is started with."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from aistack.inference.backends.backend import Limits

UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}")


class CannotStart(Exception):
    """The worker cannot start. The message says what to do."""


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A model's public name, and its file, folder or URL."""

    name: str
    place: str


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """`keep_alive` is in seconds, 0 keeps models for ever; `models` are searched for names in `models_dir`."""

    uds_path: Path
    models: tuple[ModelSpec, ...]
    models_dir: Path
    keep_alive: float = 600.0
    preload: bool = True
    name: str = ""
    key: str = ""
    limits: Limits = field(default_factory=Limits)


def seconds(text: str) -> float:
    """Seconds from "600", "90s", "10m" or "1h"; "0" means for ever. Raises CannotStart."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text.strip())
    if found is None:
        raise CannotStart(f"{text!r} is not a duration; write 90s, 10m, 1h, or 0 for ever")
    return float(found.group(1)) * UNITS[found.group(2)]


def model_spec(text: str, models_dir: Path) -> ModelSpec:
    """A model from NAME, NAME=PLACE, a path or a URL. Raises CannotStart."""
    name, equals, place = text.partition("=")
    if not equals or "/" in name:
        name, place = "", text
    if not place.startswith(("http://", "https://")):
        pulled = models_dir / place
        if "/" not in place and pulled.is_dir():
            return _checked(name or place, str(pulled))
        if not name and place.startswith("vllm:"):
            name = Path(place).name
        if not name and not Path(place).expanduser().exists():
            raise CannotStart(f"{place} is not installed; run: aistack models pull {place}")
        return _checked(name or Path(place).stem, place)
    return _checked(name or place.partition("#")[2], place)


def _checked(name: str, place: str) -> ModelSpec:
    if not NAME.fullmatch(name):
        raise CannotStart(f"{name!r} is no name for a model; write NAME={place}")
    return ModelSpec(name, place)
