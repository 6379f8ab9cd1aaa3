"""Wires the gateway: the control app, and the data plane that its lifespan opens and closes."""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from aistack.chassis.app import create_service_app
from aistack.chassis.listening import bind_tcp
from aistack.chassis.periodic import Periodic
from aistack.gateway.claims import AddressRules
from aistack.gateway.dataplane import SWEEP_SECONDS, DataPlane
from aistack.gateway.health import HealthChecker
from aistack.gateway.registry import Registry
from aistack.gateway.routes import console_routes, health_routes, registry_routes
from aistack.gateway.settings import GatewaySettings
from aistack.stack.description import Stack


def create_app(settings: GatewaySettings, stack: Stack) -> FastAPI:
    """The control app. It answers on `settings.control_socket`; its lifespan opens the public listeners."""
    registry = Registry(settings, AddressRules(settings.registry_networks, frozenset((settings.port,))))
    plane = DataPlane(settings)
    registry.publish = plane.upstreams.apply
    registry.load = plane.upstreams.load
    plane.on_ejected = registry.ejected
    expected = tuple(service.entry.name for service in stack.enabled)
    checker = HealthChecker(settings, registry, expected)

    @asynccontextmanager
    async def resources(app: FastAPI) -> AsyncGenerator[None]:
        registry.add_control(str(settings.control_socket))
        for upstream in stack.upstreams:
            for url in upstream.urls:
                registry.add_static(upstream.name, url, upstream.routes, upstream.health_path)
        change = "GATEWAY_PORT, or services.gateway.port in stack.toml"
        await plane.start([bind_tcp(address, settings.port, change) for address in settings.listen])
        checker.start()
        sweeper = Periodic(SWEEP_SECONDS, lambda: registry.sweep(time.monotonic()), "registry:sweep")
        app.state.lifecycle.before_stop.append(plane.drain)
        try:
            yield
        finally:
            await sweeper.stop()
            await checker.stop()
            await plane.stop()

    app = create_service_app(settings, resources, front_door=True)
    app.state.metrics.registry.register(plane.measures)
    app.include_router(registry_routes(registry, plane.upstreams))
    app.include_router(health_routes(checker))
    app.include_router(console_routes())
    return app
