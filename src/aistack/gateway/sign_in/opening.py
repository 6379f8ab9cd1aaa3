"""Opens signing in: what it keeps in the records, its pages, and its part of the API."""

from contextlib import AsyncExitStack
from pathlib import Path

from fastapi import FastAPI

from aistack.chassis.runtime.periodic import Periodic
from aistack.chassis.runtime.tasks import Tasks
from aistack.databases.sealing import Sealer
from aistack.gateway.identity.audit_log import AuditLog
from aistack.gateway.people.people import People
from aistack.gateway.settings import GatewaySettings
from aistack.gateway.sign_in.account import account_routes
from aistack.gateway.sign_in.credentials.attempts import SignInAttempts
from aistack.gateway.sign_in.credentials.breached_passwords import BreachedPasswords
from aistack.gateway.sign_in.credentials.credentials import Credentials
from aistack.gateway.sign_in.credentials.passkeys import Passkeys
from aistack.gateway.sign_in.credentials.passwords import Passwords
from aistack.gateway.sign_in.entrance import Entrance
from aistack.gateway.sign_in.passkey_routes import passkey_routes
from aistack.gateway.sign_in.routes import sign_in_routes
from aistack.gateway.sign_in.session_routes import session_routes
from aistack.gateway.sign_in.sessions import SessionRules, SessionStore
from aistack.gateway.sign_in.steps import Steps
from aistack.gateway.workers.data_plane import DataPlane
from aistack.gateway.workers.pool import WorkerPool
from aistack.stack.data_paths import DataPaths
from aistack.stack.identity.settings import IdentitySettings
from aistack.stack.secrets import encryption_keys

REFRESH_SECONDS = 0.5


def open_sign_in(
    app: FastAPI,
    settings: GatewaySettings,
    wanted: IdentitySettings,
    plane: DataPlane | WorkerPool,
    people: People,
    audit: AuditLog,
    held: AsyncExitStack,
) -> Entrance:
    """Publishes sessions to the data plane once people are refreshed. Raises ValueError for an unreadable file."""
    records = people.changes.records
    sealer = Sealer(encryption_keys(settings.encryption_key, DataPaths(settings.data_dir)))
    rules = SessionRules(wanted.session_idle_seconds, wanted.session_seconds)
    sessions = SessionStore(records, rules, people.principal, plane.set_sessions)
    people.changes.loads.append(sessions.load)
    if not records.embedded:  # other gateways begin and end sessions too
        held.push_async_callback(Periodic(REFRESH_SECONDS, sessions.refresh, "sessions:refresh").stop)
    tasks = Tasks()

    def used(ids: list[str]) -> None:
        tasks.start(sessions.used(ids), "sessions:used")

    plane.on_used_sessions = used
    file = wanted.breached_passwords_file
    breached = BreachedPasswords(Path(file).expanduser()) if file else None
    credentials = Credentials(people, Passwords(breached), sealer)
    entrance = Entrance(wanted, people, credentials, sessions, Steps(sealer), audit, SignInAttempts(records))
    passkeys = Passkeys(records, wanted.public_url)
    app.include_router(sign_in_routes(entrance))
    if wanted.passkeys:
        app.include_router(passkey_routes(entrance, passkeys))
    app.include_router(account_routes(entrance, passkeys))
    app.include_router(session_routes(entrance))
    return entrance
