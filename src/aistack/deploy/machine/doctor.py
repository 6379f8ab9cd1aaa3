"""Checks what a stack needs of its machine and of other servers. Every finding that is not ok comes with its fix."""

import asyncio
import importlib.util
import os
import resource
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from aistack.chassis.runtime.listeners import holder_of
from aistack.chassis.settings import ServiceSettings
from aistack.deploy.file_descriptors import descriptors_needed
from aistack.deploy.instances import check_replicas
from aistack.deploy.processes.data_folder import make_folders
from aistack.deploy.processes.process_state import running_units
from aistack.deploy.processes.programs import check_programs
from aistack.deploy.settings import load_attribute, settings_of
from aistack.deploy.variables import ignored_variables, is_readable_by_others
from aistack.stack.catalogue import SIDECAR
from aistack.stack.data_paths import DataPaths
from aistack.stack.description import Stack
from aistack.stack.errors import StackError
from aistack.stores.records import NewerData, RecordsFailed, check_revision

PACKAGE = Path(__file__).parents[2]
PYTHON_MIN = (3, 11)
DISK_MIB_MIN, DISK_MIB_LOW = 512, 5120
CONNECT_SECONDS_MAX = 3.0
RECORDS_SECONDS_MAX = 10.0
SKEW_SECONDS_MAX = 30.0
DEFAULT_PORTS = {"postgresql": 5432, "redis": 6379, "rediss": 6379, "memcached": 11211, "http": 80, "https": 443}
COMPOSE_MIN = (1, 29)
LOCAL_SCHEMES = ("", "file", "s3")
SOCKET_BYTES_MAX = 107
WORKER_MODULES = ("google", "xllamacpp")

