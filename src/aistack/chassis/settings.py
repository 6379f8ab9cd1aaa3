"""Settings: one class a service, each value with a known source.

A value comes from, strongest first: the environment, the service's table in `stack.toml`, the default. The environment
is that of the process, then `.env`, then the service's `environment` table; in it a setting's own variable
(`SERVICE_FIELD`, or what `setting(env=...)` says) wins over the general ones of `setting(aliases=...)`. A blank
variable is not set, where a blank makes no sense for the setting.
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
OF_THE_STACK = ("service", "port", "data_dir", "identity", "allowed_hosts")
OF_THE_SITE = ("allowed_hosts", "cors_origins", "gateway_listen")
OF_THE_GATEWAY = {"cors_origins": "cors_origins", "gateway_listen": "listen"}  # what other services go by, too


def setting(
    default: Any, about: str, *, env: str = "", aliases: tuple[Alias, ...] = (), secret: bool = False, **limits: Any
) -> Any:
    """A field: its default, what it means with its unit, its environment name and general ones, its range."""
    extra: dict[str, Any] = {"env": env, "aliases": aliases, "secret": secret}
    return Field(default=default, description=about, json_schema_extra=extra, **limits)


class ServiceSettings(BaseModel):
    """What every service can be told. `port` and `data_dir` come from the stack itself.

    `live` names the settings that a reload changes; any other waits for a restart.
    """

    live: ClassVar[set[str]] = set()

    model_config = ConfigDict(extra="forbid", frozen=True)

    service: str
    port: int
    data_dir: Path
    gateway_url: str = setting("", "where to announce this service and call others", env="AISTACK_GATEWAY_URL")
    identity: bool = setting(False, "whether callers must show a key; comes from [stack]", env="AISTACK_IDENTITY")
    allowed_hosts: list[str] = setting(
        [],
        "host names that the stack answers to beside loopback while identity is off; comes from [stack]",
        env="AISTACK_ALLOWED_HOSTS",
    )
    cors_origins: list[str] = setting(
        [], "origins whose pages may call, or '*', comma-separated; comes from the gateway", env="GATEWAY_CORS_ORIGINS"
    )
    secret: str = setting(
        "",
        "what the stack's services sign with",
        env="AISTACK_SECRET",
        aliases=(aliases.SECRET_KEY,),
        secret=True,
    )
    listen: list[str] = setting(
        ["127.0.0.1"],
        "where to listen, comma-separated: ADDRESS or ADDRESS:PORT; beyond loopback needs identity",
        min_length=1,
        max_length=16,
    )
    gateway_listen: list[str] = setting([], "where the gateway listens", env="GATEWAY_LISTEN")
    insecure: bool = setting(False, "listen beyond loopback although identity is off")
    advertise: str = setting(
        "", "address that the gateway reaches this instance at; empty finds it out", env="AISTACK_ADVERTISE"
    )
    instance_id: str = setting("", "name of this instance in the registry; empty makes one")
    log_level: str = setting(
        "info",
        "debug, info, warning or error",
        env="LOG_LEVEL",
        aliases=(aliases.RUST_LOG,),
        pattern="^(debug|info|warning|error)$",
    )
    log_format: str = setting(
        "auto",
        "json (ECS), terminal, or auto: by whether a terminal watches",
        env="LOG_FORMAT",
        pattern="^(json|terminal|auto)$",
    )
    log_bytes_max: int = setting(
        32 * 1024 * 1024,
        "in the background a log is rotated at this size, bytes; two old ones are kept",
        env="LOG_BYTES_MAX",
        ge=65_536,
        le=1 << 40,
    )
    metrics_enabled: bool = setting(True, "answer /metrics; false turns it off everywhere", env="PROMETHEUS_ENABLED")
    heartbeat_seconds: float = setting(5.0, "time between signs of life to the registry", gt=0, le=300)
    drain_seconds: float = setting(10.0, "time that requests in flight get to finish at a stop", ge=0, le=600)

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
                "or start with --insecure when everyone who can reach this machine may use everything"
            )
        return self

    @classmethod
    def is_live(cls, key: str) -> bool:
        """Whether a reload changes this setting."""
        return key in cls.live or key in OF_THE_SITE

    @property
    def addresses(self) -> list[Address]:
        """Where to listen."""
        return [listen_address(entry, self.port) for entry in self.listen]

    @property
    def site_rules(self) -> SiteRules:
        """Which hosts are answered and which origins may act while identity is off."""
        places = [*self.addresses, *(listen_address(entry, self.port) for entry in self.gateway_listen)]
        return SiteRules(self.allowed_hosts, self.cors_origins, any(not place.is_local for place in places))

    @property
    def api_key(self) -> str:
        """What this service shows to the gateway; empty while identity is off."""
        return service_key(self.secret, self.service) if self.identity else ""

    @property
    def instance(self) -> str:
        return self.instance_id or f"{socket.gethostname()}-{self.port}"


SettingsT = TypeVar("SettingsT", bound=ServiceSettings)


@dataclass(frozen=True, slots=True)
class Origin:
    """One setting in force: `value` is masked when it is a secret. `note` tells why a variable does not count."""

    key: str
    value: object
    source: str
    env: str
    about: str
    note: str = ""


def resolve(
    kind: type[SettingsT], described: DescribedService, stack: Stack, environ: Mapping[str, str] | None = None
) -> tuple[SettingsT, list[Origin]]:
    """The settings of one service and where each came from. Raises StackError naming the first bad key.

    `environ` are the variables to go by instead of those that the stack was read with.
    """
    name = described.entry.name
    environ = stack.environment_of(described) if environ is None else Environment(("", environ))
    values: dict[str, object] = {"service": name, "port": described.port, "data_dir": stack.data_dir}
    values |= {"gateway_url": stack.gateway_url, "identity": stack.identity, "allowed_hosts": list(stack.allowed_hosts)}
    sources: dict[str, str] = dict.fromkeys(values, "stack")
    for key in OF_THE_STACK:
        variable = env_name(kind, name, key)
        if variable and environ.get(variable):
            sources[key] = source_of(environ, variable)
    for key, of_gateway in OF_THE_GATEWAY.items() if name != "gateway" else ():
        held = stack.services["gateway"].settings
        if of_gateway in held:
            values[key], sources[key] = held[of_gateway], str(stack.source)
    refuse_unknown(kind, described, stack)
    notes: dict[str, str] = {}
    for key in kind.model_fields:
        if key in described.settings:
            values[key], sources[key] = described.settings[key], str(stack.source)
        if key in OF_THE_STACK:
            continue
        needed: tuple[str, ...] = ()
        found = _own(kind, name, key, environ)
        for alias in () if found else aliases_of(kind, key):
            found, needed = _general(kind, key, alias, f"services.{name}", environ), alias.needs
            if found:
                break
        if found and needed and not any(_is_given(kind, name, one, described, environ) for one in needed):
            models = (env_name(kind, name, needed[0]), *(one.variable for one in aliases_of(kind, needed[0])))
            wanted = " or ".join(models)
            notes[key] = f"{found[1]} is not used by {name} because no model is named; set {wanted}"
        elif found:
            values[key], sources[key] = found
    try:
        settings = kind.model_validate(values)
    except ValidationError as error:
        raise _refusal(error, kind, name, sources, stack) from None
    return settings, [_origin(kind, name, key, settings, sources, notes) for key in kind.model_fields]


def refuse_unknown(kind: type[ServiceSettings], described: DescribedService, stack: Stack) -> None:
    """Raises StackError for a key of the service's table that is none."""
    of_gateway = {"gateway_listen"} if described.name == "gateway" else set(OF_THE_GATEWAY)
    given_elsewhere = set(OF_THE_STACK) - {"port"} | of_gateway
    allowed = set(kind.model_fields) - given_elsewhere
    unknown = set(described.settings) - allowed
    if unknown:
        names = f"enabled, {', '.join(sorted(allowed))}"
        raise StackError(
            f"{stack.source}: services.{described.name}.{min(unknown)} is not a key; allowed here: {names}"
        )


