"""Checks `[identity]` of `stack.toml`: how people sign in, and the identity providers that they may use."""

import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from aistack.stack import fields
from aistack.stack.environment import Environment, source_of
from aistack.stack.errors import refused
from aistack.stack.fields import Table
from aistack.stack.identity.settings import (
    DAY,
    HOUR,
    LOOPBACK,
    ClaimRule,
    IdentitySettings,
    ProviderSettings,
    ProxySettings,
    Unknown,
)
from aistack.stack.secrets import secret_from_environment

NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
CLAIM = re.compile(r"[A-Za-z0-9_:/.\-]{1,200}")
VARIABLE = re.compile(r"\$[A-Za-z_][A-Za-z0-9_]{0,99}")
HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,99}")
ROLES = ("owner", "admin", "member", "guest")
UNKNOWN = ("refuse", "guest", "member")
PROVIDERS_MAX, RULES_MAX, SCOPES_MAX = 16, 200, 20
VARIABLES = {  # the settings of [identity] itself; those of providers are in the file only
    "public_url": "AISTACK_PUBLIC_URL",
    "passwords": "AISTACK_PASSWORDS",
    "breached_passwords_file": "AISTACK_BREACHED_PASSWORDS_FILE",
    "session_idle_seconds": "AISTACK_SESSION_IDLE_SECONDS",
    "session_seconds": "AISTACK_SESSION_SECONDS",
}
SWITCH = {"true": True, "1": True, "on": True, "false": False, "0": False, "off": False}
PROVIDER_KEYS = {
    "name", "title", "issuer", "client_id", "client_secret", "scopes", "unknown", "rules", "groups_claim",
    "link_by_email", "trust_email",
}  # fmt: skip


def identity_settings(table: Table, path: Path, environment: Environment) -> IdentitySettings:
    """The settings in `[identity]` and its variables. Raises StackError."""
    fields.only(table, {*VARIABLES, "providers", "proxy"}, "identity.", path)
    given, sources = dict(table), dict.fromkeys(table, str(path))
    for key, variable in VARIABLES.items():
        if environment.get(variable, "").strip():
            given[key], sources[key] = environment[variable].strip(), source_of(environment, variable)
    settings = IdentitySettings(
        public_url=_public_url(given, sources, path),
        passwords=_flag(given, "passwords", True, sources),
        breached_passwords_file=_file(given, sources, path),
        session_idle_seconds=_seconds(given, "session_idle_seconds", 12 * HOUR, sources),
        session_seconds=_seconds(given, "session_seconds", 14 * DAY, sources),
        providers=tuple(_providers(table, path, environment)),
        proxy=_proxy(fields.table(table, "proxy", path, "identity."), path),
    )
    if settings.providers and not settings.public_url:
        allowed = "needed for providers: the URL at which people open the stack, such as https://ai.example.com"
        raise refused("identity.public_url", "", allowed, str(path))
    return settings


def _providers(table: Table, path: Path, environment: Environment) -> list[ProviderSettings]:
    items: object = table.get("providers", [])
    if not isinstance(items, list) or len(cast(list[object], items)) > PROVIDERS_MAX:
        raise refused("identity.providers", cast(object, items), f"allowed: up to {PROVIDERS_MAX} tables", str(path))
    found: list[ProviderSettings] = []
    for number, item in enumerate(cast(list[object], items)):
        prefix = f"identity.providers.{number}."
        if not isinstance(item, dict):
            raise refused(prefix.rstrip("."), item, "allowed: a table, [[identity.providers]]", str(path))
        found.append(_provider(cast(Table, item), prefix, path, environment))
    names = [one.name for one in found]
    if len(set(names)) != len(names):
        raise refused("identity.providers", names, "allowed: names that differ", str(path))
    return found


def _provider(table: Table, prefix: str, path: Path, environment: Environment) -> ProviderSettings:
    fields.only(table, PROVIDER_KEYS, prefix, path)
    name = fields.matching(table, "name", "", prefix, path, NAME)
    scopes = fields.list_of_texts(table.get("scopes", ["openid", "email", "profile"]))
    if scopes is None or len(scopes) > SCOPES_MAX or "openid" not in scopes:
        raise refused(prefix + "scopes", table.get("scopes"), 'allowed: a list with "openid"', str(path))
    groups_claim: object = table.get("groups_claim", "")
    if not isinstance(groups_claim, str) or (groups_claim and not CLAIM.fullmatch(groups_claim)):
        raise refused(prefix + "groups_claim", groups_claim, "allowed: the name of a claim", str(path))
    variable = _secret_variable(table, prefix, path)
    sources = dict.fromkeys(table, str(path))
    return ProviderSettings(
        name=name,
        title=fields.text(table, "title", name.capitalize(), prefix, path)[:60],
        issuer=_issuer(fields.text(table, "issuer", "", prefix, path), prefix, path),
        client_id=fields.text(table, "client_id", "", prefix, path),
        client_secret=secret_from_environment(variable, environment)[0] if variable else "",
        secret_variable=variable,
        scopes=tuple(scopes),
        unknown=_unknown(table, prefix, path),
        rules=tuple(_rules(table, prefix, path)),
        groups_claim=groups_claim,
        link_by_email=_flag(table, "link_by_email", False, sources, prefix),
        trust_email=_flag(table, "trust_email", False, sources, prefix),
    )


