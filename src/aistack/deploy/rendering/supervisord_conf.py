"""supervisord's settings: every service in a process of its own, started in order, started again when it ends.

For one container (`render`), and for processes in the background on this machine (`settings`).
"""

from collections.abc import Callable, Mapping

from aistack.deploy.instances import processes
from aistack.deploy.rendering.serialization import HEADER
from aistack.stack.description import Stack

STOP_SECONDS = 30
IN_CONTAINER = "/data"
DESCRIPTORS = 200  # those below are closed in what supervisord starts; `socket_activation` keeps its own from there on


def render(stack: Stack) -> dict[str, str]:
    """The settings inside the all-in-one image: logs go to the container's output."""
    container = {
        "logfile": "/dev/null", "logfile_maxbytes": "0", "pidfile": "/tmp/supervisord.pid", "nodaemon": "true",
    }  # fmt: skip
    output = {"stdout_logfile": "/dev/fd/1", "stdout_logfile_maxbytes": "0", "redirect_stderr": "true"}
    text = settings(stack, "python3", "/tmp/supervisor.sock", container, IN_CONTAINER, lambda unit: output)
    return {"supervisord.conf": text}


def settings(
    stack: Stack,
    python: str,
    socket: str,
    daemon: Mapping[str, str],
    data_dir: str,
    logging: Callable[[str], Mapping[str, str]],
) -> str:
    """`daemon` are supervisord's own keys, `logging` those that say where the output of a unit goes."""
    sections = [
        HEADER.replace("#", ";", 1),
        _section("supervisord", {"minfds": str(DESCRIPTORS)} | dict(daemon)),
        _section("unix_http_server", {"file": socket, "chmod": "0700"}),
        _section("supervisorctl", {"serverurl": f"unix://{socket}"}),
        _section(
            "rpcinterface:supervisor",
            {"supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"},
        ),
    ]
    for place, process in enumerate(processes(stack, data_dir)):
        keys = {
            "command": f"{python} -m aistack.cli up {process.service.name} --foreground",
            "priority": str(10 * (place + 1)),
            "autorestart": "true",
            "startsecs": "1",
            "startretries": "3",
            "stopsignal": "TERM",
            "stopwaitsecs": str(STOP_SECONDS),
            "killasgroup": "true",
        }
        if process.environment:
            keys["environment"] = ",".join(f'{name}="{value}"' for name, value in process.environment.items())
        sections.append(_section(f"program:{process.unit}", keys | dict(logging(process.unit))))
    return "\n\n".join(sections) + "\n"


def _section(name: str, keys: Mapping[str, str]) -> str:
    return "\n".join((f"[{name}]", *(f"{key}={value}" for key, value in keys.items())))
