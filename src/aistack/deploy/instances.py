"""The instances of a stack when each service runs in a process of its own on one machine.

Additional instances of a service listen 1000 ports higher each and have their own data folders. An additional instance
of the gateway is a worker, because all of them share its port.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from aistack.chassis import aliases
from aistack.stack.description import DescribedService, Stack
from aistack.stack.errors import StackError, refused
from aistack.stack.secrets import secret_from_environment

PORT_STEP = 1000
GENERAL = {"database_url": aliases.POSTGRES_URL.variable, "redis_url": aliases.REDIS_URL.variable}


@dataclass(frozen=True, slots=True)
class Instance:
    """One process: `unit` is `rag`, or `rag-2` for the second instance; `environment` holds its own variables."""

    unit: str
    service: DescribedService
    environment: Mapping[str, str]

    @property
    def port(self) -> int:
        return int(self.environment.get(f"{self.service.name.upper()}_PORT", self.service.port))


def instances(stack: Stack, data_dir: str) -> list[Instance]:
    """The instances in the order of their start. Raises StackError."""
    check_replicas(stack)
    found: list[Instance] = []
    for service in stack.enabled:
        name, variable = service.name, service.name.upper()
        if name == "gateway":
            workers = {"GATEWAY_WORKERS": str(service.replicas)} if service.replicas > 1 else {}
            found.append(Instance(name, service, workers))
            continue
        found.append(Instance(name, service, {}))
        for number in range(2, service.replicas + 1):
            unit = f"{name}-{number}"
            variables = {
                f"{variable}_PORT": str(service.port + PORT_STEP * (number - 1)),
                "AISTACK_DATA_DIR": f"{data_dir}/replicas/{unit}",
            }
            found.append(Instance(unit, service, variables))
    found += [Instance(one.name, one, {}) for one in stack.enabled_programs]
    _check_ports(stack, found)
    return found


def check_replicas(stack: Stack) -> None:
    """Several instances of a service need shared stores. Raises StackError naming the missing setting."""
    for service in stack.enabled:
        environ = stack.environment_of(service)
        for key in service.entry.shared if service.replicas > 1 else ():
            variable = f"{service.name}_{key}".upper()
            given = (
                service.settings.get(key)
                or secret_from_environment(variable, environ)[0]
                or secret_from_environment(GENERAL.get(key, variable), environ)[0]
            )
            if not given:
                if service.name == "gateway" and key == "database_url" and not stack.identity:
                    continue
                raise refused(
                    f"services.{service.name}.replicas",
                    service.replicas,
                    f"several instances need shared stores: set services.{service.name}.{key} ({variable}) as well",
                    str(stack.source),
                )


def _check_ports(stack: Stack, found: list[Instance]) -> None:
    owners: dict[int, str] = {}
    for instance in found:
        port = instance.port
        owner = owners.setdefault(port, instance.unit) if port else instance.unit
        if port > 65535 or owner != instance.unit:
            problem = f"{owner} uses already" if owner != instance.unit else "does not exist"
            raise StackError(
                f"{stack.source}: instance {instance.unit} would listen on port {port}, which {problem}; "
                "choose other ports or fewer replicas"
            )
