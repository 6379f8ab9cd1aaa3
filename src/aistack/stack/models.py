"""Checks `[models]` of `stack.toml`: which models the gateway serves at `/v1`, and where they run.

A key that holds a table is a model; one that holds a string is another name for one. The variables that other projects
use as well (`LLM_BASE_URL`, `LLM_DEFAULT_MODEL`, `ARK_API_KEY` and others) describe models too, if the file does not.
"""

import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from aistack.stack import fields
from aistack.stack.description import (
    FIRST_TOKEN_SECONDS,
    LOCAL_FIRST_TOKEN_SECONDS,
    LocalModels,
    ModelEntry,
    ModelPrices,
    ModelUpstream,
    SettingValue,
    ToolChoice,
)
from aistack.stack.environment import Environment, source_of
from aistack.stack.errors import StackError, refused
from aistack.stack.fields import Table
from aistack.stack.local_models import model_entries
from aistack.stack.secrets import secret_from_environment

ROLES = ("default", "precise", "embedding", "rerank", "vision")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,127}")
VARIABLE = re.compile(r"\$[A-Za-z_][A-Za-z0-9_]{0,99}")
SIDECAR = re.compile(r"(?:unix:/\S{1,100}|(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]{1,253}):[1-9][0-9]{0,4})")
UPSTREAMS_MAX, FALLBACKS_MAX, MODELS_MAX = 16, 8, 1000
SECONDS_MAX = 86_400.0
ENTRY_KEYS = {
    "upstreams", "fallbacks", "first_token_seconds", "seconds", "repeatable", "context_length", "prices", "defaults",
    "services",
}  # fmt: skip
LIMIT_FIELDS = ("", "max_tokens", "max_completion_tokens")
REASONING_FIELDS = ("", "reasoning_content", "reasoning")
PRICE_KEYS = ("input", "cached_input", "cache_write", "output", "reasoning")
ARK_URL = "https://ark.cn-beijing.volces.com/api/v3"  # where ARK_API_KEY is valid
URL_ALLOWED = "allowed: a base URL such as https://api.example.com/v1, without a query and without a password"
KEY_ALLOWED = "allowed: $VARIABLE, a variable that holds the key, as stack.toml is no place for secrets"


def models_of(tables: Table, path: Path, environment: Environment, local: LocalModels) -> tuple[ModelEntry, ...]:
    """The models of a description, and those that its worker runs. Raises StackError."""
    entries = {name: model_entry(name, tables[name], str(path)) for name in tables}
    entries |= model_entries(local, entries)
    for entry in _from_variables(environment):
        entries.setdefault(entry.name, entry)
    check_references(entries, str(path))
    return tuple(entries.values())


def model_entry(name: str, value: object, source: str) -> ModelEntry:
    """One entry, from TOML or JSON. Raises StackError."""
    key = f"models.{name}"
    if not NAME.fullmatch(name):
        raise refused("models", name, f"allowed: names that match {NAME.pattern}", source)
    if isinstance(value, str):
        if value == name or not NAME.fullmatch(value):
            raise refused(key, value, "allowed: the name of another model, or a table", source)
        return ModelEntry(name, alias_of=value, source=source)
    if not isinstance(value, dict):
        raise refused(key, value, f"allowed: the name of another model, or a table, [{key}]", source)
    table, prefix, path = cast(Table, value), f"{key}.", Path(source)
    fields.only(table, ENTRY_KEYS, prefix, path)
    fallbacks = fields.list_of_texts(table.get("fallbacks", []))
    if fallbacks is None or len(fallbacks) > FALLBACKS_MAX:
        raise refused(prefix + "fallbacks", table["fallbacks"], f"allowed: up to {FALLBACKS_MAX} names", source)
    upstreams = tuple(_upstreams(table, prefix, path))
    patience = LOCAL_FIRST_TOKEN_SECONDS if all(one.worker for one in upstreams) else FIRST_TOKEN_SECONDS
    return ModelEntry(
        name,
        upstreams=upstreams,
        fallbacks=tuple(fallbacks),
        first_token_seconds=_number(table, "first_token_seconds", patience, SECONDS_MAX, prefix, source),
        seconds=_number(table, "seconds", 600.0, SECONDS_MAX, prefix, source),
        repeatable=_flag(table, "repeatable", False, prefix, source),
        context_length=int(_number(table, "context_length", 0.0, 1e9, prefix, source)),
        prices=_prices(table, prefix, path) if "prices" in table else None,
        defaults=_defaults(table, prefix, path),
        source=source,
        services=_flag(table, "services", True, prefix, source),
    )


