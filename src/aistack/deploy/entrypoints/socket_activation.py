"""Socket activation under supervisord: the gateway's port stays open while the gateway restarts, so clients wait.

`python -m aistack.deploy.entrypoints.socket_activation CONFIGURATION` binds the sockets and then becomes supervisord.
supervisord closes every descriptor below its `minfds` in its children; these sockets are numbered from there on, so
each child inherits them. AISTACK_HELD passes on their numbers.
"""

import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from aistack.chassis.runtime.listeners import HELD, AddressTaken, bind
from aistack.deploy.rendering.supervisord_conf import DESCRIPTORS_CLOSED, render
from aistack.deploy.settings import settings_of
from aistack.stack.description import Stack
from aistack.stack.errors import StackError
from aistack.stack.loader import load_stack

SOCKET_ACTIVATION = "aistack.deploy.entrypoints.socket_activation"
SUPERVISORD = "aistack.deploy.entrypoints.supervisord"


def bind_gateway(stack: Stack) -> list[int]:
    """Descriptors of sockets that listen on the gateway's addresses. Raises AddressTaken, StackError."""
    service = stack.services["gateway"]
    settings, _ = settings_of(service, stack)
    listeners = [bind(address, "GATEWAY_PORT") for address in settings.addresses if address.path is None]
    numbers = [DESCRIPTORS_CLOSED + place for place in range(len(listeners))]
    for listener, number in zip(listeners, numbers, strict=True):
        os.dup2(listener.fileno(), number, inheritable=True)
        listener.close()
    return numbers


def with_programs(configuration: str) -> str:
    """The file to use: another one, in a temporary folder, if the stack runs models and this one was made without."""
    with suppress(StackError, OSError):
        stack, text = load_stack(), Path(configuration).read_text()
        if stack.enabled_programs and f"[program:{stack.enabled_programs[0].name}]" not in text:
            path = Path(tempfile.mkdtemp()) / "supervisord.conf"
            path.write_text(render(stack)["supervisord.conf"])
            return str(path)
    return configuration


def main(configuration: str) -> None:
    configuration = with_programs(configuration)
    with suppress(AddressTaken, StackError):  # the gateway reports it when it starts
        os.environ[HELD] = ",".join(map(str, bind_gateway(load_stack())))
    os.execv(sys.executable, [sys.executable, "-m", SUPERVISORD, "-c", configuration])  # noqa: S606


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m aistack.deploy.entrypoints.socket_activation CONFIGURATION")
    main(sys.argv[1])
