"""What a service manager hands over and is told: sockets, readiness, signs of life."""

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from aistack.chassis.runtime.service_manager import keep_watchdog, notify
from harness.processes import free_port

OPENING = """
import os, sys
os.environ["LISTEN_PID"] = str(os.getpid())
from aistack.chassis.runtime.listeners import AddressTaken
from aistack.gateway.workers.listeners import open_listeners
from aistack.gateway.settings import GatewaySettings
settings = GatewaySettings(service="gateway", port={port}, data_dir="/tmp", listen=["127.0.0.1"])
try:
    print([one.getsockname() for held in open_listeners(settings) for one in held], os.environ.get("LISTEN_FDS"))
except AddressTaken as error:
    print(error)
"""


def opened(port: int, host: str, listening_on: int) -> str:
    """What a gateway says that is handed a socket as its file descriptor 3."""
    with socket.create_server((host, listening_on)) as handed:
        os.set_inheritable(handed.fileno(), True)
        words = ["bash", "-c", f"exec 3<&{handed.fileno()}; exec {sys.executable} -c '{OPENING.format(port=port)}'"]
        environ = os.environ | {"LISTEN_FDS": "1"}
        done = subprocess.run(words, env=environ, pass_fds=[handed.fileno()], capture_output=True, text=True)
    return done.stdout + done.stderr


def test_a_socket_that_is_handed_over_is_used_once():
    port = free_port()
    assert opened(port, "127.0.0.1", port) == f"[('127.0.0.1', {port})] None\n"


def test_one_on_another_address_is_refused():
    port = free_port()
    assert "where this gateway does not listen" in opened(port, "0.0.0.0", port)


@pytest.mark.parametrize(("elsewhere", "given"), [(False, ""), (True, ""), (False, ",no-number,999")])
def test_what_a_supervisor_holds_is_taken_up_where_we_listen_and_let_go_elsewhere(elsewhere: bool, given: str):
    port = free_port()
    with socket.create_server(("127.0.0.1", 0 if elsewhere else port)) as kept:
        environ = os.environ | {"AISTACK_HELD": f"{kept.fileno()}{given}"}
        code = OPENING.format(port=port).replace('os.environ["LISTEN_PID"] = str(os.getpid())', "")
        words = [sys.executable, "-c", f"{code}\nprint(os.environ.get('AISTACK_HELD'))"]
        done = subprocess.run(words, env=environ, pass_fds=[kept.fileno()], capture_output=True, text=True)
    assert done.stdout == f"[('127.0.0.1', {port})] None\nNone\n", done.stderr


@pytest.fixture
def manager(tmp_path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(str(tmp_path / "notify"))
    listener.settimeout(5)
    return listener


def test_states_are_sent_where_somebody_listens(manager: socket.socket, tmp_path: Path):
    assert notify("READY=1", {"NOTIFY_SOCKET": str(tmp_path / "notify")})
    assert manager.recv(100) == b"READY=1"
    assert not notify("READY=1", {})
    assert not notify("READY=1", {"NOTIFY_SOCKET": str(tmp_path / "nobody")})


async def test_signs_of_life_come_from_the_loop_three_times_a_span(manager: socket.socket, tmp_path: Path):
    watchdog = keep_watchdog({"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "150000"})
    assert watchdog is not None
    heard = [await asyncio.to_thread(manager.recv, 100) for _ in range(3)]
    assert heard == [b"WATCHDOG=1"] * 3
    await watchdog.stop()
    assert keep_watchdog({}) is None
    assert keep_watchdog({"WATCHDOG_USEC": "soon"}) is None
