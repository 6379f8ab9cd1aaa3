"""The environment of a stack: the variables of the process, then those of `.env` beside `stack.toml`.

Libraries read variables themselves (`AWS_REGION`, `HTTPS_PROXY`), so a serving process exports those of `.env` to its
own environment. It remembers which it exported, so that a reload does not take them for the operator's.
"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from aistack.stack.env_file import read_env_file
from aistack.stack.errors import StackError

ENV_FILE_VARIABLE = "AISTACK_ENV_FILE"
SERVICE_LINK = re.compile(r"(tcp|udp|sctp)://\S+")  # RAG_PORT=tcp://10.0.0.1:8011, as Kubernetes sets it

_exported: dict[str, str] = {}


class Environment(Mapping[str, str]):
    """Layers of variables in order of precedence. Each has a source: empty for the process, otherwise a file."""

    def __init__(self, *layers: tuple[str, Mapping[str, str]]) -> None:
        self.layers = layers

    @classmethod
    def read(cls, environ: Mapping[str, str], env_file: Path | None) -> "Environment":
        """The variables of the process, then those of a file. Raises StackError."""
        if environ is os.environ:
            environ = {name: value for name, value in environ.items() if _exported.get(name) != value}
        process = {name: value for name, value in environ.items() if not is_service_link(name, value)}
        if env_file is None:
            return cls(("", process))
        return cls(("", process), (str(env_file), read_env_file(env_file)))

    def over(self, source: str, variables: Mapping[str, str]) -> "Environment":
        """These variables, and others with lower precedence."""
        return Environment(*self.layers, (source, variables)) if variables else self

    def __getitem__(self, name: str) -> str:
        for _, variables in self.layers:
            if name in variables:
                return variables[name]
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter({name: None for _, variables in self.layers for name in variables})

    def __len__(self) -> int:
        return len({name for _, variables in self.layers for name in variables})

    def file_of(self, name: str) -> str:
        """The file that a variable was read from; empty for the process, and when it is not set."""
        return next((source for source, variables in self.layers if name in variables), "")

    def path(self, name: str) -> Path:
        """A variable that contains a path; a relative one in a file is relative to the file's folder."""
        path = Path(self[name]).expanduser()
        file = self.file_of(name)
        return Path(file).parent / path if file else path

    def export(self) -> None:
        """Exports the variables of files to this process's environment, replacing those of the last export."""
        for name, value in _exported.items():
            if os.environ.get(name) == value:
                del os.environ[name]
        _exported.clear()
        for source, variables in self.layers:
            for name, value in variables.items() if source else ():
                if name not in os.environ:
                    os.environ[name] = _exported[name] = value


def source_of(environ: Mapping[str, str], name: str) -> str:
    """The name of a variable in messages: `$NAME`, or `$NAME in FILE`."""
    file = environ.file_of(name) if isinstance(environ, Environment) else ""
    return f"${name} in {file}" if file else f"${name}"


def env_file_of(stack_file: Path, environ: Mapping[str, str], *, is_default: bool = False) -> Path | None:
    """`$AISTACK_ENV_FILE` (empty for none), otherwise `.env` beside `stack.toml`, or in the working directory for the
    default stack.

    Raises StackError when the file named by the variable does not exist.
    """
    named = environ.get(ENV_FILE_VARIABLE)
    if named == "":
        return None
    if named is not None:
        path = Path(named).expanduser().absolute()
        if not path.is_file():
            raise StackError(f"${ENV_FILE_VARIABLE} names {path}, but there is no such file")
        return path
    if not is_default:
        return stack_file.with_name(".env")
    try:
        return Path.cwd() / ".env"
    except OSError:  # the working directory is gone
        return None


def is_service_link(name: str, value: str) -> bool:
    """Whether Kubernetes or Docker set it for a service of that name: our ports are never URLs."""
    return name.endswith("_PORT") and SERVICE_LINK.fullmatch(value) is not None
