"""Which processes a stack is when each service runs in its own on one machine, and what each is told.

Further instances of a service listen a thousand ports higher each and have data folders of their own. A further
instance of the gateway is a worker, for all of them share its port.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from aistack.chassis import aliases
from aistack.stack.description import DescribedService, Stack
from aistack.stack.errors import StackError, refused
from aistack.stack.secrets import told

PORT_STEP = 1000
GENERAL = {"database_url": aliases.POSTGRES_URL.variable, "redis_url": aliases.REDIS_URL.variable}


@dataclass(frozen=True, slots=True)
class Process:
    """One instance: `unit` is `rag`, or `rag-2` for the second one; `environment` is what only it is told."""

    unit: str
    service: DescribedService
    environment: Mapping[str, str]

    @property
    def port(self) -> int:
        return int(self.environment.get(f"{self.service.name.upper()}_PORT", self.service.port))


def processes(stack: Stack, data_dir: str) -> list[Process]:
    """The processes in the order of their start. Raises StackError."""
    check_replicas(stack)
    found: list[Process] = []
    for service in stack.enabled:
        name, variable = service.name, service.name.upper()
        if name == "gateway":
            workers = {"GATEWAY_WORKERS": str(service.replicas)} if service.replicas > 1 else {}
            found.append(Process(name, service, workers))
            continue
        found.append(Process(name, service, {}))
        for number in range(2, service.replicas + 1):
            unit = f"{name}-{number}"
            told = {
                f"{variable}_PORT": str(service.port + PORT_STEP * (number - 1)),
                "AISTACK_DATA_DIR": f"{data_dir}/replicas/{unit}",
            }
            found.append(Process(unit, service, told))
    _distinct_ports(stack, found)
    return found


def check_replicas(stack: Stack) -> None:
    """Several instances of a service need what they share. Raises StackError naming the missing setting."""
    for service in stack.enabled:
        environ = stack.environment_of(service)
        for key in service.entry.shared if service.replicas > 1 else ():
            variable = f"{service.name}_{key}".upper()
            given = (
                service.settings.get(key) or told(variable, environ)[0] or told(GENERAL.get(key, variable), environ)[0]
            )
            if not given:
                if service.name == "gateway" and key == "database_url" and not stack.identity:
                    continue
                raise refused(
                    f"services.{service.name}.replicas",
                    service.replicas,
                    f"several instances share what they keep: set services.{service.name}.{key} ({variable}) too",
                    str(stack.source),
                )


def _distinct_ports(stack: Stack, found: list[Process]) -> None:
    holders: dict[int, str] = {}
    for process in found:
        port = process.port
        other = holders.setdefault(port, process.unit)
        if port > 65535 or other != process.unit:
            raise StackError(
                f"{stack.source}: instance {process.unit} would listen on port {port}, which "
                f"{f'{other} has' if other != process.unit else 'is none'}; choose other ports or fewer replicas"
            )