def check_references(entries: Mapping[str, ModelEntry], source: str) -> None:
    """Raises StackError for an alias or a fallback that names no model, and for aliases of aliases."""
    if len(entries) > MODELS_MAX:
        raise StackError(f"{source}: models has {len(entries)} entries; {MODELS_MAX} are allowed")
    real = {name for name, entry in entries.items() if not entry.alias_of}
    for entry in entries.values():
        if entry.alias_of and entry.alias_of not in real:
            raise refused(f"models.{entry.name}", entry.alias_of, _among(real), entry.source or source)
        for fallback in entry.fallbacks:
            known = entries.get(fallback)
            if known is None or entry.name in (fallback, known.alias_of):
                key = f"models.{entry.name}.fallbacks"
                raise refused(key, fallback, _among(set(entries) - {entry.name}), entry.source or source)


def _among(names: Iterable[str]) -> str:
    return f"allowed: {', '.join(sorted(names)) or 'nothing, as there is no other model'}"


def _upstreams(table: Table, prefix: str, path: Path) -> Iterable[ModelUpstream]:
    given: object = table.get("upstreams")
    items = cast(list[object], given) if isinstance(given, list) else []
    if not 1 <= len(items) <= UPSTREAMS_MAX or not all(isinstance(item, dict) for item in items):
        allowed = f'allowed: 1 to {UPSTREAMS_MAX} tables, such as [{{ url = "https://HOST/v1", model = "NAME" }}]'
        raise refused(prefix + "upstreams", cast(object, given), allowed, str(path))
    for number, item in enumerate(items):
        yield _upstream(cast(Table, item), f"{prefix}upstreams.{number}.", path)


def _upstream(table: Table, prefix: str, path: Path) -> ModelUpstream:
    source = str(path)
    if "worker" in table:
        fields.only(table, {"worker", "sidecar"}, prefix, path)
        worker = fields.text(table, "worker", "", prefix, path)
        sidecar = fields.matching(table, "sidecar", "", prefix, path, SIDECAR) if "sidecar" in table else ""
        return ModelUpstream(worker=worker, model=worker, sidecar=sidecar, drain=False, tokenize=True)
    known = {
        "url",
        "model",
        "key",
        "drain",
        "structured_output",
        "tool_choice",
        "tokenize",
        "max_tokens_field",
        "reasoning_field",
    }
    fields.only(table, known, prefix, path)
    url = fields.text(table, "url", "", prefix, path).rstrip("/")
    if not is_base_url(url):
        raise refused(prefix + "url", url, URL_ALLOWED, source)
    key = table.get("key", "")
    if not isinstance(key, str) or (key and not VARIABLE.fullmatch(key)):
        raise StackError(f"{source}: {prefix}key is not allowed; {KEY_ALLOWED}")
    limit = table.get("max_tokens_field", "")
    if limit not in LIMIT_FIELDS:
        raise refused(prefix + "max_tokens_field", limit, f"allowed: {' or '.join(LIMIT_FIELDS[1:])}", source)
    reasoning = table.get("reasoning_field", "")
    if reasoning not in REASONING_FIELDS:
        raise refused(prefix + "reasoning_field", reasoning, f"allowed: {' or '.join(REASONING_FIELDS[1:])}", source)
    model = table.get("model", "")
    if not isinstance(model, str) or len(model) > 256:
        raise refused(prefix + "model", model, "allowed: the model's name at this URL", source)
    return ModelUpstream(
        url=url,
        model=model,
        key=key,
        drain=_flag(table, "drain", True, prefix, source),
        structured_output=_flag(table, "structured_output", True, prefix, source),
        tool_choice=_tool_choice(table, prefix, source),
        tokenize=_flag(table, "tokenize", False, prefix, source),
        max_tokens_field=str(limit),
        reasoning_field=str(reasoning),
    )