State = Literal["ok", "warning", "failed"]


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check; `fix` says what to do when it is not ok."""

    what: str
    state: State
    found: str
    fix: str = ""


def examine(stack: Stack) -> Iterator[Finding]:
    """All findings, in the order in which they would prevent a start."""
    yield _python()
    yield from _description(stack)
    yield from _variables(stack)
    yield from _data_folder(stack)
    yield from _records(stack)
    yield _descriptors(stack)
    yield from _ports(stack)
    yield from _local_models(stack)
    yield from _servers(stack)
    yield from _programs()


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < PYTHON_MIN:
        return Finding("Python", "failed", version, "install Python 3.11 or newer")
    return Finding("Python", "ok", version)


def _description(stack: Stack) -> Iterator[Finding]:
    try:
        for service in stack.enabled:
            settings_of(service, stack)
        check_programs(stack, stack.enabled_programs)
        check_replicas(stack)
    except StackError as error:
        yield Finding("description", "failed", str(error), f"correct {stack.source}, or the variable named above")
        return
    yield Finding("description", "ok", f"{stack.source}: {', '.join(one.name for one in stack.chosen(()))}")


def _variables(stack: Stack) -> Iterator[Finding]:
    """Variables that no setting reads, and a `.env` that other users can read."""
    ignored = ignored_variables(stack)
    for one in ignored:
        yield Finding(
            f"variable {one.name}", "warning", one.text, "correct its name, set what is missing, or remove it"
        )
    if is_readable_by_others(stack):
        file = stack.env_file
        yield Finding(".env", "warning", f"other users can read {file}, which contains secrets", f"chmod 600 {file}")
    elif not ignored:
        yield Finding("variables", "ok", "all names are known")


def _records(stack: Stack) -> Iterator[Finding]:
    """Databases that a newer version wrote, which would prevent a start."""
    for service in stack.enabled:
        try:
            settings, _ = settings_of(service, stack)
        except StackError:
            return
        migrations = PACKAGE / service.name / "migrations"
        path = settings.data_dir / service.name / "records.sqlite3"
        url, table = (
            getattr(settings, "database_url", ""),
            load_attribute(f"aistack.{service.name}.tables:VERSION_TABLE"),
        )
        if url and not stack.identity and service.name == "gateway":
            continue
        what = f"{service.name} records"
        try:
            asyncio.run(asyncio.wait_for(check_revision(url, path, migrations, table), RECORDS_SECONDS_MAX))
        except NewerData as error:
            yield Finding(what, "failed", str(error), "install the newer version, or restore a backup")
        except (RecordsFailed, TimeoutError, ImportError) as error:
            fix = f"start that server, or correct {service.name}.database_url" if url else "restore a backup"
            yield Finding(what, "failed", str(error) or "no response", fix)


def _descriptors(stack: Stack) -> Finding:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    try:
        wanted = descriptors_needed(settings_of(stack.services["gateway"], stack)[0])
    except StackError:
        wanted = 0
    if hard != resource.RLIM_INFINITY and hard < wanted:
        fix = f"raise the limit to {wanted} (LimitNOFILE=, --ulimit nofile=, limits.conf), or lower connections_max"
        return Finding("open files", "warning", f"limit {hard}; the gateway may need {wanted}", fix)
    return Finding("open files", "ok", "no limit" if hard == resource.RLIM_INFINITY else f"limit {hard}")


def _data_folder(stack: Stack) -> Iterator[Finding]:
    paths = DataPaths(stack.data_dir)
    try:
        make_folders(paths)
    except StackError as error:
        found, _, fix = str(error).partition("; ")
        yield Finding("data folder", "failed", found, fix)
        return
    mode = paths.data_dir.stat().st_mode & 0o777
    if mode & 0o077:
        yield Finding(
            "data folder", "warning", f"other users can access {paths.data_dir}", f"chmod 700 {paths.data_dir}"
        )
    else:
        yield Finding("data folder", "ok", str(paths.data_dir))
    free = shutil.disk_usage(paths.data_dir).free >> 20
    state: State = "failed" if free < DISK_MIB_MIN else "warning" if free < DISK_MIB_LOW else "ok"
    yield Finding("disk", state, f"{free} MiB free", "" if state == "ok" else f"free up space at {paths.data_dir}")


def _ports(stack: Stack) -> Iterator[Finding]:
    units = running_units(DataPaths(stack.data_dir))
    ours = {port: unit for unit in units.values() for port in unit.services.values()}
    wanted = [(one.name, one.port, "port") for one in stack.enabled]
    if stack.enabled_programs:
        local = stack.local_models
        wanted += [(SIDECAR, stack.programs[SIDECAR].port, "port"), (SIDECAR, local.metrics_port, "metrics_port")]
        ours |= {local.metrics_port: units[SIDECAR]} if SIDECAR in units else {}
    for name, port, key in wanted:
        if not port:
            continue
        if port in ours:
            yield Finding(f"port {port}", "ok", f"{name} is listening (pid {ours[port].pid})")
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                setting = f"{name.upper()}_{key.upper()}, or services.{name}.{key} in {stack.source}"
                holder = holder_of(port)
                yield Finding(f"port {port}", "failed", f"in use by {holder}", f"stop {holder}, or set {setting}")
                continue
        yield Finding(f"port {port}", "ok", f"available for {name}")


def _local_models(stack: Stack) -> Iterator[Finding]:
    """The weights of models that the worker is to run, and what it needs to run them."""
    local, folder = stack.local_models, DataPaths(stack.data_dir).models
    if not local.models:
        return
    if len(os.fsencode(local.socket)) > SOCKET_BYTES_MAX:
        fix = "set services.worker.socket (WORKER_SOCKET) to a shorter path"
        yield Finding("worker socket", "failed", f"{local.socket} is longer than {SOCKET_BYTES_MAX} bytes", fix)
    missing = [name for name in WORKER_MODULES if importlib.util.find_spec(name) is None]
    if missing:
        yield Finding("worker", "failed", f"{', '.join(missing)} is not installed", "pip install 'aistack[local]'")
    for model in local.models:
        if "=" not in model and not (folder / model).is_dir():
            yield Finding(f"model {model}", "warning", "is not installed", f"aistack models pull {model}")
        else:
            yield Finding(f"model {model}", "ok", model.partition("=")[2] or str(folder / model))


def _servers(stack: Stack) -> Iterator[Finding]:
    """Every URL in the settings that points to another server."""
    seen: set[tuple[str, int]] = set()
    for service in stack.enabled:
        try:
            settings, origins = settings_of(service, stack)
        except StackError:
            return
        for key in (one.key for one in origins):
            address = _server(settings, key)
            if address is None or address in seen:
                continue
            seen.add(address)
            yield _connect(f"{service.name}.{key}", *address)


def _server(settings: ServiceSettings, key: str) -> tuple[str, int] | None:
    value = getattr(settings, key)
    if not isinstance(value, str) or "://" not in value or key == "gateway_url":
        return None
    parts = urlsplit(value)
    if parts.scheme in LOCAL_SCHEMES or not parts.hostname:
        return None
    return parts.hostname, parts.port or DEFAULT_PORTS.get(parts.scheme, 80)


def _connect(what: str, host: str, port: int) -> Finding:
    try:
        with socket.create_connection((host, port), timeout=CONNECT_SECONDS_MAX) as connection:
            connection.sendall(b"HEAD / HTTP/1.0\r\nhost: %b\r\n\r\n" % host.encode())
            connection.settimeout(CONNECT_SECONDS_MAX)
            skew = _skew(connection)
    except OSError as error:
        return Finding(what, "failed", f"{host}:{port}: {error}", f"start that server, or correct {what}")
    if skew is not None and abs(skew) > SKEW_SECONDS_MAX:
        return Finding(
            what,
            "warning",
            f"{host}:{port} responds; its clock is off by {skew:.0f} s",
            "synchronize both clocks with NTP",
        )
    return Finding(what, "ok", f"{host}:{port} responds")


def _skew(connection: socket.socket) -> float | None:
    """Seconds by which an HTTP server's clock is ahead of ours; None when its answer has no date."""
    try:
        head = connection.recv(4096).decode("latin-1", "replace")
        date = next(line[5:].strip() for line in head.splitlines() if line.lower().startswith("date:"))
        return parsedate_to_datetime(date).timestamp() - time.time()
    except (OSError, StopIteration, ValueError):
        return None


