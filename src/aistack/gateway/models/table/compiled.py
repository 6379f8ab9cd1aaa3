"""The compiled model table: what the data plane looks up for each request. Immutable and picklable.

The API keys of upstreams are in it in the clear, but are neither shown nor logged.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from aistack.stack.description import FIRST_TOKEN_SECONDS, ModelEntry, ModelUpstream, SettingValue, ToolChoice
from aistack.stack.models import ROLES

SHOWN = ("default", "precise", "vision")  # roles that fall back to the first model


@dataclass(frozen=True, slots=True)
class Prices:
    """Nano-dollars per token; None is unknown. Cached and reasoning tokens cost as others if nothing else is known."""

    input: float | None = None
    cached_input: float | None = None
    cache_write: float | None = None
    output: float | None = None
    reasoning: float | None = None


UNKNOWN = Prices()


@dataclass(frozen=True, slots=True)
class Target:
    """One place where a model runs. `head` are the header lines that each request to it has: host and key.

    A sidecar has no URL: `sidecar` is its address, `model` the worker's model.
    """

    id: str
    host: str
    port: int
    tls: bool
    path: str
    model: str
    head: bytes = field(repr=False)
    drain: bool = True
    sidecar: str = ""
    structured_output: bool = True
    tokenize: bool = False
    max_tokens_field: str = ""
    tool_choice: ToolChoice = True
    reasoning_field: str = ""


@dataclass(frozen=True, slots=True)
class Model:
    """A model by its public name. Times are in seconds."""

    name: str
    targets: tuple[Target, ...]
    fallbacks: tuple[str, ...] = ()
    first_token_seconds: float = FIRST_TOKEN_SECONDS
    seconds: float = 600.0
    repeatable: bool = False
    context_length: int = 0
    prices: Prices = UNKNOWN
    defaults: tuple[tuple[str, SettingValue], ...] = ()
    created: int = 0
    services: bool = True


@dataclass(frozen=True, slots=True)
class ModelTable:
    """All models, and the names that are aliases of one."""

    models: Mapping[str, Model] = field(default_factory=dict[str, Model])
    aliases: Mapping[str, str] = field(default_factory=dict[str, str])

    def find(self, name: str) -> Model | None:
        """The model with this name, or whose alias it is."""
        return self.models.get(name) or self.models.get(self.aliases.get(name, ""))

    @property
    def names(self) -> list[str]:
        return [*self.models, *self.aliases]


def compiled(
    entries: Iterable[ModelEntry],
    key_of: Callable[[ModelEntry, ModelUpstream], str],
    prices_of: Callable[[ModelEntry], Prices],
    created: int,
    own_sidecar: str = "",
) -> ModelTable:
    """The table of these entries. `key_of` gives the API key of an upstream, `created` is Unix time.

    `own_sidecar` is the address for workers' models without one.

    The roles default, precise and vision that no entry has are the first chat model's.
    """
    entries = list(entries)
    models = {
        entry.name: Model(
            entry.name,
            tuple(_target(entry, one, key_of(entry, one), own_sidecar) for one in entry.upstreams),
            entry.fallbacks,
            entry.first_token_seconds,
            entry.seconds,
            entry.repeatable,
            entry.context_length,
            prices_of(entry),
            tuple(entry.defaults.items()),
            created,
            entry.services,
        )
        for entry in entries
        if not entry.alias_of
    }
    aliases = {entry.name: entry.alias_of for entry in entries if entry.alias_of in models}
    taken = models.keys() | aliases.keys()
    first = aliases.get("default") or next((one.name for one in entries if one.name in models and one.chats), "")
    if first:
        aliases |= {role: first for role in ROLES if role in SHOWN and role not in taken}
    return ModelTable(models, aliases)


def _target(entry: ModelEntry, upstream: ModelUpstream, key: str, own_sidecar: str) -> Target:
    if upstream.worker:
        address = upstream.sidecar or own_sidecar
        name = f"{address}/{upstream.worker}"
        return Target(name, "", 0, False, "", upstream.model, b"", upstream.drain, address, tokenize=True)
    parts = urlsplit(upstream.url)
    tls = parts.scheme == "https"
    host, port = parts.hostname or "", parts.port or (443 if tls else 80)
    named = f"[{host}]" if ":" in host else host
    authority = named if port == (443 if tls else 80) else f"{named}:{port}"
    head = f"host: {authority}\r\n" + (f"authorization: Bearer {key}\r\n" if key else "")
    model = upstream.model or entry.name
    return Target(
        f"{upstream.url} {model}", host, port, tls, parts.path.rstrip("/"), model, head.encode("latin-1"),
        upstream.drain, "", upstream.structured_output, upstream.tokenize, upstream.max_tokens_field,
        upstream.tool_choice, upstream.reasoning_field,
    )  # fmt: skip
