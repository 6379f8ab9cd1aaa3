"""Logs registrations and rejected ones, and writes them to the audit log while identity is on."""

from collections.abc import Callable
from typing import cast

from starlette.types import Scope as Connection

from aistack.chassis.telemetry.logs import get_log
from aistack.gateway.identity.authorization import Actor
from aistack.gateway.policy.log_rate_limits import LogRateLimits
from aistack.gateway.registry.addresses import without_secrets
from aistack.gateway.registry.leases import Registered
from aistack.gateway.registry.service_registry import Outcome
from aistack.gateway.routes.scope_guard import REQUESTED_LEASE, actor_of
from aistack.gateway.wire.registry import LeaseRequest

ROUTES_SHOWN_MAX = 8

Recorder = Callable[[Actor, str, str, str], None]  # who, action, subject, detail


class RegistrationLog:
    """`audit` is set while there is an audit log. Renewals are not logged."""

    def __init__(self) -> None:
        self.audit: Recorder | None = None
        self._log = get_log("gateway")
        self._logged = LogRateLimits()

    def registered(self, actor: Actor, instance: Registered, outcome: Outcome) -> None:
        """An instance was registered or changed."""
        if outcome != "renewed" and self.audit is not None:
            what = f"{outcome}: {_described(instance.url, instance.prefixes)}, weight {instance.weight}"
            self.audit(actor, "service.registered", f"{instance.service}/{instance.id}", what)

    def deregistered(self, actor: Actor, instance: Registered) -> None:
        if self.audit is not None:
            what = _described(instance.url, instance.prefixes)
            self.audit(actor, "service.deregistered", f"{instance.service}/{instance.id}", what)

    def rejected(self, connection: Connection, status: int, detail: str) -> None:
        """A registration, heartbeat or deregistration was rejected with `status`; `detail` says why.

        In the log, an address that is rejected over and over gets a burst of lines, and then a few per minute.
        """
        actor = actor_of(connection)
        parts = str(connection["path"]).split("/")
        subject = "/".join((*parts[3:4], *parts[5:6]))
        asked = connection.get("state", {}).get(REQUESTED_LEASE)
        if asked is not None:
            lease = cast(LeaseRequest, asked)
            wanted = _described(without_secrets(lease.url), [route.prefix for route in lease.routes])
            detail = f"{detail} (asked for {wanted})"
        detail = f"{connection['method']} {status}: {detail}"
        if self._logged.take(actor.address):
            about = {"subject": subject, "by": actor.who.id, "address": actor.address}
            self._log.warning("registration.refused", **about, error=detail)
        if self.audit is not None:
            self.audit(actor, "service.refused", subject, detail)


def _described(url: str, prefixes: list[str]) -> str:
    more = len(prefixes) - ROUTES_SHOWN_MAX
    return f"{url} for {' '.join(prefixes[:ROUTES_SHOWN_MAX])}" + (f" and {more} more" if more > 0 else "")
