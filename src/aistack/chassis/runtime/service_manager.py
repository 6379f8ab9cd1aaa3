"""Tells the service manager how we are: ready, stopping, alive (sd_notify(3)). Without one, nothing happens."""

import asyncio
import os
import socket
import time
from collections.abc import Mapping

from aistack.chassis.runtime.periodic import Periodic

BEATS_PER_WATCHDOG = 3


def notify(state: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Sends one message, as `READY=1`; whether somebody was there to hear it."""
    path = environ.get("NOTIFY_SOCKET", "")
    if not path:
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
        try:
            out.sendto(state.encode(), "\0" + path[1:] if path.startswith("@") else path)
        except OSError:
            return False
    return True


def reloading() -> None:
    """Says that the settings are being read anew; `READY=1` ends it."""
    notify(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")


def keep_watchdog(environ: Mapping[str, str] = os.environ) -> Periodic | None:
    """Signs of life from the event loop, so that one that hangs is noticed; None when nobody watches."""
    microseconds = environ.get("WATCHDOG_USEC", "0")
    if not microseconds.isdecimal() or not int(microseconds):
        return None

    async def beat() -> None:
        await asyncio.sleep(0)
        notify("WATCHDOG=1", environ)

    return Periodic(int(microseconds) / 1e6 / BEATS_PER_WATCHDOG, beat, "watchdog")
