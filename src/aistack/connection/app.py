"""Wires the connection service together."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from aistack.access.directory import Directory
from aistack.access.rules import show_rules
from aistack.chassis.app import create_service_app
from aistack.chassis.settings import ServiceSettings
from aistack.chassis.telemetry.logs import get_log
from aistack.connection.connections import Connections
from aistack.connection.routes import connection_routes
from aistack.connection.schemas import Schemas
from aistack.connection.settings import ConnectionSettings
from aistack.connection.tables import HEAD, VERSION_TABLE
from aistack.databases.sealing import sealer_of
from aistack.stack.description import Stack
from aistack.stack.errors import StackError
from aistack.stores.records import service_records

MIGRATIONS = Path(__file__).with_name("migrations")


def create_app(settings: ConnectionSettings) -> FastAPI:
    """The connection service. Its records are opened at startup."""

    @asynccontextmanager
    async def resources(app: FastAPI) -> AsyncGenerator[None]:
        folder = settings.data_dir / "connection"
        async with AsyncExitStack() as held:
            records = await held.enter_async_context(
                service_records(settings.database_url, folder, MIGRATIONS, HEAD, VERSION_TABLE)
            )
            connections = Connections(records, sealer_of(settings.encryption_key, settings.data_dir), settings)
            held.push_async_callback(connections.close)
            directory = Directory(settings.gateway_url, settings.api_key, identity=settings.identity)
            held.push_async_callback(directory.close)
            await _reseal(connections)

            async def reload(changed: ServiceSettings, _described: Stack) -> None:
                assert isinstance(changed, ConnectionSettings)
                changed = changed.model_copy(update={"identity": settings.identity})  # this one needs a restart
                sealer = sealer_of(changed.encryption_key, changed.data_dir)
                locked = set(await connections.locked_out(sealer)) - set(
                    await connections.locked_out(connections.sealer)
                )
                if locked:
                    raise StackError(
                        f"this ENCRYPTION_KEY cannot decrypt {', '.join(sorted(locked))}; add the current key after "
                        "the new one, separated by a comma, and remove it after POST /api/connections/rotate"
                    )
                connections.sealer, connections.settings = sealer, changed
                await _reseal(connections)

            show_rules(app)
            app.include_router(connection_routes(connections, Schemas(connections), directory))
            app.state.directory = directory
            app.state.lifecycle.checks["records"] = records.ping
            app.state.lifecycle.on_reload.append(reload)
            yield

    return create_service_app(settings, resources)


async def _reseal(connections: Connections) -> None:
    count, locked = await connections.reseal()
    if locked:
        advice = "add the key that they were encrypted with to ENCRYPTION_KEY"
        get_log("connection").error(
            "connections.not_decrypted", connections=locked, error=f"no key can decrypt them; {advice}"
        )
    if count:
        get_log("connection").info("connections.reencrypted", count=count)
