"""The compiled model table: what the data plane looks up for each request. Immutable and picklable.

The API keys of upstreams are in it in the clear, but are neither shown nor logged.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from aistack.access.access import EVERYONE, subjects_of
from aistack.chassis.identity import OWNER, Principal
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
    """All models, and the names that are aliases of one.

    `shared` are the subjects that may use an entry, by its name. A model without is everyone's, an alias its model's.
    """

    models: Mapping[str, Model] = field(default_factory=dict[str, Model])
    aliases: Mapping[str, str] = field(default_factory=dict[str, str])
    shared: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])

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
    shared: Mapping[str, frozenset[str]] | None = None,
) -> ModelTable:
    """The table of these entries. `key_of` gives the API key of an upstream, `created` is Unix time.

    `own_sidecar` is the address for workers' models without one. `shared` is as in `ModelTable`.

    The roles default, precise and vision that no entry has are those of the first chat model that is everyone's.
    """
    entries, shared = list(entries), shared or {}
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
    chats = (one.name for one in entries if one.name in models and one.chats)
    first = aliases.get("default") or next((name for name in chats if is_everyones(shared.get(name))), "")
    if first:
        aliases |= {role: first for role in ROLES if role in SHOWN and role not in taken}
    return ModelTable(models, aliases, shared)


def is_everyones(subjects: frozenset[str] | None) -> bool:
    """Whether a model that is shared with these subjects is everyone's to use."""
    return subjects is None or EVERYONE in subjects


def usable_part(table: ModelTable, who: Principal) -> ModelTable:
    """The part of a table that a principal may use. A service on its own behalf uses what is everyone's.

    A key that is narrowed to single things reaches the models among them, as `model:NAME`.
    """
    if who.things is None and (who.role == OWNER or not (table.shared or who.role == "guest")):
        return table
    subjects = (EVERYONE,) if who.kind == "service" else subjects_of(who)

    def may_use(name: str, others: Iterable[str] = ()) -> bool:
        return who.role == OWNER or not table.shared.get(name, frozenset(others)).isdisjoint(subjects)

    models = {
        name: model
        for name, model in table.models.items()
        if may_use(name, (EVERYONE,)) and (who.things is None or f"model:{name}" in who.things)
    }
    aliases = {name: real for name, real in table.aliases.items() if real in models and may_use(name, subjects)}
    return ModelTable(models, aliases, table.shared)


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