def _tool_choice(table: Table, prefix: str, source: str) -> ToolChoice:
    value = table.get("tool_choice", True)
    if value == "schema":
        return "schema"
    if not isinstance(value, bool):
        raise refused(prefix + "tool_choice", value, "allowed: true, false or schema", source)
    return value


def _flag(table: Table, key: str, default: bool, prefix: str, source: str) -> bool:
    value = table.get(key, default)
    if not isinstance(value, bool):
        raise refused(prefix + key, value, "allowed: true or false", source)
    return value


def is_base_url(url: str) -> bool:
    """Whether it is the base URL of an API: http or https, a host, no password, query or fragment."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    is_plain = not (parts.username or parts.password or parts.query or parts.fragment) and "?" not in url
    is_written = url.isascii() and url.isprintable() and " " not in url and len(url) <= 512
    return parts.scheme in ("http", "https") and bool(parts.hostname) and is_plain and is_written and port != 0


def _prices(table: Table, prefix: str, path: Path) -> ModelPrices:
    prices = fields.table(table, "prices", path, prefix)
    fields.only(prices, set(PRICE_KEYS), prefix + "prices.", path)
    found = {key: _number(prices, key, 0.0, 1e6, f"{prefix}prices.", str(path)) for key in PRICE_KEYS if key in prices}
    return ModelPrices(**found)


def _defaults(table: Table, prefix: str, path: Path) -> dict[str, SettingValue]:
    held = fields.table(table, "defaults", path, prefix)
    found: dict[str, SettingValue] = {}
    for key, value in held.items():
        if not isinstance(value, str | int | float | bool) or key in ("model", "stream"):
            allowed = "allowed: a string, a number, true or false, for any field but model and stream"
            raise refused(f"{prefix}defaults.{key}", value, allowed, str(path))
        found[key] = value
    return found


def _number(table: Table, key: str, default: float, most: float, prefix: str, source: str) -> float:
    value = table.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most or math.isnan(value):
        raise refused(prefix + key, value, f"allowed: a number from 0 to {most:g}", source)
    return float(value)


def _from_variables(environment: Environment) -> list[ModelEntry]:
    """Models described by variables: those at `LLM_BASE_URL`, or those of `ARK_API_KEY`."""
    given = {name: environment.get(name, "").strip() for name in ("LLM_BASE_URL", "LLM_DEFAULT_MODEL", "OPENAI_MODEL")}
    url, key, at = given["LLM_BASE_URL"].rstrip("/"), "$LLM_API_KEY", "LLM_BASE_URL"
    if not url and secret_from_environment("ARK_API_KEY", environment)[0]:
        url, key, at = ARK_URL, "$ARK_API_KEY", "ARK_API_KEY"
    default = given["LLM_DEFAULT_MODEL"] or given["OPENAI_MODEL"]
    precise = environment.get("LLM_HIGH_PRECISION_MODEL", "").strip()
    if not url or not (default or precise):
        return []
    source = source_of(environment, at)
    if not is_base_url(url):
        raise refused(at, url, URL_ALLOWED, source)
    if not secret_from_environment(key[1:], environment)[0]:
        key = ""  # servers on this machine need none
    defaults = _temperature(environment)
    names = dict.fromkeys(name for name in (default, precise) if name)
    for name in names:
        if not NAME.fullmatch(name):
            raise refused("models", name, f"allowed: names that match {NAME.pattern}", source)
    entries = [
        ModelEntry(name, (ModelUpstream(url=url, model=name, key=key),), defaults=defaults, source=source)
        for name in names
    ]
    roles = {"default": default or precise, "precise": precise or default}
    return entries + [
        ModelEntry(role, alias_of=name, source=source) for role, name in roles.items() if role not in names
    ]


def _temperature(environment: Environment) -> dict[str, SettingValue]:
    text = environment.get("OPENAI_TEMPERATURE", "").strip()
    if not text:
        return {}
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 2:
        source = source_of(environment, "OPENAI_TEMPERATURE")
        raise refused("temperature", text, "allowed: a number from 0 to 2", source)
    return {"temperature": value}
