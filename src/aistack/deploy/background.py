"""Runs the process target in the background: start and wait, stop and wait, look at it."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from aistack.deploy.state import RunningStack, holder, make_places, memory_bytes, read_state, uptime_seconds
from aistack.stack.description import Stack
from aistack.stack.errors import StackError
from aistack.stack.places import Places

START_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 60.0
LOOK_SECONDS = 0.02
HEALTH_SECONDS_MAX = 5.0
LOG_BYTES_MAX = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """One line of `aistack status`."""

    service: str
    state: str
    address: str
    pid: int | None
    memory_bytes: int | None
    uptime_seconds: float | None
    health: str


def start(stack: Stack) -> tuple[RunningStack, bool]:
    """The running stack, and whether this call started it. Raises StackError with the reason it did not start."""
    places = Places(stack.data_dir)
    make_places(places)
    if holder(places) is not None:
        return _until_up(places, None), False
    if places.log.exists() and places.log.stat().st_size > LOG_BYTES_MAX:
        places.log.replace(places.log.with_suffix(".log.1"))
    at = places.log.stat().st_size if places.log.exists() else 0
    with places.log.open("ab") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "aistack.cli", "up", "--foreground"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd="/",
            env=os.environ | {"AISTACK_STACK": str(stack.source), "AISTACK_DATA_DIR": str(stack.data_dir)},
        )
    try:
        state = _until_up(places, child)
    except StackError as error:
        with places.log.open("rb") as log:
            log.seek(at)
            last = [line for line in log.read().decode("utf-8", "replace").splitlines() if line.startswith("aistack: ")]
        raise StackError(last[-1].removeprefix("aistack: ") if last else f"{error}; see {places.log}") from None
    return state, state.pid == child.pid


def _until_up(places: Places, child: "subprocess.Popen[bytes] | None") -> RunningStack:
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline:
        state = read_state(places)
        if state is not None:
            return state
        if child is not None and child.poll() is not None and holder(places) is None:
            raise StackError(f"the stack ended while starting (exit status {child.returncode})")
        if child is None and holder(places) is None:
            raise StackError("the stack that was starting has ended; start it again")
        time.sleep(LOOK_SECONDS)
    raise StackError(f"the stack was not ready within {START_SECONDS_MAX:g} s")


def stop(stack: Stack) -> bool:
    """Drains and ends the running stack; False when none runs. Raises StackError when it does not end."""
    places = Places(stack.data_dir)
    pid = holder(places)
    if pid is None:
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS_MAX
    while time.monotonic() < deadline:
        if holder(places) is None:
            return True
        time.sleep(LOOK_SECONDS)
    raise StackError(
        f"pid {pid} did not end within {STOP_SECONDS_MAX:g} s; see {places.log}, or end it by: kill -9 {pid}"
    )


def reload(stack: Stack) -> bool:
    """Asks the running stack to read its description anew; False when none runs."""
    pid = holder(Places(stack.data_dir))
    if not pid:
        return False
    os.kill(pid, signal.SIGHUP)
    return True


def look(stack: Stack, api_key: str = "") -> list[ServiceStatus]:
    """One status a service, in the catalogue's order. Takes milliseconds, a few seconds at the very most."""
    places = Places(stack.data_dir)
    state = read_state(places)
    health = _health(state.gateway_url, api_key) if state else {}
    lines: list[ServiceStatus] = []
    for service in stack.services.values():
        name = service.entry.name
        runs = state is not None and name in state.services
        if runs:
            word = "running"
        elif not service.enabled:
            word = "disabled"
        else:
            word = "starting" if holder(places) is not None and state is None else "stopped"
        lines.append(
            ServiceStatus(
                service=name,
                state=word,
                address=f"http://127.0.0.1:{state.services[name] if runs and state else service.port}",
                pid=state.pid if runs and state else None,
                memory_bytes=memory_bytes(state.pid) if runs and state else None,
                uptime_seconds=round(uptime_seconds(state), 1) if runs and state else None,
                health=health.get(name, "unknown") if runs else "-",
            )
        )
    return lines


def _health(gateway_url: str, api_key: str) -> dict[str, str]:
    request = urllib.request.Request(gateway_url + "/api/health/all")  # noqa: S310 -- our own loopback address
    if api_key:
        request.add_header("Authorization", f"Bearer {api_key}")
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(request, timeout=HEALTH_SECONDS_MAX) as answer:
            report: dict[str, Any] = json.load(answer)
    except urllib.error.HTTPError as error:
        try:
            report = json.load(error)
        except ValueError:
            return {}
    except (OSError, ValueError):
        return {}
    return {str(service["name"]): str(service["status"]) for service in report.get("services", ())}
