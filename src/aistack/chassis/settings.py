"""Settings: one class a service, each value with a known source.

A value comes from, strongest first: the environment, the service's table in `stack.toml`, the default.
The environment name of a field is `SERVICE_FIELD`, or what `setting(env=...)` says.
"""

import ipaddress
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from aistack.chassis.listening import Address, listen_address
from aistack.chassis.trusted_hosts import SiteRules
from aistack.stack.description import DescribedService, Stack
from aistack.stack.errors import StackError
from aistack.stack.secrets import service_key, told

MASK = "********"
OF_THE_STACK = frozenset(("service", "data_dir", "identity", "allowed_hosts"))
OF_THE_GATEWAY = {"cors_origins": "cors_origins", "gateway_listen": "listen"}  # what other services go by, too


def setting(default: Any, about: str, *, env: str = "", secret: bool = False, **limits: Any) -> Any:
    """A field: its default, what it means with its unit, its environment name, its range."""
    return Field(default=default, description=about, json_schema_extra={"env": env, "secret": secret}, **limits)


class ServiceSettings(BaseModel):
    """What every service can be told. `port` and `data_dir` come from the stack itself."""

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
    secret: str = setting("", "what the stack's services sign with", env="AISTACK_SECRET", secret=True)
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
        "info", "debug, info, warning or error", env="LOG_LEVEL", pattern="^(debug|info|warning|error)$"
    )
    log_format: str = setting(
        "auto",
        "json (ECS), terminal, or auto: by whether a terminal watches",
        env="LOG_FORMAT",
        pattern="^(json|terminal|auto)$",
    )
    heartbeat_seconds: float = setting(5.0, "time between signs of life to the registry", gt=0, le=300)
    drain_seconds: float = setting(10.0, "time that requests in flight get to finish at a stop", ge=0, le=600)

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
    """One setting in force: `value` is masked when it is a secret."""

    key: str
    value: object
    source: str
    env: str
    about: str


def resolve(
    kind: type[SettingsT], described: DescribedService, stack: Stack, environ: Mapping[str, str] = os.environ
) -> tuple[SettingsT, list[Origin]]:
    """The settings of one service and where each came from. Raises StackError naming the first bad key."""
    name = described.entry.name
    values: dict[str, object] = {"service": name, "port": described.port, "data_dir": stack.data_dir}
    sources: dict[str, str] = dict.fromkeys(values, "stack")
    for key, variable in (("port", f"{name.upper()}_PORT"), ("data_dir", "AISTACK_DATA_DIR")):
        sources[key] = f"${variable}" if variable in environ else "stack"
    values["gateway_url"], sources["gateway_url"] = stack.gateway_url, "stack"
    values["identity"], values["allowed_hosts"] = stack.identity, list(stack.allowed_hosts)
    sources["identity"] = "$AISTACK_IDENTITY" if "AISTACK_IDENTITY" in environ else "stack"
    sources["allowed_hosts"] = "$AISTACK_ALLOWED_HOSTS" if "AISTACK_ALLOWED_HOSTS" in environ else "stack"
    elsewhere = OF_THE_STACK | ({"gateway_listen"} if name == "gateway" else set(OF_THE_GATEWAY))
    for key, of_gateway in OF_THE_GATEWAY.items():
        held = stack.services["gateway"].settings
        if name != "gateway" and of_gateway in held:
            values[key], sources[key] = held[of_gateway], str(stack.source)
    unknown = set(described.settings) - set(kind.model_fields) | set(described.settings) & elsewhere
    if unknown:
        key = min(unknown)
        allowed = ", ".join(sorted(set(kind.model_fields) - elsewhere))
        raise StackError(f"{stack.source}: services.{name}.{key} is not a key; allowed here: enabled, {allowed}")
    for key in kind.model_fields:
        if key in described.settings:
            values[key], sources[key] = described.settings[key], str(stack.source)
        variable = env_name(kind, name, key)
        if key == "port" or key in OF_THE_STACK:
            continue
        if variable in environ:
            values[key], sources[key] = _from_text(kind, key, environ[variable]), f"${variable}"
        elif _extra(kind, key).get("secret"):
            value, source = told(variable, environ)
            if source:
                values[key], sources[key] = value, source
    try:
        settings = kind.model_validate(values)
    except ValidationError as error:
        raise _refusal(error, kind, name, sources, stack) from None
    return settings, [_origin(kind, name, key, settings, sources) for key in kind.model_fields]


def env_name(kind: type[ServiceSettings], service: str, key: str) -> str:
    """The environment variable that sets `key`."""
    return str(_extra(kind, key).get("env") or f"{service}_{key}".upper())


def _extra(kind: type[ServiceSettings], key: str) -> dict[str, Any]:
    extra: Any = kind.model_fields[key].json_schema_extra
    return extra or {}


def _from_text(kind: type[ServiceSettings], key: str, text: str) -> object:
    if get_origin(kind.model_fields[key].annotation) is list:
        return [part.strip() for part in text.split(",") if part.strip()]
    return text


def _origin(
    kind: type[ServiceSettings], name: str, key: str, settings: ServiceSettings, sources: dict[str, str]
) -> Origin:
    value = getattr(settings, key)
    if _extra(kind, key).get("secret") and value:
        value = MASK
    env = {"port": f"{name.upper()}_PORT", "data_dir": "AISTACK_DATA_DIR", "service": ""}.get(key)
    return Origin(
        key,
        value,
        sources.get(key, "default"),
        env_name(kind, name, key) if env is None else env,
        kind.model_fields[key].description or "",
    )


def _refusal(
    error: ValidationError, kind: type[ServiceSettings], name: str, sources: dict[str, str], stack: Stack
) -> StackError:
    first = error.errors()[0]
    wrong = first["msg"].removeprefix("Value error, ")
    if not first["loc"]:
        return StackError(f"{stack.source}: services.{name}: {wrong}")
    key = str(first["loc"][0])
    given = MASK if _extra(kind, key).get("secret") else repr(first.get("input"))
    return StackError(f"{sources.get(key, stack.source)}: services.{name}.{key} = {given} is not allowed; {wrong}")
