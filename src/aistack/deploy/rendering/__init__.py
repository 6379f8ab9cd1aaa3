"""From one description the files of every way to run it. A module a target, each giving paths and texts.

`deployments/` holds what this makes of the default `stack.toml`.
"""

import importlib
from pathlib import Path

from aistack.stack.description import Stack
from aistack.stack.errors import StackError

TARGETS = ("compose", "systemd", "kubernetes", "nginx", "prometheus", "supervisor")


def render(target: str, stack: Stack) -> dict[str, str]:
    """The files of one target: paths below its folder, and what stands in them. Raises StackError."""
    return importlib.import_module(f"aistack.deploy.rendering.{target}").render(stack)


def write(files: dict[str, str], out: Path) -> list[Path]:
    """Writes the files below a folder; the paths. Raises StackError when that cannot be done."""
    written: list[Path] = []
    try:
        for name, text in sorted(files.items()):
            path = out / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            written.append(path)
    except OSError as error:
        raise StackError(f"{out} cannot be written: {error.strerror}; give another folder with --out") from None
    return written
