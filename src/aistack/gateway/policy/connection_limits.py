"""Connection limits: how many client connections may be open, in all and from one address."""

from typing import Generic, TypeVar

from aistack.gateway.policy.local_replies import TOO_MANY_CONNECTIONS, TOO_MANY_CONNECTIONS_FROM_ADDRESS, LocalReply

ConnectionT = TypeVar("ConnectionT")


class OpenConnections(Generic[ConnectionT]):
    """The client connections of one data plane, counted by address."""

    def __init__(self) -> None:
        self.open: set[ConnectionT] = set()
        self._per_address: dict[str, int] = {}

    def add(
        self, connection: ConnectionT, address: str, connections_max: int, per_address_max: int | None
    ) -> LocalReply | None:
        """Counts a new connection. Returns why it is over a limit, or None; None for `per_address_max` is no limit."""
        self.open.add(connection)
        count = self._per_address[address] = self._per_address.get(address, 0) + 1
        if len(self.open) > connections_max:
            return TOO_MANY_CONNECTIONS
        if per_address_max is not None and count > per_address_max:
            return TOO_MANY_CONNECTIONS_FROM_ADDRESS
        return None

    def remove(self, connection: ConnectionT, address: str) -> None:
        self.open.discard(connection)
        count = self._per_address.get(address, 0) - 1
        if count > 0:
            self._per_address[address] = count
        else:
            self._per_address.pop(address, None)