def _secret_variable(table: Table, prefix: str, path: Path) -> str:
    """The variable that `client_secret` names; empty for a client without a secret."""
    given: object = table.get("client_secret", "")
    if given == "":
        return ""
    if not isinstance(given, str) or not VARIABLE.fullmatch(given):
        allowed = "allowed: $VARIABLE, a variable that holds the secret, as stack.toml is no place for secrets"
        raise refused(prefix + "client_secret", "********", allowed, str(path))
    return given[1:]


def _rules(table: Table, prefix: str, path: Path) -> list[ClaimRule]:
    items: object = table.get("rules", [])
    allowed = 'allowed: tables such as { claim = "groups", value = "ai-admins", role = "admin" }, or with a group'
    if not isinstance(items, list) or len(cast(list[object], items)) > RULES_MAX:
        raise refused(prefix + "rules", cast(object, items), allowed, str(path))
    found: list[ClaimRule] = []
    for item in cast(list[object], items):
        rule = cast(Table, item) if isinstance(item, dict) else dict[str, object]()
        words = {key: value for key, value in rule.items() if isinstance(value, str) and value.strip()}
        is_whole = set(words) in ({"claim", "value", "role"}, {"claim", "value", "group"}) and len(words) == len(rule)
        if not is_whole or not CLAIM.fullmatch(words["claim"]) or words.get("role", "member") not in ROLES:
            raise refused(prefix + "rules", cast(object, item), allowed, str(path))
        found.append(ClaimRule(words["claim"], words["value"], words.get("role", ""), words.get("group", "")))
    return found


def _proxy(table: Table, path: Path) -> ProxySettings:
    if not table:
        return ProxySettings()
    prefix = "identity.proxy."
    fields.only(table, {"header", "networks", "unknown"}, prefix, path)
    header = fields.matching(table, "header", "", prefix, path, HEADER)
    networks = fields.texts(table, "networks", prefix, path)
    for network in networks:
        try:
            ipaddress.ip_network(network)
        except ValueError:
            raise refused(prefix + "networks", network, "allowed: networks such as 10.0.0.5/32", str(path)) from None
    return ProxySettings(header.lower(), tuple(networks), _unknown(table, prefix, path))


def _unknown(table: Table, prefix: str, path: Path) -> Unknown:
    value = table.get("unknown", "refuse")
    if value not in UNKNOWN:
        raise refused(prefix + "unknown", value, f"allowed: {', '.join(UNKNOWN)}", str(path))
    return value


def _issuer(url: str, prefix: str, path: Path) -> str:
    parts = _split(url)
    if parts is None or parts[2] or not (parts[0] == "https" or parts[1] in LOOPBACK):
        allowed = "allowed: the provider's issuer, an https:// URL without a query, exactly as the provider spells it"
        raise refused(prefix + "issuer", url, allowed, str(path))
    return url


def _public_url(given: Table, sources: Mapping[str, str], path: Path) -> str:
    url = given.get("public_url", "")
    source = sources.get("public_url", str(path))
    allowed = "allowed: https://HOST or https://HOST:PORT, without a path; http:// only on this machine"
    if not isinstance(url, str):
        raise refused("identity.public_url", url, allowed, source)
    parts = _split(url.rstrip("/")) if url else None
    if url and (parts is None or parts[2] or parts[3] or not (parts[0] == "https" or parts[1] in LOOPBACK)):
        raise refused("identity.public_url", url, allowed, source)
    return url.rstrip("/").lower()


def _split(url: str) -> tuple[str, str, str, str] | None:
    """Scheme, host, query and path; None for what is not an HTTP URL of a host."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or parts.username is not None or "#" in url:
        return None
    return parts.scheme, host, parts.query, parts.path


def _file(given: Table, sources: Mapping[str, str], path: Path) -> str:
    value = given.get("breached_passwords_file", "")
    if not isinstance(value, str):
        source = sources.get("breached_passwords_file", str(path))
        raise refused("identity.breached_passwords_file", value, "allowed: the path of a file", source)
    return value


def _flag(given: Table, key: str, default: bool, sources: Mapping[str, str], prefix: str = "identity.") -> bool:
    value = given.get(key, default)
    if isinstance(value, str):
        value = SWITCH.get(value.lower(), value)
    if not isinstance(value, bool):
        raise refused(prefix + key, value, "allowed: true or false", sources[key])
    return value


def _seconds(given: Table, key: str, default: float, sources: Mapping[str, str]) -> float:
    value = given.get(key, default)
    try:
        seconds = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else 0.0
    except ValueError:
        seconds = 0.0
    if not 60 <= seconds <= 365 * DAY:
        raise refused(f"identity.{key}", value, "allowed: 60 to 31536000 seconds", sources[key])
    return seconds
