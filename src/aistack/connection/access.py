"""Who may do what: rights on connections by the principal that the gateway vouches for."""

from aistack.chassis.errors import Forbidden, NotFound
from aistack.chassis.identity import principal
from aistack.connection.wire import Right, Roles


def require(roles: Roles, right: Right, name: str) -> list[Right]:
    """All that whoever asks may do. Raises NotFound for who may not even see it, Forbidden for who may do less."""
    who = principal.get()
    held = roles.held_by(who)
    if not held and not who.is_administrator:
        raise NotFound(f"there is no connection {name}")
    if right not in held and not (right == "see" and who.is_administrator):
        may = ", ".join(held) or "administer"
        raise Forbidden(f"you may {may} {name}, but not {right}; its administrator can add you to its roles")
    return held


def require_administrator() -> None:
    """Raises Forbidden."""
    if not principal.get().is_administrator:
        raise Forbidden("connections are made and changed with a key that is restricted to nothing")


def require_service() -> None:
    """Raises Forbidden unless a service of the stack asks; anybody may while identity is off."""
    if principal.get().kind not in ("service", "anonymous"):
        raise Forbidden("this is for the other services of the stack")
