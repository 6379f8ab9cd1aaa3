"""Export: everything that the stack keeps about a person, and what belongs to them, as one JSON document."""

from typing import Any

from sqlalchemy import or_, select

from aistack.gateway.identity.api_keys import ApiKeyStore
from aistack.gateway.people.people import People
from aistack.gateway.people.removal import Belongings
from aistack.gateway.tables import Account, ApiKey, AuditEntry
from aistack.stores.records import AnyRow

ENTRIES_MAX = 10_000
SECRET_COLUMNS = ("digest", "password_hash", "email_key")


async def exported(people: People, keys: ApiKeyStore, row: AnyRow, belongings: list[Belongings]) -> dict[str, Any]:
    """The account `row`, its groups and keys without secrets, what it did, and what services keep for it."""
    subject = f"{row.kind}:{row.id}"
    who = people.principal_of(subject)
    owned = await keys.all_keys(subject)
    return {
        "account": _plain(row, Account),
        "subject": subject,
        "groups": [{"id": group, "name": people.directory.name_of(group)} for group in (who.groups if who else ())],
        "keys": [_plain(key, ApiKey) for key in owned],
        "audit": await _entries(people, [subject, *(f"key:{key.id}" for key in owned)], row.id),
        "belongings": {
            one.service: {"error": one.problem} if one.problem else one.counts | one.things for one in belongings
        },
    }


async def _entries(people: People, actors: list[str], account_id: str) -> list[dict[str, Any]]:
    """What they did, and what was done to their account, newest first."""
    by_them = or_(*(AuditEntry.actor.startswith(actor, autoescape=True) for actor in actors))
    about = AuditEntry.subject.in_((account_id, actors[0]))
    query = select(AuditEntry).where(by_them | about).order_by(AuditEntry.id.desc()).limit(ENTRIES_MAX)
    async with people.changes.records.read() as connection:
        return [_plain(row, AuditEntry) for row in (await connection.execute(query)).all()]


def _plain(row: AnyRow, table: type[Account | ApiKey | AuditEntry]) -> dict[str, Any]:
    names = (column.name for column in table.__table__.columns)
    return {name: getattr(row, name) for name in names if name not in SECRET_COLUMNS}
