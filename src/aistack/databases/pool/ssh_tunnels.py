"""SSH tunnels to databases behind a jump host: one SSH connection for each host, opened on first use.

The host key must match the one in the target; without that check, an attacker on the path could read everything.
"""

import asyncio
from dataclasses import replace
from typing import Any

from aistack.databases.session import DatabaseFailed
from aistack.databases.target import Target

KEEPALIVE_SECONDS = 15
LOCAL = "127.0.0.1"


class Tunnels:
    """The open tunnels of a service."""

    def __init__(self) -> None:
        self._open: dict[tuple[object, ...], tuple[Any, dict[tuple[str, int], int]]] = {}
        self._locks: dict[tuple[object, ...], asyncio.Lock] = {}

    async def reach(self, target: Target, seconds: float) -> Target:
        """The target with the tunnel's local end as its host; unchanged without `ssh_host`. Raises DatabaseFailed."""
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
        async with self._locks.setdefault(key, asyncio.Lock()):
            opened = self._open.get(key)
            if opened is None or opened[0].is_closed():
                opened = self._open[key] = (await _connect(target, seconds), {})
            ssh, forwarded = opened
            place = target.host, target.port
            if place not in forwarded:
                listener = await ssh.forward_local_port(LOCAL, 0, target.host, target.port)
                forwarded[place] = listener.get_port()
        return replace(target, host=LOCAL, port=forwarded[place], ssh_host="")

    async def close(self) -> None:
        for ssh, _ in self._open.values():
            ssh.close()
            await ssh.wait_closed()
        self._open.clear()


async def _connect(target: Target, seconds: float) -> Any:
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
        message = f"the host key of {where} differs from ssh_host_key: it changed, or the connection is intercepted"
        raise DatabaseFailed("denied", message) from None
    except library.PermissionDenied:
        raise DatabaseFailed("denied", f"{where} rejects the credentials of {target.ssh_user}") from None
    except library.KeyImportError as error:
        raise DatabaseFailed("failed", f"ssh_key or ssh_host_key cannot be read: {error}") from None
    except TimeoutError:
        raise DatabaseFailed("unreachable", f"{where} did not answer in time") from None
    except (OSError, library.Error) as error:
        raise DatabaseFailed("unreachable", f"the tunnel over {where} failed: {error}") from None
