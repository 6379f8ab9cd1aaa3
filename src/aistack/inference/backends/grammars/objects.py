"""Objects: properties in their order, then further ones, each name at most once where that matters."""

import re
from collections.abc import Callable
from typing import Any

from aistack.inference.backends.grammars.failure import CannotEnforce, escaped
from aistack.inference.backends.grammars.keywords import Json, string_part
from aistack.inference.backends.grammars.patterns import pattern_part
from aistack.inference.backends.grammars.rules import Rules
from aistack.inference.backends.grammars.strings import json_text, literal, none_of, one_of

Compile = Callable[[Any, str], str]


def object_rule(schema: Json, at: str, rules: Rules, compiled: Compile) -> str:
    """An expression for the objects of a schema. Raises CannotEnforce."""
    named = _named(schema, at)
    required = set(schema.get("required", []))
    extra = _extra(schema, named, at, rules, compiled)
    low, high = _counts(schema, named, extra, at)
    rules.primitive("ws")
    pairs = [
        (f'{literal(json_text(name))} ":" ws {compiled(part, place)}', name in required)
        for name, (part, place) in named.items()
        if part is not False
    ]
    more, first = _tails(extra, low, high, rules)
    for pair, needed in reversed(pairs):
        first, more = (
            rules.add(f"{pair} {more}" if needed else f"{pair} {more} | {first}"),
            rules.add(f'"," ws {pair} {more}' if needed else f'"," ws {pair} {more} | {more}'),
        )
    return rules.add(f'"{{" ws {first} ws "}}"')


def _named(schema: Json, at: str) -> dict[str, tuple[Any, str]]:
    """The properties with names: schema and pointer. A required one that is not listed may be anything."""
    found = {name: (part, f"{at}/properties/{escaped(name)}") for name, part in schema.get("properties", {}).items()}
    other = schema.get("additionalProperties", True)
    for number, name in enumerate(schema.get("required", [])):
        if name not in found:
            if other is False or "patternProperties" in schema:
                why = f"{name!r} is required, but is not among the properties"
                raise CannotEnforce(f"{at}/required/{number}", why)
            found[name] = (other, f"{at}/additionalProperties")
        elif found[name][0] is False:
            raise CannotEnforce(f"{at}/required/{number}", f"{name!r} is required and forbidden")
    _check_names(schema, found, at)
    return found


def _check_names(schema: Json, named: dict[str, tuple[Any, str]], at: str) -> None:
    """Names of properties must not fall under rules for other names as well."""
    for pattern in schema.get("patternProperties", {}):
        for name in named:
            if re.search(pattern, name):
                why = f"it cannot be enforced for {name!r}, which is among the properties"
                raise CannotEnforce(f"{at}/patternProperties/{escaped(pattern)}", why)
    if named and schema.get("propertyNames", True) not in (True, {}):
        raise CannotEnforce(f"{at}/propertyNames", "it cannot be enforced beside properties")


def _extra(schema: Json, named: dict[str, tuple[Any, str]], at: str, rules: Rules, compiled: Compile) -> str:
    """A pair of a further name and its value; empty if there may be none."""
    rules.primitive("plain")
    patterns: Json = schema.get("patternProperties", {})
    if patterns:
        (first, part), *others = patterns.items()
        if any(other != part for _, other in others):
            raise CannotEnforce(
                f"{at}/patternProperties/{escaped(others[0][0])}", "several patterns cannot be enforced"
            )
        if schema.get("propertyNames", True) not in (True, {}):
            raise CannotEnforce(f"{at}/propertyNames", "it cannot be enforced beside patternProperties")
        if part is False:
            return ""
        place = f"{at}/patternProperties/{escaped(first)}"
        return f'"\\"" {pattern_part(first).text} "\\"" ":" ws {compiled(part, place)}'
    other = schema.get("additionalProperties", "properties" not in schema and not named)
    if other is False:
        return ""
    return f'{_name(schema, named, at, rules)} ":" ws {compiled(other, f"{at}/additionalProperties")}'


def _name(schema: Json, named: dict[str, tuple[Any, str]], at: str, rules: Rules) -> str:
    """A further property's name, in quotes."""
    limits = schema.get("propertyNames", True)
    place = f"{at}/propertyNames"
    if limits is True or limits == {}:
        return f'"\\"" {rules.add(none_of(named))} "\\""' if named else rules.primitive("string")
    if limits is False or set(limits) - {"type", "pattern", "format", "minLength", "maxLength", "enum", "const"}:
        raise CannotEnforce(place, "only pattern, format, lengths, enum and const can be enforced for names")
    if limits.get("type", "string") != "string":
        raise CannotEnforce(f"{place}/type", "names are strings")
    for key in ("enum", "const"):
        if key in limits:
            values = limits["enum"] if key == "enum" else [limits["const"]]
            return f"({one_of(json_text(one) for one in values if isinstance(one, str))})"
    return string_rule(limits, place, rules)


def string_rule(schema: Json, at: str, rules: Rules) -> str:
    """An expression for the strings of a schema, in quotes. Raises CannotEnforce."""
    part = string_part(schema, at)
    low, high = schema.get("minLength", 0), schema.get("maxLength")
    if high is not None and high < low:
        raise CannotEnforce(f"{at}/maxLength", "it is less than minLength")
    if part is None:
        count = "*" if not low and high is None else f"{{{low},{'' if high is None else high}}}"
        return f'"\\"" {rules.primitive("char")}{count} "\\""'
    rules.primitive("plain")
    if part.shortest < low:
        raise CannotEnforce(f"{at}/minLength", "it cannot be enforced beside a pattern that allows less")
    if high is not None and part.longest > high:
        raise CannotEnforce(f"{at}/maxLength", "it cannot be enforced beside a pattern that allows more")
    return f'"\\"" {part.text} "\\""'


def _counts(schema: Json, named: dict[str, Any], extra: str, at: str) -> tuple[int, int | None]:
    """How many further properties there must be at least, and may be at most. Raises CannotEnforce."""
    low, high = schema.get("minProperties", 0), schema.get("maxProperties")
    needed, all_named = len(set(schema.get("required", []))), len(named)
    lacking = low - needed
    if lacking > 0 and not (lacking == 1 and extra):  # a name may come twice, so that more cannot be counted
        raise CannotEnforce(f"{at}/minProperties", "it cannot be enforced; list the properties as required")
    if high is None:
        return max(0, lacking), None
    if high < all_named or high - all_named < max(0, lacking):
        raise CannotEnforce(f"{at}/maxProperties", f"it cannot be enforced beside {all_named} properties")
    return max(0, lacking), high - all_named


def _tails(extra: str, low: int, high: int | None, rules: Rules) -> tuple[str, str]:
    """What follows a property, and what comes where there was none."""
    if not extra or high == 0:
        empty = rules.add('""')
        return empty, empty
    rest = f'("," ws {extra})'
    more = rules.add(f"{rest}{{{low},{'' if high is None else high}}}")
    after = f"{rest}{{{max(0, low - 1)},{'' if high is None else high - 1}}}"
    return more, rules.add(f"{extra} {after}" if low else f"({extra} {after})?")
