"""The directory: all accounts and groups in memory, and the principal that each account is right now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from aistack.chassis.identity import OWNER, Principal, Role
from aistack.gateway.people.names import name_key
from aistack.gateway.tables import Account, Group, Member

USER, SERVICE_ACCOUNT, GROUP, TOKEN = "user", "service-account", "group", "jwt"
FOUND_MAX = 50
OWNERS = Principal("owner", "key", "owners", subject=OWNER, role="owner")

Parents = Mapping[str, Iterable[str]]  # the groups that a subject is in directly, by subject


@dataclass(frozen=True, slots=True)
class Person:
    """A user or service account. `subject` is `user:ID` or `service-account:ID`."""

    id: str
    subject: str
    name: str
    email: str
    role: Role
    active: bool


def groups_above(subject: str, parents: Parents) -> set[str]:
    """All groups that a subject is in, directly or through other groups."""
    found: set[str] = set()
    waiting = list(parents.get(subject, ()))
    while waiting:
        group = waiting.pop()
        if group not in found:
            found.add(group)
            waiting.extend(parents.get(group, ()))
    return found


@dataclass(frozen=True)
class Directory:
    """A snapshot. `people` by subject, `groups` are the names by subject (`group:ID`)."""

    people: Mapping[str, Person] = field(default_factory=dict[str, Person])
    groups: Mapping[str, str] = field(default_factory=dict[str, str])
    principals: Mapping[str, Principal] = field(default_factory=dict[str, Principal])  # of active people

    def principal_of(self, subject: str) -> Principal | None:
        """Who a subject is now; None for one that is gone or disabled."""
        if subject == OWNER:
            return OWNERS
        kind, _, name = subject.partition(":")
        if kind == TOKEN and name:  # only its issuer knows whether it still exists
            return Principal(subject, "jwt", name, subject=subject)
        return self.principals.get(subject)

    def name_of(self, subject: str) -> str:
        """A name to show, empty for a subject that is gone."""
        person = self.people.get(subject)
        return person.name if person else self.groups.get(subject, "")

    def described(self, subjects: Sequence[str]) -> list[tuple[str, str, str]]:
        """(subject, name, e-mail) of the subjects that exist, disabled ones too."""
        emails = {one: self.people[one].email for one in subjects if one in self.people}
        return [(one, name, emails.get(one, "")) for one in subjects if (name := self.name_of(one))]

    def find(self, text: str) -> list[tuple[str, str, str]]:
        """(subject, name, e-mail) of active people and of groups whose name or e-mail contains a text."""
        wanted = name_key(text)
        rows = [(one.subject, one.name, one.email) for one in self.people.values() if one.active]
        rows += [(subject, name, "") for subject, name in self.groups.items()]
        found = (row for row in rows if wanted in name_key(row[1]) or wanted in name_key(row[2]))
        return sorted(found, key=lambda row: (name_key(row[1]), row[0]))[:FOUND_MAX]


async def load_directory(connection: AsyncConnection) -> Directory:
    """Reads all accounts, groups and members."""
    accounts = await connection.execute(
        select(Account.id, Account.kind, Account.name, Account.email, Account.role, Account.status)
    )
    people = {
        f"{row.kind}:{row.id}": Person(
            row.id, f"{row.kind}:{row.id}", row.name, row.email, row.role, row.status == "active"
        )
        for row in accounts
    }
    groups = {f"{GROUP}:{row.id}": row.name for row in await connection.execute(select(Group.id, Group.name))}
    return Directory(people, groups, _principals(people.values(), await load_parents(connection)))


async def load_parents(connection: AsyncConnection) -> dict[str, list[str]]:
    """The groups that each subject is in directly."""
    parents: dict[str, list[str]] = {}
    for row in await connection.execute(select(Member.group_id, Member.member).order_by(Member.group_id)):
        parents.setdefault(row.member, []).append(f"{GROUP}:{row.group_id}")
    return parents


def _principals(people: Iterable[Person], parents: Parents) -> dict[str, Principal]:
    held: dict[tuple[str, ...], tuple[str, ...]] = {}  # all groups, by the direct ones: many people have the same
    principals: dict[str, Principal] = {}
    for person in people:
        if not person.active:
            continue
        direct = tuple(parents.get(person.subject, ()))
        if direct not in held:
            held[direct] = tuple(sorted(groups_above(person.subject, parents)))
        kind = "user" if person.subject.startswith("user:") else "key"
        principals[person.subject] = Principal(
            person.subject,
            kind,
            person.name,
            subject=person.subject,
            groups=held[direct],
            role=person.role,
            email=person.email,
        )
    return principals
