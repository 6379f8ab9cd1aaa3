"""Authorization by the kind of principal: what only administrators, or only services of the stack, may do.

What a principal may do with one thing (a connection, a collection) is decided by the service that owns it.
"""

from aistack.chassis.errors import Forbidden
from aistack.chassis.identity import principal


def require_administrator(action: str) -> None:
    """Raises Forbidden unless the request's principal is an administrator.

    `action` completes the message, as in "change connections".
    """
    if not principal.get().is_administrator:
        raise Forbidden(f"only an administrator can {action}; use an unrestricted API key")


def require_service() -> None:
    """Raises Forbidden unless the request comes from a service of the stack, or identity is off."""
    if principal.get().kind not in ("service", "anonymous"):
        raise Forbidden("only other services of the stack can call this")
