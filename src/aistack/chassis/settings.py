"""Settings: one class per service, each value with a known source.

Sources in order of precedence: the environment, the service's table in `stack.toml`, the default. The environment is
that of the process, then `.env`, then the service's `environment` table. In it, a setting's own variable
(`SERVICE_FIELD`, or the one given by `setting(env=...)`) takes precedence over `setting(aliases=...)`. A blank variable
counts as not set, unless blank is a valid value of the setting.
"""

import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from aistack.chassis import aliases
from aistack.chassis.aliases import Alias
from aistack.chassis.listen_address import Address, listen_address
from aistack.chassis.trusted_hosts import SiteRules
from aistack.stack.description import DescribedService, Stack
from aistack.stack.environment import Environment, source_of
from aistack.stack.errors import StackError
from aistack.stack.secrets import secret_from_environment, service_key

MASK = "********"
STACK_KEYS = ("service", "port", "data_dir", "identity", "allowed_hosts")
SITE_KEYS = ("allowed_hosts", "cors_origins", "gateway_listen")
GATEWAY_KEYS = {"cors_origins": "cors_origins", "gateway_listen": "listen"}  # that other services use as well


def setting(
    default: Any, about: str, *, env: str = "", aliases: tuple[Alias, ...] = (), secret: bool = False, **limits: Any
) -> Any:
    """A field: its default, its meaning with its unit, its variable and aliases, its range."""
    extra: dict[str, Any] = {"env": env, "aliases": aliases, "secret": secret}
    return Field(default=default, description=about, json_schema_extra=extra, **limits)


class ServiceSettings(BaseModel):
    """The settings of every service. `port` and `data_dir` come from the stack.

    `live` names the settings that a reload applies; the others need a restart.
    """

    live: ClassVar[set[str]] = set()

    model_config = ConfigDict(extra="forbid", frozen=True)

    service: str
    port: int
    data_dir: Path
    gateway_url: str = setting(
        "", "URL of the gateway, for registration and for calls to other services", env="AISTACK_GATEWAY_URL"
    )
    identity: bool = setting(
        False, "true requires an API key from every caller; set in [stack]", env="AISTACK_IDENTITY"
    )
    allowed_hosts: list[str] = setting(
        [],
        "host names that the stack answers to besides localhost while identity is off; set in [stack]",
        env="AISTACK_ALLOWED_HOSTS",
    )
    cors_origins: list[str] = setting(
        [],
        "origins whose pages may call the stack, or '*'; comma-separated; set for the gateway",
        env="GATEWAY_CORS_ORIGINS",
    )
    secret: str = setting(
        "",
        "the secret with which the stack's services sign requests to each other",
        env="AISTACK_SECRET",
        aliases=(aliases.SECRET_KEY,),
        secret=True,
    )
    listen: list[str] = setting(
        ["127.0.0.1"],
        "listen addresses, comma-separated: ADDRESS or ADDRESS:PORT; non-loopback addresses need identity",
        min_length=1,
        max_length=16,
    )
    gateway_listen: list[str] = setting([], "listen addresses of the gateway", env="GATEWAY_LISTEN")
    insecure: bool = setting(False, "true allows non-loopback addresses although identity is off")
    advertise: str = setting(
        "", "address at which the gateway reaches this instance; empty detects it", env="AISTACK_ADVERTISE"
    )
    instance_id: str = setting("", "name of this instance in the registry; empty generates one")
    log_level: str = setting(
        "info",
        "log level: debug, info, warning or error",
        env="LOG_LEVEL",
        aliases=(aliases.RUST_LOG,),
        pattern="^(debug|info|warning|error)$",
    )
    log_format: str = setting(
        "auto",
        "log format: json (ECS), terminal, or auto (terminal when standard error is one)",
        env="LOG_FORMAT",
        pattern="^(json|terminal|auto)$",
    )
    log_bytes_max: int = setting(
        32 * 1024 * 1024,
        "size in bytes at which a background log is rotated; two rotated logs are kept",
        env="LOG_BYTES_MAX",
        ge=65_536,
        le=1 << 40,
    )
    metrics_enabled: bool = setting(True, "false turns off /metrics of every service", env="PROMETHEUS_ENABLED")
    heartbeat_seconds: float = setting(5.0, "seconds between heartbeats to the registry", gt=0, le=300)
    drain_seconds: float = setting(
        10.0, "seconds that requests in flight get to finish when the service stops", ge=0, le=600
    )

    @field_validator("log_level", mode="before")
    @classmethod
    def is_a_level(cls, text: object) -> object:
        return aliases.level(text) if isinstance(text, str) else text

    @field_validator("listen", "gateway_listen")
    @classmethod
    def are_addresses(cls, entries: list[str]) -> list[str]:
        for entry in entries:
            listen_address(entry, 1)
        return entries

    @field_validator("advertise")
    @classmethod
    def is_an_address(cls, address: str) -> str:
        if address:
            ipaddress.ip_address(address)
        return address

    @model_validator(mode="after")
    def closed_by_default(self) -> Self:
        beyond = next((one for one in self.addresses if not one.is_local), None)
        if beyond is not None and not self.identity and not self.insecure:
            raise ValueError(
                f"listening on {beyond.host} needs identity: set identity = true under [stack] (AISTACK_IDENTITY), "
                "or start with --insecure if everyone who can reach this machine may use everything"
            )
        return self

    @classmethod
    def is_live(cls, key: str) -> bool:
        """Whether a reload applies this setting."""
        return key in cls.live or key in SITE_KEYS

    @property
    def addresses(self) -> list[Address]:
        """The listen addresses."""
        return [listen_address(entry, self.port) for entry in self.listen]

    @property
    def site_rules(self) -> SiteRules:
        """Which hosts are accepted and which origins may change something while identity is off."""
        addresses = [*self.addresses, *(listen_address(entry, self.port) for entry in self.gateway_listen)]
        return SiteRules(self.allowed_hosts, self.cors_origins, any(not address.is_local for address in addresses))

    @property
    def api_key(self) -> str:
        """The API key of this service at the gateway; empty while identity is off."""
        return service_key(self.secret, self.service) if self.identity else ""

    @property
    def instance(self) -> str:
        return self.instance_id or f"{socket.gethostname()}-{self.port}"


