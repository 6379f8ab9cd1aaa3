"""SSH tunnels to databases that only another machine can reach: one for each such machine, opened when it is needed.

The machine's host key must be the one that is written down: without it anybody on the way could read along.
"""

import asyncio
from dataclasses import replace
from typing import Any

from aistack.databases.session import DatabaseFailed
from aistack.databases.target import Target

KEEPALIVE_SECONDS = 15
LOCAL = "127.0.0.1"


class Tunnels:
    """`reach` gives a target that can be connected to from here; those without SSH as they are."""

    def __init__(self) -> None:
        self._open: dict[tuple[object, ...], tuple[Any, dict[tuple[str, int], int]]] = {}
        self._turns: dict[tuple[object, ...], asyncio.Lock] = {}

    async def reach(self, target: Target, seconds: float) -> Target:
        """Raises DatabaseFailed."""
        if not target.ssh_host:
            return target
        key = (
            target.ssh_host,
            target.ssh_port,
            target.ssh_user,
            target.ssh_password,
            target.ssh_key,
            target.ssh_host_key,
        )
        async with self._turns.setdefault(key, asyncio.Lock()):
            held = self._open.get(key)
            if held is None or held[0].is_closed():
                held = self._open[key] = (await _connected(target, seconds), {})
            machine, forwarded = held
            place = target.host, target.port
            if place not in forwarded:
                listener = await machine.forward_local_port(LOCAL, 0, target.host, target.port)
                forwarded[place] = listener.get_port()
        return replace(target, host=LOCAL, port=forwarded[place], ssh_host="")

    async def close(self) -> None:
        for machine, _ in self._open.values():
            machine.close()
            await machine.wait_closed()
        self._open.clear()


async def _connected(target: Target, seconds: float) -> Any:
    where = f"{target.ssh_host}:{target.ssh_port}"
    try:
        import asyncssh
    except ImportError:
        raise DatabaseFailed("failed", "SSH tunnels need asyncssh; pip install 'aistack[tunnel]'") from None
    library: Any = asyncssh
    try:
        known = library.import_public_key(target.ssh_host_key)
        keys = [library.import_private_key(target.ssh_key)] if target.ssh_key else None
        async with asyncio.timeout(seconds):
            return await library.connect(
                target.ssh_host, target.ssh_port, username=target.ssh_user, password=target.ssh_password or None,
                client_keys=keys, known_hosts=([known], [], []), agent_path=None, config=None,
                keepalive_interval=KEEPALIVE_SECONDS,
            )  # fmt: skip
    except library.HostKeyNotVerifiable:
        said = f"the host key of {where} is not the one in ssh_host_key: somebody may be in between, or it was changed"
        raise DatabaseFailed("denied", said) from None
    except library.PermissionDenied:
        raise DatabaseFailed("denied", f"{where} does not let {target.ssh_user} in") from None
    except library.KeyImportError as error:
        raise DatabaseFailed("failed", f"ssh_key or ssh_host_key cannot be read: {error}") from None
    except TimeoutError:
        raise DatabaseFailed("unreachable", f"{where} did not answer in time") from None
    except (OSError, library.Error) as error:
        raise DatabaseFailed("unreachable", f"the tunnel over {where} failed: {error}") from None
