"""The directory of people, for work in the background: it acts as its owner, with the rights of that moment."""

import time
from urllib.parse import quote

from aistack.chassis.errors import Problem
from aistack.chassis.identity import OWNER, Principal
from aistack.chassis.outgoing_http import GatewayClient

CACHE_SECONDS = 0.5
CACHED_MAX = 10_000


class Directory:
    """Asks the gateway for principals. With `identity` off there is only the owner."""

    def __init__(self, gateway_url: str, api_key: str, *, identity: bool) -> None:
        self._client = GatewayClient(gateway_url, api_key, timeout_seconds=10) if identity else None
        self._cached: dict[str, tuple[float, Principal | None]] = {}

    async def close(self) -> None:
        if self._client is not None:
            await self._client.__aexit__(None, None, None)

    async def principal_of(self, subject: str) -> Principal | None:
        """The principal that work of a subject acts as, at most CACHE_SECONDS old. None if it is gone or disabled.

        Raises Problem if the gateway does not answer: then nothing is known, and the work has to wait.
        """
        if subject == OWNER or self._client is None:
            return Principal("anonymous", "anonymous")
        if subject.startswith(
            "jwt:"
        ):  # the directory knows no bearers of tokens; they hold what they own or are granted
            return Principal(subject, "jwt", services=())
        now = time.monotonic()
        known = self._cached.get(subject)
        if known is not None and now - known[0] < CACHE_SECONDS:
            return known[1]
        try:
            found = await self._client.call("GET", f"/gateway/directory/principals/{quote(subject)}")
            who = Principal.from_claims(found)
        except Problem as problem:
            if problem.status != 404:
                raise
            who = None
        if len(self._cached) >= CACHED_MAX:
            self._cached.clear()
        self._cached[subject] = now, who
        return who
