"""What a provider's claims say about a person: role, groups, and the e-mail address."""

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from aistack.chassis.identity import Role
from aistack.gateway.people.names import JOINERS, NAME_CHARACTERS_MAX
from aistack.stack.identity.settings import ClaimRule, ProviderSettings

ROLES: tuple[Role, ...] = ("guest", "member", "admin", "owner")  # from the least to the most
ANY = "*"
NO_VALUES = ("", "false", "0")


@dataclass(frozen=True, slots=True)
class Mapped:
    """What the rules make of somebody's claims. `role` is None where no rule speaks of roles.

    `groups` are named by rules and so by an administrator, `claimed` by the provider.
    """

    role: Role | None
    groups: tuple[str, ...]
    claimed: tuple[str, ...]


def mapped(settings: ProviderSettings, claims: Mapping[str, Any]) -> Mapped:
    """Applies the rules. The highest role counts; without a match it is that of unknown people, or member."""
    roles = {rule.role for rule in settings.rules if rule.role and _has(claims, rule)}
    role: Role | None = None
    if any(rule.role for rule in settings.rules):
        role = "guest" if settings.unknown == "guest" else "member"
        for one in ROLES:
            role = one if one in roles else role
    groups = (rule.group.strip() for rule in settings.rules if rule.group and _has(claims, rule))
    claimed = (str(one).strip() for one in _items(claims, settings.groups_claim) if not isinstance(one, bool))
    return Mapped(role, tuple(dict.fromkeys(filter(None, groups))), tuple(sorted({*filter(None, claimed)})))


def email_of(settings: ProviderSettings, claims: Mapping[str, Any]) -> str:
    """The person's address; empty unless the provider has verified it, or is trusted to give only such addresses.

    Otherwise anybody could take an address that belongs to somebody else.
    """
    email, verified = claims.get("email"), claims.get("email_verified")
    is_verified = verified is True or verified == "true" or (verified is None and settings.trust_email)
    return email.strip() if isinstance(email, str) and is_verified else ""


def display_name(name: object, email: str) -> str:
    """A name to show: what can be printed of the provider's, otherwise the address before the @."""
    if not isinstance(name, str):
        return email.partition("@")[0]
    kept = "".join(letter if letter.isprintable() or letter in JOINERS else " " for letter in name)
    text = unicodedata.normalize("NFC", " ".join(kept.split()))[:NAME_CHARACTERS_MAX].strip()
    return text if text.strip(JOINERS) else email.partition("@")[0]


def _has(claims: Mapping[str, Any], rule: ClaimRule) -> bool:
    """Whether a claim has the rule's value; "*" is any value except false, 0 and blank text."""
    values = [json.dumps(one) if isinstance(one, bool) else str(one) for one in _items(claims, rule.claim)]
    if rule.value == ANY:
        return any(value.strip().lower() not in NO_VALUES for value in values)
    return rule.value in values


def _items(claims: Mapping[str, Any], name: str) -> list[str | int]:
    """The texts, numbers and booleans in a claim; `realm_access.roles` finds a claim inside another."""
    found: Any = claims.get(name) if name else None
    if found is None and "." in name:
        found = claims
        for part in name.split("."):
            found = cast(Mapping[str, Any], found).get(part) if isinstance(found, Mapping) else None
    items = cast(list[object], found) if isinstance(found, list) else [found]
    return [item for item in items if isinstance(item, str | int)]
