"""Wires the gateway: the control app, and the data plane that its lifespan opens and closes."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from starlette.middleware import Middleware

from aistack.chassis.app import create_service_app
from aistack.chassis.runtime.periodic import Periodic
from aistack.chassis.runtime.tasks import Tasks
from aistack.chassis.settings import ServiceSettings
from aistack.gateway.health.checker import HealthChecker
from aistack.gateway.identity.authorization import CONTROL
from aistack.gateway.identity.json_web_tokens import REFRESH_SECONDS, IssuerKeys
from aistack.gateway.identity.trusted_proxies import TrustedProxies
from aistack.gateway.local_models.administration import LocalModelAdministration
from aistack.gateway.models.administration import ModelAdministration
from aistack.gateway.models.metrics import ModelExposition
from aistack.gateway.models.service import model_service
from aistack.gateway.registry.addresses import AddressRules
from aistack.gateway.registry.service_registry import Registry
from aistack.gateway.registry.snapshot import Claim
from aistack.gateway.routes.console import console_routes
from aistack.gateway.routes.me import me_routes
from aistack.gateway.routes.registration_log import RegistrationLog
from aistack.gateway.routes.registry import registry_routes
from aistack.gateway.routes.resource_metadata import resource_metadata_routes
from aistack.gateway.routes.scope_guard import ScopeGuard
from aistack.gateway.routes.status import health_routes, limit_routes
from aistack.gateway.settings import GatewaySettings
from aistack.gateway.telemetry.exposition import Exposition
from aistack.gateway.workers.data_plane import SWEEP_SECONDS, DataPlane
from aistack.gateway.workers.listeners import open_listeners
from aistack.gateway.workers.pool import WorkerPool
from aistack.stack.description import Stack

if TYPE_CHECKING:
    from aistack.gateway.callers import Callers
    from aistack.stores.records import Records

MIGRATIONS = Path(__file__).with_name("migrations")
MODELS_SECONDS = 0.5


def create_app(settings: GatewaySettings, stack: Stack) -> FastAPI:
    """The control app. It answers on `settings.control_socket`; its lifespan opens the public listeners."""
    listening = (*settings.addresses, settings.metrics_address)
    own_ports = frozenset(address.port for address in listening if address is not None and address.path is None)
    registry = Registry(settings, AddressRules(settings.registry_networks, own_ports), _expected(stack))
    plane = DataPlane(settings) if settings.workers == 1 else WorkerPool(settings)
    records = RegistrationLog()
    registry.publish = lambda snapshot: plane.apply((*snapshot, model_service(plane.settings, snapshot)))
    registry.load = plane.load
    plane.on_ejected = registry.ejected
    checker = HealthChecker(settings, registry, tuple(service.entry.name for service in stack.enabled))
    registry.recheck, plane.on_recovered = checker.recheck, checker.check_recovered

    @asynccontextmanager
    async def resources(app: FastAPI) -> AsyncGenerator[None]:
        registry.add_control(str(settings.control_socket))
        registry.set_static(stack.static_upstreams)
        async with AsyncExitStack() as held:
            held.callback(registry.publisher.stop)
            opening = OpenedRecords(settings, held)
            models = ModelAdministration(plane, opening.get)
            callers = None
            if settings.identity:
                from aistack.gateway.callers import open_callers
                from aistack.gateway.providers.opening import open_providers
                from aistack.gateway.sign_in.opening import open_sign_in

                callers = await open_callers(
                    app, settings, stack, plane, await opening.get(), models, lambda: registry.services, held
                )
                callers.keys.on_rows = models.set_keys
                records.audit = callers.audit.record
                entrance = open_sign_in(app, settings, stack.sign_in, plane, callers.people, callers.audit, held)
                await open_providers(app, entrance, held)
                await callers.changes.refresh()
            app.include_router(me_routes(settings.identity, callers and callers.people))
            local = LocalModelAdministration(
                stack,
                models,
                apply=lambda described: models.configure(plane.settings, described),
                start_worker=lambda: (app.state.lifecycle.request_reload or _nothing)(),
            )
            held.push_async_callback(local.stop)
            await _open_models(app, settings, models, local, opening, callers, stack, held)
            on_described.extend((models.configure, lambda _, described: local.configure(described)))
            if settings.redis_url:
                await _share(registry, settings, callers, held)
            if settings.jwt_jwks_url:
                issuer = IssuerKeys(settings.jwt_jwks_url, plane.set_jwks, plane.misses_token_key)
                await issuer.refresh()
                held.push_async_callback(Periodic(REFRESH_SECONDS, issuer.refresh, "jwks:refresh").stop)
            listeners, tls = open_listeners(settings), settings.tls
            await (plane.start(listeners[0], tls) if isinstance(plane, DataPlane) else plane.start(listeners, tls))
            held.push_async_callback(plane.stop)
            checker.start()
            held.push_async_callback(checker.stop)
            sweep = Periodic(SWEEP_SECONDS, lambda: registry.sweep(time.monotonic()), "registry:sweep")
            held.push_async_callback(sweep.stop)
            app.state.lifecycle.before_stop.append(plane.drain)
            yield

    async def reload(changed: ServiceSettings, described: Stack) -> None:
        assert isinstance(changed, GatewaySettings)
        registry.set_static(described.static_upstreams)
        registry.configure(changed)
        await checker.configure(changed)
        await plane.reload(changed)
        registry.publisher.now()
        for apply in on_described:
            apply(changed, described)

    on_described: list[Callable[[GatewaySettings, Stack], None]] = []
    app = create_service_app(settings, resources, front_door=True)
    app.state.lifecycle.on_reload.append(reload)
    app.state.metrics.registry.register(Exposition(plane.report))
    app.state.metrics.registry.register(checker.metrics())
    guard: dict[str, Any] = {
        "identified": settings.identity,
        "proxies": lambda: _proxies(tuple(plane.settings.trusted_proxies)),
        "on_rejected": records.rejected,
    }
    app.user_middleware.append(Middleware(ScopeGuard, **guard))  # the innermost: the caller is known there
    app.include_router(registry_routes(registry, plane.report, records))
    app.include_router(health_routes(checker))
    app.include_router(limit_routes(lambda: plane.settings))
    app.include_router(resource_metadata_routes(lambda: plane.settings.jwt_issuer))
    app.include_router(console_routes())
    return app


def _nothing() -> None:
    return None


@lru_cache(maxsize=2)
def _proxies(networks: tuple[str, ...]) -> TrustedProxies:
    return TrustedProxies(networks)


def _expected(stack: Stack) -> dict[str, tuple[Claim, ...]]:
    """The prefixes of the stack's own services, whether they are registered yet or not."""
    entries = [service.entry for service in stack.enabled if service.entry.name != CONTROL]
    return {one.name: tuple(Claim(prefix, one.body_bytes_max) for prefix in one.prefixes) for one in entries}


