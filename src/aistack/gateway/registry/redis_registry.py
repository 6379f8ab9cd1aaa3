"""Shares the registry between several gateways over Redis, so that all know of a change within moments.

Leases are fields of one hash; changes are published on one channel. A gateway that loses Redis continues with what it
knows. When Redis is back, it loads what changed and publishes its own changes.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict
from itertools import islice
from typing import Any

from aistack.chassis.telemetry.logs import get_log
from aistack.gateway.registry.leases import Owner, Registered
from aistack.gateway.registry.service_registry import Registry
from aistack.gateway.registry.snapshot import Claim

RETRY_SECONDS = 0.5
CALL_SECONDS_MAX = 2.0
OUTGOING_MAX = 100_000
BATCH_MAX = 256
REMOVAL_KINDS = ("removed", "expired")
KEYS = "keys"
SHARED_FIELDS = (
    "service", "id", "host", "port", "weight", "version", "metadata", "health_path", "ttl_seconds", "draining",
)  # fmt: skip


class RedisRegistry:
    """Keeps one registry in sync with Redis. `on_keys` is called when another gateway changed the API keys."""

    def __init__(self, url: str, name: str, registry: Registry, on_keys: Callable[[], None]) -> None:
        from redis.asyncio import Redis

        seconds = CALL_SECONDS_MAX
        self._redis: Any = Redis.from_url(url, socket_timeout=seconds, socket_connect_timeout=seconds)  # pyright: ignore[reportUnknownMemberType] -- typed in part
        self._hash, self._channel = f"{name}:registry", f"{name}:changes"
        self._id = f"{time.time_ns():x}-{id(self):x}"
        self._registry = registry
        self._on_keys = on_keys
        self._log = get_log("gateway")
        self._outgoing: dict[str, tuple[str, Registered | None]] = {}  # the newest change of each instance
        self._has_outgoing = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Loads the shared registry if Redis answers; otherwise as soon as it does."""
        self._registry.on_change = self._changed
        with contextlib.suppress(OSError, _redis_error()):
            await self._synchronize()
        self._tasks = [
            asyncio.create_task(self._listen(), name="registry:follow"),
            asyncio.create_task(self._send_outgoing(), name="registry:tell"),
        ]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(Exception):
            await self._redis.aclose()

    def keys_changed(self) -> None:
        """Tells the other gateways that API keys were created or revoked."""
        self._enqueue(KEYS, KEYS, None)

    def _changed(self, kind: str, instance: Registered) -> None:
        if not instance.static:
            self._enqueue(f"{instance.service}/{instance.id}", kind, instance)

    def _enqueue(self, name: str, kind: str, instance: Registered | None) -> None:
        if self._outgoing.pop(name, None) is None and len(self._outgoing) >= OUTGOING_MAX:
            return  # Redis has been unavailable for long; everything is published when it is back
        self._outgoing[name] = kind, instance
        self._has_outgoing.set()

    async def _send_outgoing(self) -> None:
        while True:
            await self._has_outgoing.wait()
            batch = dict(islice(self._outgoing.items(), BATCH_MAX))
            for name in batch:
                del self._outgoing[name]
            if not self._outgoing:
                self._has_outgoing.clear()
            try:
                await self._publish(batch)
            except (OSError, _redis_error()):
                continue  # `_listen` notices the loss too, and publishes everything afterwards

    async def _publish(self, changes: dict[str, tuple[str, Registered | None]]) -> None:
        async with self._redis.pipeline(transaction=True) as pipe:
            for name, (kind, instance) in changes.items():
                message: dict[str, Any] = {"from": self._id, "kind": kind}
                if instance is not None:
                    message["lease"] = lease = self._encoded(kind, instance)
                    if kind in REMOVAL_KINDS:
                        pipe.hdel(self._hash, name)
                    else:
                        pipe.hset(self._hash, name, json.dumps(lease))
                pipe.publish(self._channel, json.dumps(message))
            await pipe.execute()

    def _encoded(self, kind: str, instance: Registered) -> dict[str, Any]:
        """An instance as JSON. Its owner is the service's, so that all gateways compare the same one."""
        owner = None if kind in REMOVAL_KINDS else self._registry.ownership.owner(instance.service)
        owner = owner or instance.owner
        lease: dict[str, Any] = {name: getattr(instance, name) for name in SHARED_FIELDS}
        lease["claims"] = [asdict(claim) for claim in instance.claims]
        lease["expires"] = time.time() + instance.expires_at - time.monotonic()
        lease["owner"], lease["owned_since"] = owner.id, owner.since
        return lease

    async def _listen(self) -> None:
        """Receives the others' changes, without end; reconnects when the connection is lost."""
        while True:
            try:
                async with self._redis.pubsub() as channel:
                    await channel.subscribe(self._channel)
                    await self._synchronize()
                    while True:
                        message = await channel.get_message(ignore_subscribe_messages=True, timeout=1.0)
                        if message is not None:
                            self._handle(message["data"])
            except (OSError, _redis_error()) as error:
                if not self._registry.cut_off:
                    self._log.warning("registry.redis_unavailable", error=str(error))
                self._registry.cut_off = True
                await asyncio.sleep(RETRY_SECONDS)

    async def _synchronize(self) -> None:
        """Loads everything from Redis, and publishes what Redis does not have yet."""
        held: dict[bytes, bytes] = await self._redis.hgetall(self._hash)
        now = time.time()
        known = {f"{one.service}/{one.id}" for one in self._registry.instances() if not one.static}
        for name, text in held.items():
            known.discard(name.decode("utf-8", "replace"))
            try:
                lease = json.loads(text)
                if lease["expires"] > now:
                    self._registry.adopt(_decoded(lease))
                elif lease["expires"] + lease["ttl_seconds"] < now:
                    await self._redis.hdel(self._hash, name)
            except (ValueError, LookupError, TypeError) as error:
                self._log.warning("registry.unreadable", error=repr(error))
        untold = [one for one in self._registry.instances() if f"{one.service}/{one.id}" in known and not one.draining]
        for at in range(0, len(untold), BATCH_MAX):
            some = untold[at : at + BATCH_MAX]
            await self._publish({f"{one.service}/{one.id}": ("registered", one) for one in some})
        if self._registry.cut_off:
            self._log.info("registry.rejoined", leases=len(held))
        self._registry.cut_off = False

    def _handle(self, text: bytes) -> None:
        try:
            message = json.loads(text)
            if message["from"] == self._id:
                return
            if message["kind"] == KEYS:
                self._on_keys()
                return
            lease = _decoded(message["lease"])
        except (ValueError, LookupError, TypeError) as error:
            self._log.warning("registry.unreadable", error=repr(error))
            return
        if message["kind"] in REMOVAL_KINDS:
            self._registry.drop(lease.service, lease.id, lease.owner if lease.owner.id else None)
        else:
            self._registry.adopt(lease)


def _decoded(lease: dict[str, Any]) -> Registered:
    fields = {name: lease[name] for name in SHARED_FIELDS}
    claims = tuple(Claim(**claim) for claim in lease["claims"])
    owner = Owner(lease.get("owner", ""), lease.get("owned_since", 0.0))
    expires_at = time.monotonic() + lease["expires"] - time.time()
    return Registered(**fields, claims=claims, owner=owner, expires_at=expires_at)


def _redis_error() -> type[Exception]:
    from redis.exceptions import RedisError

    return RedisError
