"""The sidecar's settings: defaults, then `sidecar.toml`, then the environment.

A frozen dataclass instead of the services' pydantic class: the sidecar runs beside every worker, and pydantic alone
would take a quarter of its memory.
"""

import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, cast

FILE = "sidecar.toml"
FILE_VARIABLE = "SIDECAR_CONFIG"
LOG_LEVELS = ("debug", "info", "warning", "error")
LOG_FORMATS = ("auto", "json", "terminal")
LEVEL_NAMES = {"trace": "debug", "warn": "warning"}
WORKERS_MAX = 64


class InvalidSettings(Exception):
    """A key has a value that is not allowed; the message names it, its source and what is allowed."""


def _setting(section: str, default: Any, about: str, least: float = 0, most: float = 0) -> Any:
    return field(
        default=default, metadata={"section": section, "about": about, "range": (least, most) if most else None}
    )


@dataclass(frozen=True, slots=True)
class WorkerAddress:
    """A worker: its name for `worker_hint` and metrics, and `unix:/PATH` or `HOST:PORT`."""

    name: str
    address: str

    @property
    def path(self) -> Path | None:
        return Path(self.address.removeprefix("unix:")) if self.address.startswith("unix:") else None


@dataclass(frozen=True, slots=True)
class SidecarSettings:
    """What can be set. The environment's names are SIDECAR_ and the key in capitals."""

    bind_addr: str = _setting("server", "127.0.0.1:50051", "where gRPC is served: HOST:PORT or unix:///PATH")
    worker_uds: tuple[str, ...] = _setting(
        "server", ("unix:///tmp/cy_worker.sock",), "the workers: unix:///PATH, HOST:PORT or NAME=ADDRESS; one or a list"
    )
    peer_uids: tuple[int, ...] = _setting(
        "server", (), "users that the other end of a Unix socket may run as; empty: the sidecar's own and root"
    )
    drain_secs: float = _setting("server", 30.0, "time for calls in progress when the sidecar stops, s", 0, 3600)
    calls_max: int = _setting("server", 4096, "calls at the same time, waiting ones included", 1, 100_000)
    stalled_secs: float = _setting(
        "server", 60.0, "time that a client may take for its first message, or to read on, s", 1, 3600
    )
    check_interval_secs: float = _setting("health", 2.0, "time between health checks of a worker, s", 0.05, 3600)
    reconnect_delay_secs: float = _setting(
        "health", 0.1, "time before the first attempt to reconnect, s; it doubles up to 1 s", 0.01, 60
    )
    unresponsive_secs: float = _setting(
        "health", 10.0, "time without a sign of life after which a worker's calls are given up, s", 1, 3600
    )
    calls_per_worker: int = _setting("queue", 256, "calls at the same time at one worker", 1, 100_000)
    waiting_max: int = _setting("queue", 1024, "calls that wait for a worker, at most", 0, 100_000)
    waiting_secs: float = _setting("queue", 60.0, "time that a call waits at most, s", 0.01, 3600)
    sticky_beta: float = _setting("routing", 1.0, "how much load counts against a matching prefix", 0, 100)
    sticky_queue_max: int = _setting(
        "routing", 8, "calls more than at the least loaded worker, up to which a prefix sticks", 0, 100_000
    )
    metrics_port: int = _setting("observability", 9090, "port of /metrics and /health; 0 turns it off", 0, 65_535)
    log_level: str = _setting("observability", "info", f"one of {', '.join(LOG_LEVELS)}")
    log_format: str = _setting("observability", "auto", f"one of {', '.join(LOG_FORMATS)}")

    @property
    def workers(self) -> tuple[WorkerAddress, ...]:
        return _workers(self.worker_uds)

    @property
    def bind_path(self) -> Path | None:
        """The Unix socket to listen on, or None for TCP."""
        address = _address(self.bind_addr)
        return Path(address.removeprefix("unix:")) if address.startswith("unix:") else None

    @property
    def bind_host_port(self) -> tuple[str, int]:
        """Host and port to listen on; the loopback interface and 0 for a Unix socket."""
        if self.bind_path is not None:
            return "127.0.0.1", 0
        host, _, port = self.bind_addr.rpartition(":")
        return host.strip("[]"), int(port)

    @property
    def trusted_uids(self) -> frozenset[int]:
        return frozenset(self.peer_uids or (os.getuid(), 0))


@dataclass(frozen=True, slots=True)
class Resolved:
    """Settings, and where each value came from. Equal when the settings are."""

    settings: SidecarSettings
    sources: Mapping[str, str] = field(compare=False)

    def lines(self) -> list[str]:
        """What is in force, for the terminal."""
        rows = [(key, _shown(getattr(self.settings, key)), self.sources[key]) for key in self.sources]
        return [f"  {key:<22}{value:<40} {source}" for key, value, source in rows]


def resolve(environ: Mapping[str, str], folder: Path) -> Resolved:
    """The settings in force. `sidecar.toml` is looked for in `folder`. Raises InvalidSettings."""
    named = environ.get(FILE_VARIABLE, "")
    path = Path(named) if named else folder / FILE
    if named and not path.is_file():
        raise InvalidSettings(f"{FILE_VARIABLE} = {named!r}: there is no such file")
    found = _from_file(path) if path.is_file() else {}
    return resolve_given(
        {key: (value, f"{path}: [{_section(key)}] {key}", str(path)) for key, value in found.items()}, environ
    )