class OpenedRecords:
    """The gateway's records: opened when they are first needed, closed with `held`."""

    def __init__(self, settings: GatewaySettings, held: AsyncExitStack) -> None:
        self._settings = settings
        self._held = held
        self._records: Records | None = None
        self._opening = asyncio.Lock()

    @property
    def exist(self) -> bool:
        """Whether there are records already."""
        folder = self._settings.data_dir / "gateway"
        return bool(self._settings.database_url) or (folder / "records.sqlite3").exists()

    async def get(self) -> "Records":
        """Raises RecordsFailed."""
        from aistack.gateway.tables import HEAD, VERSION_TABLE
        from aistack.stores.records import service_records

        async with self._opening:
            if self._records is None:
                folder, url = self._settings.data_dir / "gateway", self._settings.database_url
                opening = service_records(url, folder, MIGRATIONS, HEAD, VERSION_TABLE)
                self._records = await self._held.enter_async_context(opening)
            return self._records


async def _open_models(
    app: FastAPI,
    settings: GatewaySettings,
    models: ModelAdministration,
    local: LocalModelAdministration,
    opened: OpenedRecords,
    callers: "Callers | None",
    stack: Stack,
    held: AsyncExitStack,
) -> None:
    """Publishes the model table, and opens the API of it and of the models on this machine."""
    from aistack.gateway.routes.kept_responses import kept_response_routes
    from aistack.gateway.routes.local_models import local_model_routes
    from aistack.gateway.routes.model_access import model_access_routes
    from aistack.gateway.routes.models import model_routes
    from aistack.gateway.routes.scope_guard import administrators_only

    async def note(action: str, subject: str, detail: str, address: str) -> None:
        if callers is not None:
            await callers.audit.note(action, subject, detail, address)

    await models.start(settings, stack, has_records=opened.exist)
    held.push_async_callback(models.stop)
    if settings.database_url:  # other gateways may change the table too
        held.push_async_callback(Periodic(MODELS_SECONDS, models.refresh, "models:refresh").stop)
    guard = administrators_only if callers is not None else None
    app.include_router(kept_response_routes(models.opened_responses, identified=callers is not None))
    if callers is not None:
        app.include_router(model_access_routes(models, await models.opened_ownership(), callers.people))
    app.include_router(model_routes(models, guard, note))
    app.include_router(local_model_routes(local, guard, note))
    app.state.metrics.registry.register(ModelExposition(lambda: models.ledger))


async def _share(
    registry: Registry, settings: GatewaySettings, callers: "Callers | None", held: AsyncExitStack
) -> None:
    """Keeps the registry in sync with the other gateways, and announces changed keys and people to them."""
    from aistack.gateway.registry.redis_registry import RedisRegistry

    tasks = Tasks()

    def callers_changed_elsewhere() -> None:
        if callers is not None:
            tasks.start(callers.changes.refresh(), "callers:refresh")

    shared = RedisRegistry(settings.redis_url, settings.redis_prefix, registry, callers_changed_elsewhere)
    if callers is not None:
        callers.changes.on_change = shared.keys_changed
    await shared.start()
    held.push_async_callback(shared.stop)