def _own(kind: type[ServiceSettings], service: str, key: str, environ: Environment) -> tuple[object, str] | None:
    """What a setting's own variable says, and which it is."""
    variable = env_name(kind, service, key)
    if is_secret(kind, key):
        text, source = secret_from_environment(variable, environ)
    elif variable in environ:
        text, source = environ[variable], source_of(environ, variable)
    else:
        return None
    is_given = source and (text.strip() or _takes_blank(kind, key))
    return (_from_text(kind, key, text), source) if is_given else None


def _general(
    kind: type[ServiceSettings], key: str, alias: Alias, place: str, environ: Environment
) -> tuple[object, str] | None:
    """What a general variable says, and which it is. Raises StackError."""
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
    """Whether a setting has a value that is not blank, whoever gave it."""
    own = _own(kind, service, key, environ)
    if own:
        return bool(own[0])
    general = (_general(kind, key, alias, f"services.{service}", environ) for alias in aliases_of(kind, key))
    return any(general) or bool(described.settings.get(key))


def env_name(kind: type[ServiceSettings], service: str, key: str) -> str:
    """The environment variable that sets `key`; empty for the service's own name."""
    given = {"port": f"{service.upper()}_PORT", "data_dir": "AISTACK_DATA_DIR", "service": ""}.get(key)
    return given if given is not None else str(_extra(kind, key).get("env") or f"{service}_{key}".upper())


def aliases_of(kind: type[ServiceSettings], key: str) -> tuple[Alias, ...]:
    """The general variables of a setting, the strongest first."""
    return _extra(kind, key).get("aliases") or ()


def is_secret(kind: type[ServiceSettings], key: str) -> bool:
    """Whether a value must not be shown; it may also come from a file."""
    return bool(_extra(kind, key).get("secret"))


def _takes_blank(kind: type[ServiceSettings], key: str) -> bool:
    """Whether an empty text is a value of its own, as for no database and for no rate limits."""
    field = kind.model_fields[key]
    if key == "gateway_url":  # the stack knows it
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