def resolve_given(given: Mapping[str, tuple[object, str, str]], environ: Mapping[str, str]) -> Resolved:
    """The settings in force: those given, each with its place in messages and its source, and over them the
    environment. Raises InvalidSettings."""
    settings = SidecarSettings()
    sources = dict.fromkeys((one.name for one in fields(settings)), "default")
    for key, (value, place, source) in given.items():
        if key not in sources:
            raise InvalidSettings(f"{place} is not a key; allowed here: {', '.join(sorted(sources))}")
        settings = _changed(settings, key, value, place)
        sources[key] = source
    for key in sources:
        variable = f"SIDECAR_{key.upper()}"
        text = environ.get(variable, "").strip()
        if text:
            settings = _changed(settings, key, _from_text(key, text), variable)
            sources[key] = variable
    return Resolved(settings, sources)


def _from_file(path: Path) -> dict[str, object]:
    try:
        described = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidSettings(f"{path} is not valid TOML: {error}") from None
    keys = {(_section(one.name), one.name) for one in fields(SidecarSettings)}
    found: dict[str, object] = {}
    for section, table in described.items():
        if not isinstance(table, dict):
            raise InvalidSettings(f"{path}: {section} belongs into one of the tables {_sections()}")
        for key, value in cast(dict[str, object], table).items():
            if (section, key) not in keys:
                allowed = ", ".join(sorted(name for place, name in keys if place == section)) or "no table of that name"
                raise InvalidSettings(f"{path}: [{section}] {key} is not a key; allowed here: {allowed}")
            found[key] = value
    return found


def _section(key: str) -> str:
    return str(SidecarSettings.__dataclass_fields__[key].metadata["section"])


def _sections() -> str:
    return ", ".join(dict.fromkeys(_section(one.name) for one in fields(SidecarSettings)))


def _from_text(key: str, text: str) -> object:
    kind = SidecarSettings.__dataclass_fields__[key].default
    if isinstance(kind, tuple):
        parts = [part.strip() for part in text.split(",") if part.strip()]
        return [int(part) if part.isdecimal() else part for part in parts] if key == "peer_uids" else parts
    if isinstance(kind, str):
        return text
    try:
        return int(text) if isinstance(kind, int) else float(text)
    except ValueError:
        return text


def _changed(settings: SidecarSettings, key: str, value: object, source: str) -> SidecarSettings:
    """The settings with one more value. Raises InvalidSettings."""
    try:
        return replace(settings, **{key: _checked(key, value)})
    except ValueError as error:
        raise InvalidSettings(f"{source} = {value!r} is not allowed; {error}") from None


def _checked(key: str, value: object) -> object:
    """The value as the class holds it. Raises ValueError."""
    about = SidecarSettings.__dataclass_fields__[key]
    if key == "worker_uds":
        entries = tuple(map(str, _listed(value)))
        _workers(entries)
        return entries
    if key == "peer_uids":
        uids = _listed(value)
        if not all(type(one) is int and one >= 0 for one in uids):
            raise ValueError("give user ids as numbers")
        return tuple(uids)
    if isinstance(about.default, str):
        return _checked_text(key, value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("give a number")
    if isinstance(about.default, int) and not isinstance(value, int):
        raise ValueError("give a whole number")
    least, most = about.metadata["range"]
    if not least <= value <= most:
        raise ValueError(f"give a number from {least:g} to {most:g}")
    return value


def _checked_text(key: str, value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("give a text")
    if key == "bind_addr":
        address = _address(value)
        if not address.startswith("unix:") and not address.rpartition(":")[0]:
            raise ValueError("give HOST:PORT or unix:///PATH")
        return value
    value = LEVEL_NAMES.get(value.lower(), value.lower())
    allowed = LOG_LEVELS if key == "log_level" else LOG_FORMATS
    if value not in allowed:
        raise ValueError(f"one of {', '.join(allowed)}")
    return value


def _workers(entries: tuple[str, ...]) -> tuple[WorkerAddress, ...]:
    """Raises ValueError."""
    if not 1 <= len(entries) <= WORKERS_MAX:
        raise ValueError(f"give 1 to {WORKERS_MAX} workers")
    found: dict[str, WorkerAddress] = {}
    for entry in entries:
        name, _, rest = entry.partition("=")
        address = _address(rest or entry)
        if not rest:
            name = Path(address).stem if address.startswith("unix:") else address
        if name in found:
            name = f"{name}-{len(found) + 1}"
        if address in (one.address for one in found.values()):
            raise ValueError(f"{entry} is there twice")
        found[name] = WorkerAddress(name, address)
    return tuple(found.values())


def _address(text: str) -> str:
    """`unix:/PATH` or `HOST:PORT` of the ways to write them. Raises ValueError."""
    text = text.removeprefix("http://")
    if text.startswith("/"):
        return f"unix:{text}"
    if text.startswith("unix:"):
        path = text.removeprefix("unix:")
        path = path.removeprefix("//") if path.startswith("///") else path
        if not path.startswith("/") or path.startswith("//"):
            raise ValueError(f"the path of a Unix socket must be absolute: unix:///PATH, not {text}")
        return f"unix:{path}"
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise ValueError(f"{text!r} is neither unix:///PATH nor HOST:PORT")
    return text


def _shown(value: object) -> str:
    return ", ".join(map(str, _listed(value)))


def _listed(value: object) -> list[object]:
    """The elements of a list; a list of the value when it is none."""
    return list(cast(Iterable[object], value)) if isinstance(value, (list, tuple)) else [value]
