"""The targets of `aistack render`: each gives the paths and texts of the files that run the stack in one way.

`deployments/` holds what they make of the default `stack.toml`.
"""

import importlib
from pathlib import Path

from aistack.stack.description import Stack
from aistack.stack.errors import StackError

MODULES = {
    "compose": "aistack.deploy.rendering.compose.files",
    "systemd": "aistack.deploy.rendering.systemd",
    "kubernetes": "aistack.deploy.rendering.kubernetes.kustomize",
    "nginx": "aistack.deploy.rendering.nginx",
    "prometheus": "aistack.deploy.rendering.prometheus",
    "supervisor": "aistack.deploy.rendering.supervisord_conf",
}
TARGETS = tuple(MODULES)


def render(target: str, stack: Stack) -> dict[str, str]:
    """The files of one target: their paths below its folder, and their texts. Raises StackError."""
    return importlib.import_module(MODULES[target]).render(stack)


def write(files: dict[str, str], out: Path) -> list[Path]:
    """Writes the files below a folder; returns their paths. Raises StackError when the folder cannot be written."""
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