def _programs() -> Iterator[Finding]:
    """Programs that only some features need: a missing one is a warning at most."""
    if shutil.which("tesseract") is None:
        fix = "to read images and scans: apt-get install tesseract-ocr tesseract-ocr-chi-sim"
        yield Finding("tesseract", "warning", "not installed", fix)
    else:
        yield Finding("tesseract", "ok", "reads images and scans")
    if shutil.which("docker") is None:
        yield Finding("Docker", "ok", "not installed; only ./start.sh single, multi and production need it")
        return
    engine = _output("docker", "version", "--format", "{{.Server.Version}}")
    if engine is None:
        fix = "start it (systemctl start docker), and add this user to its group (usermod -aG docker USER)"
        yield Finding("Docker", "warning", "the engine does not respond", fix)
    else:
        yield Finding("Docker", "ok", f"engine {engine}")
    yield _compose()


def _compose() -> Finding:
    for words in (("docker", "compose", "version", "--short"), ("docker-compose", "version", "--short")):
        version = _output(*words)
        if version is None:
            continue
        numbers = tuple(int(one) for one in version.lstrip("v").split(".")[:2] if one.isdecimal())
        if numbers >= COMPOSE_MIN:
            return Finding("Compose", "ok", version)
        return Finding("Compose", "warning", f"{version} is too old", "install Compose 1.29 or newer")
    return Finding("Compose", "warning", "not installed", "apt-get install docker-compose, or Docker's Compose plugin")


def _output(*words: str) -> str | None:
    if shutil.which(words[0]) is None:
        return None
    try:
        ended = subprocess.run(words, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return (ended.stdout.strip() or None) if ended.returncode == 0 else None
