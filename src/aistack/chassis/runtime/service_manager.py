"""Notifies the service manager: ready, stopping, alive (sd_notify(3)). Does nothing when there is none."""

import asyncio
import os
import socket
import time
from collections.abc import Mapping

from aistack.chassis.runtime.periodic import Periodic

BEATS_PER_TIMEOUT = 3


def notify(state: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Sends one message, such as `READY=1`; returns whether a service manager received it."""
    path = environ.get("NOTIFY_SOCKET", "")
    if not path:
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
        try:
            out.sendto(state.encode(), "\0" + path[1:] if path.startswith("@") else path)
        except OSError:
            return False
    return True


def notify_reloading() -> None:
    """Reports that the settings are being read again; `READY=1` ends it."""
    notify(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")


def keep_watchdog(environ: Mapping[str, str] = os.environ) -> Periodic | None:
    """Feeds the watchdog from the event loop, so that a loop that hangs is noticed; None when no watchdog is set."""
    microseconds = environ.get("WATCHDOG_USEC", "0")
    if not microseconds.isdecimal() or not int(microseconds):
        return None

    async def beat() -> None:
        await asyncio.sleep(0)
        notify("WATCHDOG=1", environ)

    return Periodic(int(microseconds) / 1e6 / BEATS_PER_TIMEOUT, beat, "watchdog")
