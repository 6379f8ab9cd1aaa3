"""Open files and sockets: how many this process may have, and how many a gateway may need."""

import resource

from aistack.chassis.settings import ServiceSettings

LIMIT_MAX = 1_048_576
OWN = 512  # of the process itself: logs, databases, listeners


def raise_limit() -> int:
    """Raises the soft limit to the hard one, as far as anybody needs it; the limit then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = LIMIT_MAX if hard == resource.RLIM_INFINITY else min(hard, LIMIT_MAX)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (OSError, ValueError):  # the system allows less than the limit says
            return soft
    return wanted


def needed(settings: ServiceSettings) -> int:
    """For a gateway: all the clients that it may have, and a connection to an instance for each request."""
    connections = getattr(settings, "connections_max", 0)
    return connections + getattr(settings, "requests_max", 0) + OWN
