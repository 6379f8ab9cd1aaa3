"""supervisord's configuration: every service in a process of its own, started in order and restarted when it exits.

For the all-in-one container (`render`), and for background processes on this machine (`configuration`).
"""

from collections.abc import Callable, Mapping, Sequence

from aistack.deploy.instances import Instance, instances
from aistack.deploy.rendering.serialization import HEADER
from aistack.stack.description import Stack

STOP_SECONDS = 30
IN_CONTAINER = "/data"
DESCRIPTORS_CLOSED = 200  # supervisord closes those below in its children; `socket_activation` uses those above


def render(stack: Stack) -> dict[str, str]:
    """The configuration inside the all-in-one image: logs go to the container's output."""
    container = {
        "logfile": "/dev/null", "logfile_maxbytes": "0", "pidfile": "/tmp/supervisord.pid", "nodaemon": "true",
    }  # fmt: skip
    output = {"stdout_logfile": "/dev/fd/1", "stdout_logfile_maxbytes": "0", "redirect_stderr": "true"}
    text = configuration(stack, "python3", "/tmp/supervisor.sock", container, IN_CONTAINER, lambda unit: output)
    return {"supervisord.conf": text}


def configuration(
    stack: Stack,
    python: str,
    socket: str,
    daemon: Mapping[str, str],
    data_dir: str,
    program_keys: Callable[[str], Mapping[str, str]],
    more: Sequence[Instance] = (),
) -> str:
    """The text of the file. `daemon` are supervisord's own keys; `program_keys` are more keys of a unit's program.

    `more` are instances besides those that the description enables.
    """
    sections = [
        HEADER.replace("#", ";", 1),
        _section("supervisord", {"minfds": str(DESCRIPTORS_CLOSED)} | dict(daemon)),
        _section("unix_http_server", {"file": socket, "chmod": "0700"}),
        _section("supervisorctl", {"serverurl": f"unix://{socket}"}),
        _section(
            "rpcinterface:supervisor",
            {"supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"},
        ),
    ]
    for position, instance in enumerate((*instances(stack, data_dir), *more)):
        keys = {
            "command": f"{python} -m aistack.cli up {instance.service.name} --foreground",
            "priority": str(10 * (position + 1)),
            "autorestart": "true",
            "startsecs": "1",
            "startretries": "3",
            "stopsignal": "TERM",
            "stopwaitsecs": str(STOP_SECONDS),
            "killasgroup": "true",
        }
        if instance.environment:
            keys["environment"] = ",".join(f'{name}="{value}"' for name, value in instance.environment.items())
        sections.append(_section(f"program:{instance.unit}", keys | dict(program_keys(instance.unit))))
    return "\n\n".join(sections) + "\n"


def _section(name: str, keys: Mapping[str, str]) -> str:
    return "\n".join((f"[{name}]", *(f"{key}={value}" for key, value in keys.items())))
