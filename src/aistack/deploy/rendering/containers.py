"""What a container of the stack has on every platform: its image, its environment, its paths and limits."""

from collections.abc import Mapping

from aistack.stack.catalogue import SIDECAR
from aistack.stack.description import DescribedService, Stack

DATA = "/data"
STACK_FILE = "/etc/ai-stack/stack.toml"
SECRETS = "/run/secrets"
USER_ID = 10001
TEMPORARY_MIB = 256
STOP_SECONDS = 30
PRIVATE_NETWORKS = "127.0.0.0/8,::1/128,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7"
METRICS_PORT = 9001
ALL_IN_ONE = "all-in-one"
RUN = "/run/ai-stack"  # shared by the worker and the sidecar
WORKER_SOCKET = f"{RUN}/models/worker.sock"  # the worker makes the folder, which only its user may enter
SIDECAR_HOST = "AISTACK_SIDECAR_HOST"


def image(stack: Stack, target: str) -> str:
    """The image of a service, or of `all-in-one`."""
    return f"{stack.deploy.image}/{target}:{stack.deploy.tag}"


def environment(
    stack: Stack,
    service: DescribedService,
    gateway_host: str,
    more: Mapping[str, str] | None = None,
    sidecar_host: str = "sidecar",
) -> dict[str, str]:
    """A container's environment: it listens on all addresses, requires API keys, and finds the others by name."""
    name = service.name.upper()
    variables = {
        "AISTACK_STACK": STACK_FILE,
        "AISTACK_DATA_DIR": DATA,
        "AISTACK_IDENTITY": "true",
        "CREDENTIALS_DIRECTORY": SECRETS,
        "LOG_FORMAT": "json",
        f"{name}_LISTEN": "0.0.0.0",  # noqa: S104 -- of the container
    }
    if service.name == "gateway":
        variables["GATEWAY_REGISTRY_NETWORKS"] = PRIVATE_NETWORKS
        variables["GATEWAY_METRICS_LISTEN"] = f"0.0.0.0:{METRICS_PORT}"
        if stack.enabled_programs:
            variables[SIDECAR_HOST] = sidecar_host
    else:
        variables["AISTACK_GATEWAY_URL"] = f"http://{gateway_host}:{stack.services['gateway'].port}"
    return variables | dict(service.environment) | dict(more or {})


def program_environment(program: DescribedService) -> dict[str, str]:
    """The environment of the worker's and the sidecar's containers, which share a socket."""
    variables = {
        "AISTACK_STACK": STACK_FILE,
        "AISTACK_DATA_DIR": DATA,
        "LOG_FORMAT": "json",
        "WORKER_SOCKET": WORKER_SOCKET,
    }
    if program.name == SIDECAR:
        variables["SIDECAR_LISTEN"] = "0.0.0.0"  # noqa: S104 -- of the container
    return variables | dict(program.environment)
