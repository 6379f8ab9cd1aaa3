"""Export: everything that the stack keeps about a person and for them, as one zip archive that is streamed."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime

from sqlalchemy import or_, select

from aistack.access.exporting.exports import Export, ExportedFile, Part, columns_of, json_file, json_pages, parts_of
from aistack.chassis.errors import Unavailable
from aistack.gateway.identity.api_keys import ApiKeyStore
from aistack.gateway.people.archive import zipped
from aistack.gateway.people.people import People
from aistack.gateway.people.removal import OwnThings, Services
from aistack.gateway.tables import AuditEntry
from aistack.stores.records import AnyRow

EXPORTS_MAX = 4  # at once
SECRET_COLUMNS = ("digest", "password_hash", "email_key")


class Exports:
    """Puts exports together from what the gateway keeps, and what each service gives."""

    def __init__(self, people: People, keys: ApiKeyStore, services: Services, own: OwnThings) -> None:
        self._people = people
        self._keys = keys
        self._services = services
        self._own = own
        self._running = 0

    async def start(self, row: AnyRow) -> AsyncGenerator[bytes]:
        """The archive of an account. Everything that could not be exported is in its index.

        Raises Unavailable while EXPORTS_MAX are running.
        """
        if self._running >= EXPORTS_MAX:
            raise Unavailable(f"{EXPORTS_MAX} exports are running; try again when one has ended")
        chunks = self._archive(row)
        await anext(chunks)
        return chunks

    async def _archive(self, row: AnyRow) -> AsyncGenerator[bytes]:
        """Counts as running once the first chunk, which is empty, was asked for."""
        subject = f"{row.kind}:{row.id}"
        about = {"subject": subject, "name": row.name, "exported_at": datetime.now(UTC).isoformat()}
        sources: list[tuple[str, AsyncGenerator[Part]]] = [("gateway", parts_of(self._exports(row), subject))]
        sources += [(name, self._services.contents(name, subject)) for name in self._services.names]
        self._running += 1
        try:
            yield b""
            async for chunk in zipped(sources, about):
                yield chunk
        finally:
            self._running -= 1

    def _exports(self, row: AnyRow) -> dict[str, Export]:
        async def account(subject: str) -> AsyncGenerator[ExportedFile]:
            who, named = self._people.principal_of(subject), self._people.directory.name_of
            groups = [{"id": group, "name": named(group)} for group in (who.groups if who else ())]
            yield json_file("account.json", columns_of(row, *SECRET_COLUMNS) | {"subject": subject, "groups": groups})

        async def keys(subject: str) -> AsyncGenerator[ExportedFile]:
            owned = await self._keys.all_keys(subject)
            yield json_file("keys.json", [columns_of(key, *SECRET_COLUMNS) for key in owned])

        async def audit(subject: str) -> AsyncGenerator[ExportedFile]:
            """What they did, and what was done to their account."""
            actors = [subject, *(f"key:{key.id}" for key in await self._keys.all_keys(subject))]
            by_them = or_(*(AuditEntry.actor.startswith(actor, autoescape=True) for actor in actors))
            about = AuditEntry.subject.in_((row.id, subject))
            query, records = select(AuditEntry).where(by_them | about), self._people.changes.records
            async for file in json_pages(records, query, [AuditEntry.id], "audit", columns_of):
                yield file

        return {"account": account, "keys": keys, "audit": audit} | self._own.exports
