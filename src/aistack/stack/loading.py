"""Reads `stack.toml` and checks it. Bad input ends in one line: the key, what was given, what is allowed."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from aistack.stack.catalogue import CATALOGUE
from aistack.stack.description import DescribedService, SettingValue, Stack, Upstream
from aistack.stack.errors import StackError, refused

STACK_FILE_VARIABLE = "AISTACK_STACK"
DATA_DIR_VARIABLE = "AISTACK_DATA_DIR"
IDENTITY_VARIABLE = "AISTACK_IDENTITY"
SWITCH = {"true": True, "1": True, "on": True, "false": False, "0": False, "off": False}
FILE_BYTES_MAX = 1024 * 1024

Table = Mapping[str, object]


def find_stack_file(environ: Mapping[str, str] = os.environ) -> Path:
    """The file in force: `$AISTACK_STACK`, else `./stack.toml`, else the default that comes with the package."""
    named = environ.get(STACK_FILE_VARIABLE)
    if named:
        return Path(named).expanduser().absolute()
    here = Path.cwd() / "stack.toml"
    if here.is_file():
        return here
    packaged = Path(__file__).with_name("default.toml")
    return packaged if packaged.is_file() else Path(__file__).parents[3] / "stack.toml"


def load_stack(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Stack:
    """The checked stack at `path` (default: `find_stack_file`). Raises StackError."""
    path = path or find_stack_file(environ)
    document = _read(path)
    _only(document, {"stack", "services", "upstreams"}, "", path)
    about = _table(document, "stack", path)
    _only(about, {"name", "data_dir", "identity"}, "stack.", path)
    services = _services(_table(document, "services", path), path, environ)
    return Stack(
        name=_text(about, "name", "ai-stack", "stack.", path),
        source=path,
        data_dir=_data_dir(about, path, environ),
        services=services,
        upstreams=_upstreams(_table(document, "upstreams", path), path),
        identity=_identity(about, path, environ),
    )


def _read(path: Path) -> Table:
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise StackError(f"{path}: larger than {FILE_BYTES_MAX} bytes; a stack's description is a short file")
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise StackError(f"{path}: no such file; set {STACK_FILE_VARIABLE} or write a stack.toml here") from None
    except (OSError, UnicodeDecodeError) as error:
        raise StackError(f"{path}: cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise StackError(f"{path}: not valid TOML: {error}") from None


def _data_dir(about: Table, path: Path, environ: Mapping[str, str]) -> Path:
    named = environ.get(DATA_DIR_VARIABLE) or _text(about, "data_dir", "~/.aistack", "stack.", path)
    return Path(named).expanduser().absolute()


def _identity(about: Table, path: Path, environ: Mapping[str, str]) -> bool:
    if IDENTITY_VARIABLE in environ:
        word = environ[IDENTITY_VARIABLE].lower()
        if word not in SWITCH:
            raise refused(
                "stack.identity", environ[IDENTITY_VARIABLE], "allowed: true or false", f"${IDENTITY_VARIABLE}"
            )
        return SWITCH[word]
    value = about.get("identity", False)
    if not isinstance(value, bool):
        raise refused("stack.identity", value, "allowed: true or false", str(path))
    return value


def _services(tables: Table, path: Path, environ: Mapping[str, str]) -> dict[str, DescribedService]:
    _only(tables, set(CATALOGUE), "services.", path)
    services: dict[str, DescribedService] = {}
    for name, entry in CATALOGUE.items():
        table = _table(tables, name, path, "services.")
        prefix = f"services.{name}."
        enabled = table.get("enabled", True)
        if not isinstance(enabled, bool):
            raise refused(prefix + "enabled", enabled, "allowed: true or false", str(path))
        if name == "gateway" and not enabled:
            raise refused(prefix + "enabled", enabled, "the gateway is always on", str(path))
        variable = f"{name.upper()}_PORT"
        given: object = table.get("port", entry.port)
        source = str(path)
        if variable in environ:
            source = f"${variable}"
            given = int(environ[variable]) if environ[variable].isdecimal() else environ[variable]
        services[name] = DescribedService(
            entry, enabled, _port(given, prefix + "port", source), _settings(table, prefix, path)
        )
    _distinct_ports(services, path)
    return services


def _settings(table: Table, prefix: str, path: Path) -> dict[str, SettingValue]:
    settings: dict[str, SettingValue] = {}
    for key, value in table.items():
        if key in ("enabled", "port"):
            continue
        texts = _list_of_texts(value)
        if texts is not None:
            settings[key] = texts
        elif isinstance(value, str | int | float | bool):
            settings[key] = value
        else:
            raise refused(prefix + key, value, "allowed: a text, number, true/false or list of texts", str(path))
    return settings


def _upstreams(tables: Table, path: Path) -> tuple[Upstream, ...]:
    upstreams: list[Upstream] = []
    for name in tables:
        prefix = f"upstreams.{name}."
        table = _table(tables, name, path, "upstreams.")
        _only(table, {"urls", "routes", "health_path"}, prefix, path)
        if name in CATALOGUE:
            raise refused(prefix[:-1], name, f"{name} is a service of the stack itself; use another name", str(path))
        urls, routes = (_texts(table, key, prefix, path) for key in ("urls", "routes"))
        for url in urls:
            parts = urlsplit(url)
            if parts.scheme != "http" or not parts.hostname or parts.path.strip("/") or "@" in parts.netloc:
                raise refused(prefix + "urls", url, "allowed: http://HOST:PORT, no path, no password", str(path))
        for route in routes:
            if not route.startswith("/"):
                raise refused(prefix + "routes", route, "a route starts with /", str(path))
        health_path = _text(table, "health_path", "/health", prefix, path)
        upstreams.append(Upstream(name, tuple(urls), tuple(routes), health_path))
    return tuple(upstreams)


def _distinct_ports(services: Mapping[str, DescribedService], path: Path) -> None:
    holders: dict[int, str] = {}
    for name, service in services.items():
        if not service.enabled:
            continue
        other = holders.setdefault(service.port, name)
        if other != name:
            raise refused(f"services.{name}.port", service.port, f"services.{other} has this port already", str(path))


def _port(given: object, key: str, source: str) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= 65535:
        raise refused(key, given, "allowed: a whole number from 1 to 65535", source)
    return given


def _only(table: Table, allowed: set[str], prefix: str, path: Path) -> None:
    for key in table:
        if key not in allowed:
            raise StackError(f"{path}: {prefix}{key} is not a key; allowed here: {', '.join(sorted(allowed))}")


def _table(table: Table, key: str, path: Path, prefix: str = "") -> Table:
    value = table.get(key, {})
    if not isinstance(value, dict):
        raise refused(prefix + key, value, f"it is a table: [{prefix}{key}]", str(path))
    return cast(Table, value)


def _text(table: Table, key: str, default: str, prefix: str, path: Path) -> str:
    value = table.get(key, default)
    if not isinstance(value, str) or not value.strip():
        raise refused(prefix + key, value, "allowed: a text that is not empty", str(path))
    return value


def _texts(table: Table, key: str, prefix: str, path: Path) -> list[str]:
    value = table.get(key)
    texts = _list_of_texts(value)
    if not texts:
        raise refused(prefix + key, value, "allowed: a list of texts that is not empty", str(path))
    return texts


def _list_of_texts(value: object) -> list[str] | None:
    if not isinstance(value, list):
        return None
    items = cast(list[object], value)
    return [item for item in items if isinstance(item, str)] if all(isinstance(item, str) for item in items) else None
