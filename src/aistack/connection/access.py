"""Who may change connections and who may fetch how to reach them; rights on a connection are its `Roles`."""

from aistack.chassis.errors import Forbidden
from aistack.chassis.identity import principal


def require_administrator() -> None:
    """Raises Forbidden."""
    if not principal.get().is_administrator:
        raise Forbidden("connections are made and changed with a key that is restricted to nothing")


def require_service() -> None:
    """Raises Forbidden unless a service of the stack asks; anybody may while identity is off."""
    if principal.get().kind not in ("service", "anonymous"):
        raise Forbidden("this is for the other services of the stack")
