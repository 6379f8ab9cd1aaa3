"""Checks of single values in `stack.toml`. They raise StackError naming the key, what was given and what is allowed."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from aistack.stack.errors import StackError, refused

SIZE = re.compile(r"([1-9][0-9]{0,6})([MG])")
REPLICAS_MAX = 100

Table = Mapping[str, object]


def only(table: Table, allowed: set[str], prefix: str, path: Path) -> None:
    """Rejects unknown keys."""
    for key in table:
        if key not in allowed:
            raise StackError(f"{path}: {prefix}{key} is not a key; allowed here: {', '.join(sorted(allowed))}")


def table(table: Table, key: str, path: Path, prefix: str = "") -> Table:
    """The table at a key; an empty one when it is missing."""
    value = table.get(key, {})
    if not isinstance(value, dict):
        raise refused(prefix + key, value, f"allowed: a table, [{prefix}{key}]", str(path))
    return cast(Table, value)


def text(table: Table, key: str, default: str, prefix: str, path: Path) -> str:
    """A non-empty string."""
    value = table.get(key, default)
    if not isinstance(value, str) or not value.strip():
        raise refused(prefix + key, value, "allowed: a non-empty string", str(path))
    return value


def matching(table: Table, key: str, default: str, prefix: str, path: Path, form: re.Pattern[str]) -> str:
    """A string that matches a pattern."""
    value = text(table, key, default, prefix, path)
    if not form.fullmatch(value):
        raise refused(prefix + key, value, f"allowed: a string that matches {form.pattern}", str(path))
    return value


def texts(table: Table, key: str, prefix: str, path: Path) -> list[str]:
    """A non-empty list of strings."""
    value = table.get(key)
    texts = list_of_texts(value)
    if not texts:
        raise refused(prefix + key, value, "allowed: a non-empty list of strings", str(path))
    return texts


def list_of_texts(value: object) -> list[str] | None:
    """The value when it is a list of strings, otherwise None."""
    if not isinstance(value, list):
        return None
    items = cast(list[object], value)
    return [item for item in items if isinstance(item, str)] if all(isinstance(item, str) for item in items) else None


def port(given: object, key: str, source: str) -> int:
    """A TCP port."""
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= 65535:
        raise refused(key, given, "allowed: an integer from 1 to 65535", source)
    return given


def count(table: Table, key: str, default: int, prefix: str, path: Path) -> int:
    """A number of instances."""
    value = table.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= REPLICAS_MAX:
        raise refused(prefix + key, value, f"allowed: an integer from 1 to {REPLICAS_MAX}", str(path))
    return value


def mebibytes(table: Table, key: str, default: int, prefix: str, path: Path) -> int:
    """A size such as "256M" or "2G", in MiB."""
    value = table.get(key)
    if value is None:
        return default
    written = SIZE.fullmatch(value) if isinstance(value, str) else None
    if written is None:
        raise refused(prefix + key, value, 'allowed: a size such as "256M" or "2G"', str(path))
    return int(written[1]) * (1024 if written[2] == "G" else 1)
