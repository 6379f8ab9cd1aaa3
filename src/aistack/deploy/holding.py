"""Holds the gateway's port for as long as supervisord runs: whoever connects while the gateway restarts waits for it.

`python -m aistack.deploy.holding SETTINGS` binds, and becomes supervisord. That closes every descriptor below its
`minfds` in what it starts; ours lie from there on, so each process inherits them, and AISTACK_HELD tells their numbers.
"""

import os
import sys
from contextlib import suppress

from aistack.chassis.runtime.listeners import HELD, AddressTaken, bind
from aistack.deploy.rendering.supervisor import DESCRIPTORS
from aistack.deploy.settings import settings_of
from aistack.stack.description import Stack
from aistack.stack.errors import StackError
from aistack.stack.loader import load_stack

SUPERVISORD = "aistack.deploy.supervisord"


def hold(stack: Stack) -> list[int]:
    """Descriptors that listen where the gateway will. Raises AddressTaken, StackError."""
    service = stack.services["gateway"]
    settings, _ = settings_of(service, stack)
    listeners = [bind(address, "GATEWAY_PORT") for address in settings.addresses if address.path is None]
    numbers = [DESCRIPTORS + place for place in range(len(listeners))]
    for listener, number in zip(listeners, numbers, strict=True):
        os.dup2(listener.fileno(), number, inheritable=True)
        listener.close()
    return numbers


def main(settings_file: str) -> None:
    with suppress(AddressTaken, StackError):  # the gateway says so itself when it starts
        os.environ[HELD] = ",".join(map(str, hold(load_stack())))
    os.execv(sys.executable, [sys.executable, "-m", SUPERVISORD, "-c", settings_file])  # noqa: S606


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("holding: give supervisord's settings")
    main(sys.argv[1])