SettingsT = TypeVar("SettingsT", bound=ServiceSettings)


@dataclass(frozen=True, slots=True)
class Origin:
    """A setting in force; `value` is masked when it is a secret. `note` says why a variable has no effect."""

    key: str
    value: object
    source: str
    env: str
    about: str
    note: str = ""


def resolve(
    kind: type[SettingsT], described: DescribedService, stack: Stack, environ: Mapping[str, str] | None = None
) -> tuple[SettingsT, list[Origin]]:
    """The settings of one service and their sources. Raises StackError naming the first invalid key.

    `environ` replaces the variables that the stack was read with.
    """
    name = described.entry.name
    environ = stack.environment_of(described) if environ is None else Environment(("", environ))
    values: dict[str, object] = {"service": name, "port": described.port, "data_dir": stack.data_dir}
    values |= {"gateway_url": stack.gateway_url, "identity": stack.identity, "allowed_hosts": list(stack.allowed_hosts)}
    sources: dict[str, str] = dict.fromkeys(values, "stack")
    for key in STACK_KEYS:
        variable = env_name(kind, name, key)
        if variable and environ.get(variable):
            sources[key] = source_of(environ, variable)
    for key, of_gateway in GATEWAY_KEYS.items() if name != "gateway" else ():
        held = stack.services["gateway"].settings
        if of_gateway in held:
            values[key], sources[key] = held[of_gateway], str(stack.source)
    refuse_unknown(kind, described, stack)
    notes: dict[str, str] = {}
    for key in kind.model_fields:
        if key in described.settings:
            values[key], sources[key] = described.settings[key], str(stack.source)
        if key in STACK_KEYS:
            continue
        needed: tuple[str, ...] = ()
        found = _from_variable(kind, name, key, environ)
        for alias in () if found else aliases_of(kind, key):
            found, needed = _from_alias(kind, key, alias, f"services.{name}", environ), alias.needs
            if found:
                break
        if found and needed and not any(_is_given(kind, name, one, described, environ) for one in needed):
            models = (env_name(kind, name, needed[0]), *(one.variable for one in aliases_of(kind, needed[0])))
            wanted = " or ".join(models)
            notes[key] = f"{found[1]} is not used by {name} because no model is set; set {wanted}"
        elif found:
            values[key], sources[key] = found
    try:
        settings = kind.model_validate(values)
    except ValidationError as error:
        raise _refusal(error, kind, name, sources, stack) from None
    return settings, [_origin(kind, name, key, settings, sources, notes) for key in kind.model_fields]


