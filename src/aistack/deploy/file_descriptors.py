"""The limit of open files and sockets (RLIMIT_NOFILE), and how many a gateway may need."""

import resource
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the sidecar does without it
    from aistack.chassis.settings import ServiceSettings

LIMIT_MAX = 1_048_576
RESERVED = 512  # for the process itself: logs, databases, listeners


def raise_limit() -> int:
    """Raises the soft limit to the hard one, up to `LIMIT_MAX`; returns the limit in force."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = LIMIT_MAX if hard == resource.RLIM_INFINITY else min(hard, LIMIT_MAX)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (OSError, ValueError):  # the system allows less than the hard limit
            return soft
    return wanted


def descriptors_needed(settings: "ServiceSettings") -> int:
    """What a gateway needs at most: one for each client, and one to an instance for each request."""
    connections = getattr(settings, "connections_max", 0)
    return connections + getattr(settings, "requests_max", 0) + RESERVED
