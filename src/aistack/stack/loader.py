"""Loads and checks `stack.toml`. An error is one line: the key, what was given and what is allowed."""

import contextlib
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from aistack import __version__
from aistack.stack import fields
from aistack.stack.catalogue import CATALOGUE, MODELS, PROGRAMS, SIDECAR, Service
from aistack.stack.description import ALL, Deployment, DescribedService, Limits, LocalModels, SettingValue, Stack
from aistack.stack.environment import Environment, env_file_of, source_of
from aistack.stack.errors import StackError, refused
from aistack.stack.fields import Table
from aistack.stack.identity.table import identity_settings
from aistack.stack.local_models import bound_port, local_models
from aistack.stack.models import models_of
from aistack.stack.upstreams import upstreams_of

STACK_FILE_VARIABLE = "AISTACK_STACK"
DATA_DIR_VARIABLE = "AISTACK_DATA_DIR"
IDENTITY_VARIABLE = "AISTACK_IDENTITY"
ALLOWED_HOSTS_VARIABLE = "AISTACK_ALLOWED_HOSTS"
SWITCH = {"true": True, "1": True, "on": True, "false": False, "0": False, "off": False}
FILE_BYTES_MAX = 1024 * 1024
STACK_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
ALLOWED_HOST = re.compile(
    r"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?)(:[1-9][0-9]{0,4})?"
)
IMAGE_NAME = re.compile(r"[a-z0-9][a-z0-9._/:-]{0,199}")
IMAGE_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]{0,99}")
SERVICE_KEYS = frozenset(("enabled", "port", "replicas", "memory", "memory_reserved", "cpus", "environment"))


def find_stack_file(environ: Mapping[str, str] = os.environ) -> Path:
    """The file in force: `$AISTACK_STACK`, otherwise `./stack.toml`, otherwise the default of the package."""
    named = environ.get(STACK_FILE_VARIABLE)
    if named:
        return Path(named).expanduser().absolute()
    with contextlib.suppress(OSError):  # the working directory is gone, or not accessible
        here = Path.cwd() / "stack.toml"
        if here.is_file():
            return here
    return _packaged()


def _packaged() -> Path:
    packaged = Path(__file__).with_name("default.toml")
    return packaged if packaged.is_file() else Path(__file__).parents[3] / "stack.toml"