def refuse_unknown(kind: type[ServiceSettings], described: DescribedService, stack: Stack) -> None:
    """Raises StackError for an unknown key in the service's table."""
    of_gateway = {"gateway_listen"} if described.name == "gateway" else set(GATEWAY_KEYS)
    given_elsewhere = set(STACK_KEYS) - {"port"} | of_gateway
    allowed = set(kind.model_fields) - given_elsewhere
    unknown = set(described.settings) - allowed
    if unknown:
        names = f"enabled, {', '.join(sorted(allowed))}"
        raise StackError(
            f"{stack.source}: services.{described.name}.{min(unknown)} is not a key; allowed here: {names}"
        )


def _from_variable(
    kind: type[ServiceSettings], service: str, key: str, environ: Environment
) -> tuple[object, str] | None:
    """The value of a setting's own variable, and its source."""
    variable = env_name(kind, service, key)
    if is_secret(kind, key):
        text, source = secret_from_environment(variable, environ)
    elif variable in environ:
        text, source = environ[variable], source_of(environ, variable)
    else:
        return None
    is_given = source and (text.strip() or _takes_blank(kind, key))
    return (_from_text(kind, key, text), source) if is_given else None


def _from_alias(
    kind: type[ServiceSettings], key: str, alias: Alias, place: str, environ: Environment
) -> tuple[object, str] | None:
    """The value of an alias, and its source. Raises StackError."""
    try:
        text, source = alias.read(environ, secret=is_secret(kind, key))
    except ValueError as error:
        given = MASK if is_secret(kind, key) else repr(environ.get(alias.variable, ""))
        raise StackError(
            f"{source_of(environ, alias.variable)} = {given} is not allowed ({place}.{key}); {error}"
        ) from None
    return (_from_text(kind, key, text), source) if text else None


def _is_given(
    kind: type[ServiceSettings], service: str, key: str, described: DescribedService, environ: Environment
) -> bool:
    """Whether a setting has a value that is not blank, from any source."""
    own = _from_variable(kind, service, key, environ)
    if own:
        return bool(own[0])
    general = (_from_alias(kind, key, alias, f"services.{service}", environ) for alias in aliases_of(kind, key))
    return any(general) or bool(described.settings.get(key))


def env_name(kind: type[ServiceSettings], service: str, key: str) -> str:
    """The environment variable of `key`; empty for the service's own name."""
    given = {"port": f"{service.upper()}_PORT", "data_dir": "AISTACK_DATA_DIR", "service": ""}.get(key)
    return given if given is not None else str(_extra(kind, key).get("env") or f"{service}_{key}".upper())


def aliases_of(kind: type[ServiceSettings], key: str) -> tuple[Alias, ...]:
    """The aliases of a setting, in order of precedence."""
    return _extra(kind, key).get("aliases") or ()


def is_secret(kind: type[ServiceSettings], key: str) -> bool:
    """Whether a value must not be shown. A secret can also come from a file."""
    return bool(_extra(kind, key).get("secret"))


def _takes_blank(kind: type[ServiceSettings], key: str) -> bool:
    """Whether an empty string is a valid value, such as no database or no rate limits."""
    field = kind.model_fields[key]
    if key == "gateway_url":  # the stack provides it
        return False
    return (field.annotation is str or get_origin(field.annotation) is list) and not field.metadata


def _extra(kind: type[ServiceSettings], key: str) -> dict[str, Any]:
    extra: Any = kind.model_fields[key].json_schema_extra
    return extra or {}


def _from_text(kind: type[ServiceSettings], key: str, text: str) -> object:
    if get_origin(kind.model_fields[key].annotation) is list:
        return [part.strip() for part in text.split(",") if part.strip()]
    return text


def _origin(
    kind: type[ServiceSettings],
    name: str,
    key: str,
    settings: ServiceSettings,
    sources: dict[str, str],
    notes: dict[str, str],
) -> Origin:
    value = getattr(settings, key)
    if is_secret(kind, key) and value:
        value = MASK
    about = kind.model_fields[key].description or ""
    return Origin(key, value, sources.get(key, "default"), env_name(kind, name, key), about, notes.get(key, ""))


def _refusal(
    error: ValidationError, kind: type[ServiceSettings], name: str, sources: dict[str, str], stack: Stack
) -> StackError:
    first = error.errors()[0]
    wrong = first["msg"].removeprefix("Value error, ")
    if not first["loc"]:
        return StackError(f"{stack.source}: services.{name}: {wrong}")
    key = str(first["loc"][0])
    given = MASK if is_secret(kind, key) else repr(first.get("input"))
    return StackError(f"{sources.get(key, stack.source)}: services.{name}.{key} = {given} is not allowed; {wrong}")
