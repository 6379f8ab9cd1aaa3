"""Opens what knows the callers while identity is on: people, keys and the audit log, and the API of each."""

from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from fastapi import FastAPI

from aistack.chassis.outgoing_http import GatewayClient
from aistack.chassis.runtime.periodic import Periodic
from aistack.gateway.identity.api_keys import ApiKeyStore, builtin_keys
from aistack.gateway.identity.audit_log import AuditLog
from aistack.gateway.identity.authorization import CONTROL
from aistack.gateway.identity.changes import Changes
from aistack.gateway.models.administration import ModelAdministration
from aistack.gateway.models.belongings import ModelBelongings
from aistack.gateway.people.export import Exports
from aistack.gateway.people.people import People
from aistack.gateway.people.removal import Removal, Services
from aistack.gateway.routes.admin import key_routes
from aistack.gateway.routes.people.directory import directory_routes
from aistack.gateway.routes.people.groups import group_routes
from aistack.gateway.routes.people.users import user_routes
from aistack.gateway.settings import GatewaySettings
from aistack.gateway.workers.data_plane import DataPlane
from aistack.gateway.workers.pool import WorkerPool
from aistack.stack.catalogue import CATALOGUE
from aistack.stack.data_paths import DataPaths
from aistack.stack.description import Stack
from aistack.stack.secrets import admin_key, service_key
from aistack.stores.records import Records

REFRESH_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Callers:
    """What the gateway keeps about its callers."""

    changes: Changes
    people: People
    keys: ApiKeyStore
    audit: AuditLog


async def open_callers(
    app: FastAPI,
    settings: GatewaySettings,
    stack: Stack,
    plane: DataPlane | WorkerPool,
    records: Records,
    models: ModelAdministration,
    registered: Callable[[], Iterable[str]],
    held: AsyncExitStack,
) -> Callers:
    """Publishes people and keys to the data plane once they are refreshed, and adds their routes to the app.

    `registered` gives the names of the services in the registry.
    """
    builtin = builtin_keys(admin_key(DataPaths(settings.data_dir)), settings.secret, tuple(CATALOGUE))
    changes = Changes(records)
    people = People(changes, plane.set_people)
    keys = ApiKeyStore(changes, builtin, plane.set_api_keys, people.principal_of)
    changes.loads += [people.load, keys.load]
    if not records.embedded:  # other gateways may change them too
        held.push_async_callback(Periodic(REFRESH_SECONDS, changes.refresh, "callers:refresh").stop)
    audit = AuditLog(records)
    audit.start()
    held.push_async_callback(audit.stop)
    plane.on_rejected_credentials = audit.note_rejected_credentials
    key = service_key(settings.secret, CONTROL)
    client = await held.enter_async_context(GatewayClient(settings.gateway_url, key, timeout_seconds=60))
    services = Services(
        (service.entry.name for service in stack.enabled if service.entry.name != CONTROL),
        lambda: [name for name in registered() if name in CATALOGUE and name != CONTROL],
        client.call,
        client.stream,
        lambda name: CATALOGUE[name].prefixes[0],
    )
    own = ModelBelongings(models)
    removal, exports = Removal(people, keys, services, own), Exports(people, keys, services, own)
    app.include_router(key_routes(keys, people, audit))
    app.include_router(user_routes(people, removal, exports, audit))
    app.include_router(group_routes(people, audit))
    app.include_router(directory_routes(people, exports))
    app.state.callers = callers = Callers(changes, people, keys, audit)
    return callers