def load_stack(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Stack:
    """The stack described at `path` (default: `find_stack_file`) and in `.env` beside it. Raises StackError."""
    is_default = path is None and not environ.get(STACK_FILE_VARIABLE)
    path = path or find_stack_file(environ)
    env_file = env_file_of(path, environ, is_default=is_default and path == _packaged())
    environment = Environment.read(environ, env_file)
    document = _read(path)
    fields.only(document, {"stack", "services", "upstreams", "models", "profiles", "deploy", "identity"}, "", path)
    about = fields.table(document, "stack", path)
    fields.only(about, {"name", "data_dir", "identity", "allowed_hosts"}, "stack.", path)
    data_dir = _data_dir(about, path, environment)
    tables = fields.table(document, "services", path)
    fields.only(tables, {*CATALOGUE, *PROGRAMS}, "services.", path)
    services = {name: _service(entry, tables, path, environment) for name, entry in CATALOGUE.items()}
    programs = {name: _service(entry, tables, path, environment) for name, entry in PROGRAMS.items()}
    local = local_models(programs, data_dir, path, environment)
    programs = {name: _program(one, path, enabled=bool(local.models)) for name, one in programs.items()}
    _distinct_ports(services, programs[SIDECAR], local, path)
    return Stack(
        name=fields.matching(about, "name", "ai-stack", "stack.", path, STACK_NAME),
        source=path,
        data_dir=data_dir,
        services=services,
        upstreams=upstreams_of(fields.table(document, "upstreams", path), path, services),
        models=models_of(fields.table(document, "models", path), path, environment, local),
        identity=_identity(about, path, environment),
        sign_in=identity_settings(fields.table(document, "identity", path), path, environment),
        allowed_hosts=_allowed_hosts(about, path, environment),
        gateway_host=_gateway_host(services["gateway"], environment),
        deploy=_deployment(fields.table(document, "deploy", path), path),
        profiles=_profiles(fields.table(document, "profiles", path), path),
        environment=environment,
        env_file=env_file,
        programs=programs,
        local_models=local,
    )


def _read(path: Path) -> Table:
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise StackError(f"{path}: larger than {FILE_BYTES_MAX} bytes, the limit for a description")
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise StackError(f"{path}: no such file; set {STACK_FILE_VARIABLE}, or create a stack.toml here") from None
    except (OSError, UnicodeDecodeError) as error:
        raise StackError(f"{path}: cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise StackError(f"{path}: not valid TOML: {error}") from None


def _data_dir(about: Table, path: Path, environment: Environment) -> Path:
    if environment.get(DATA_DIR_VARIABLE):
        return environment.path(DATA_DIR_VARIABLE).absolute()
    return Path(fields.text(about, "data_dir", "~/.aistack", "stack.", path)).expanduser().absolute()


def _identity(about: Table, path: Path, environment: Environment) -> bool:
    if word := environment.get(IDENTITY_VARIABLE, "").strip().lower():
        if word not in SWITCH:
            source = source_of(environment, IDENTITY_VARIABLE)
            raise refused("stack.identity", environment[IDENTITY_VARIABLE], "allowed: true or false", source)
        return SWITCH[word]
    value = about.get("identity", False)
    if not isinstance(value, bool):
        raise refused("stack.identity", value, "allowed: true or false", str(path))
    return value


def _allowed_hosts(about: Table, path: Path, environment: Environment) -> tuple[str, ...]:
    entries, source = fields.list_of_texts(about.get("allowed_hosts", [])), str(path)
    if ALLOWED_HOSTS_VARIABLE in environment:
        words = environment[ALLOWED_HOSTS_VARIABLE].split(",")
        entries, source = (
            [word.strip() for word in words if word.strip()],
            source_of(environment, ALLOWED_HOSTS_VARIABLE),
        )
    allowed = "allowed: a list of NAME or NAME:PORT, in ASCII (xn--...), without * or http://"
    if entries is None:
        raise refused("stack.allowed_hosts", about["allowed_hosts"], allowed, source)
    for entry in entries:
        if not ALLOWED_HOST.fullmatch(entry):
            raise refused("stack.allowed_hosts", entry, allowed, source)
    return tuple(entry.lower() for entry in entries)


def _gateway_host(gateway: DescribedService, environment: Environment) -> str:
    """The host at which this machine reaches the gateway: IPv4 loopback, or IPv6 if it listens only there."""
    variable: object = environment["GATEWAY_LISTEN"].split(",") if environment.get("GATEWAY_LISTEN") else None
    entries = fields.list_of_texts(variable or gateway.settings.get("listen")) or []
    sixes = [entry for entry in entries if entry.startswith("[") or entry.count(":") > 1]
    return "[::1]" if sixes and len(sixes) == len(entries) else "127.0.0.1"


def _service(entry: Service, tables: Table, path: Path, environment: Environment) -> DescribedService:
    table = fields.table(tables, entry.name, path, "services.")
    prefix = f"services.{entry.name}."
    enabled = table.get("enabled", True)
    if not isinstance(enabled, bool):
        raise refused(prefix + "enabled", enabled, "allowed: true or false", str(path))
    if entry.name == "gateway" and not enabled:
        raise refused(prefix + "enabled", enabled, "the gateway is always enabled", str(path))
    return DescribedService(
        entry,
        enabled,
        _port(table, entry, prefix, path, environment) if entry.port else 0,
        _limits(table, entry, prefix, path),
        fields.count(table, "replicas", 1, prefix, path),
        _environment(table, prefix, path),
        _settings(table, prefix, path),
    )


def _port(table: Table, entry: Service, prefix: str, path: Path, environment: Environment) -> int:
    variable = f"{entry.name.upper()}_PORT"
    given: object = table.get("port", entry.port)
    source = str(path)
    text = environment.get(variable, "")
    if entry.name == SIDECAR and bound_port(environment):
        variable, text = "SIDECAR_BIND_ADDR", bound_port(environment)
    if text:
        source = source_of(environment, variable)
        given = int(text) if text.isdecimal() else text
    return fields.port(given, prefix + "port", source)


def _program(described: DescribedService, path: Path, *, enabled: bool) -> DescribedService:
    if described.replicas > 1:
        allowed = "allowed: 1, as a worker runs several models and many requests at once"
        raise refused(f"services.{described.name}.replicas", described.replicas, allowed, str(path))
    return replace(described, enabled=enabled)


def _settings(table: Table, prefix: str, path: Path) -> dict[str, SettingValue]:
    settings: dict[str, SettingValue] = {}
    for key, value in table.items():
        if key in SERVICE_KEYS:
            continue
        texts = fields.list_of_texts(value)
        if texts is not None:
            settings[key] = texts
        elif isinstance(value, str | int | float | bool):
            settings[key] = value
        else:
            raise refused(
                prefix + key, value, "allowed: a string, a number, true, false or a list of strings", str(path)
            )
    return settings


def _limits(table: Table, entry: Service, prefix: str, path: Path) -> Limits:
    memory = fields.mebibytes(table, "memory", entry.memory_mib, prefix, path)
    reserved = fields.mebibytes(table, "memory_reserved", min(entry.reserved_mib, memory), prefix, path)
    if reserved > memory:
        raise refused(
            prefix + "memory_reserved", f"{reserved}M", f"allowed: at most the value of memory, {memory}M", str(path)
        )
    cpus = table.get("cpus", entry.cpus)
    if isinstance(cpus, bool) or not isinstance(cpus, int | float) or not 0.05 <= cpus <= 1024:
        raise refused(prefix + "cpus", cpus, "allowed: a number of cores from 0.05 to 1024", str(path))
    return Limits(memory, reserved, float(cpus))


def _environment(table: Table, prefix: str, path: Path) -> dict[str, str]:
    held = fields.table(table, "environment", path, prefix)
    given: dict[str, str] = {}
    for name, value in held.items():
        if not VARIABLE.fullmatch(name) or not isinstance(value, str) or any(ord(one) < 32 for one in value):
            allowed = "allowed: NAME = a string on one line, with a name of capital letters, digits and _"
            raise refused(f"{prefix}environment.{name}", value, allowed, str(path))
        given[name] = value
    return given


def _deployment(table: Table, path: Path) -> Deployment:
    fields.only(table, {"image", "tag", "host", "replicas"}, "deploy.", path)
    return Deployment(
        image=fields.matching(table, "image", "ai-stack", "deploy.", path, IMAGE_NAME),
        tag=fields.matching(table, "tag", __version__, "deploy.", path, IMAGE_TAG),
        host=fields.matching(table, "host", "localhost", "deploy.", path, HOST_NAME),
        replicas=fields.count(table, "replicas", 3, "deploy.", path),
    )


def _profiles(tables: Table, path: Path) -> dict[str, tuple[str, ...]]:
    profiles: dict[str, tuple[str, ...]] = {}
    for name in tables:
        members = fields.texts(tables, name, "profiles.", path)
        unknown = [one for one in members if one not in CATALOGUE and one not in PROGRAMS]
        if name in CATALOGUE or name in PROGRAMS or name in (ALL, MODELS) or not STACK_NAME.fullmatch(name):
            raise refused(
                f"profiles.{name}",
                name,
                "allowed: a name of lower-case letters, digits and - that no service has",
                str(path),
            )
        if unknown:
            raise refused(f"profiles.{name}", unknown[0], f"allowed: {', '.join((*CATALOGUE, *PROGRAMS))}", str(path))
        profiles[name] = tuple(members)
    return profiles


def _distinct_ports(
    services: Mapping[str, DescribedService], sidecar: DescribedService, local: LocalModels, path: Path
) -> None:
    taken = [(f"services.{name}", "port", one.port) for name, one in services.items() if one.enabled]
    if sidecar.enabled:
        taken.append(("services.sidecar", "port", sidecar.port))
        taken += [("services.sidecar", "metrics_port", local.metrics_port)] if local.metrics_port else []
    owners: dict[int, str] = {}
    for name, key, port in taken:
        other = owners.setdefault(port, f"{name}.{key}")
        if other != f"{name}.{key}":
            raise refused(f"{name}.{key}", port, f"{other.removesuffix('.port')} already uses this port", str(path))
