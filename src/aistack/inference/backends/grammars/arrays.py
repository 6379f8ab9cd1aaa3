"""Arrays: the items at their places, then further ones, within a number of items."""

from collections.abc import Callable
from typing import Any, cast

from aistack.inference.backends.grammars.failure import CannotEnforce
from aistack.inference.backends.grammars.keywords import Json
from aistack.inference.backends.grammars.rules import Rules
from aistack.inference.backends.grammars.strings import json_text, literal

UNIQUE_RULES_MAX = 4000

Compile = Callable[[Any, str], str]
Flat = Callable[[Any, str], Any]


def array_rule(schema: Json, at: str, rules: Rules, compiled: Compile, flat: Flat) -> str:
    """An expression for the arrays of a schema. Raises CannotEnforce."""
    rules.primitive("ws")
    low, high = schema.get("minItems", 0), schema.get("maxItems")
    if high is not None and high < low:
        raise CannotEnforce(f"{at}/maxItems", "it is less than minItems")
    if schema.get("uniqueItems") and high != 1 and high != 0:
        return _unique(schema, at, rules, flat)
    places = [compiled(part, f"{at}/prefixItems/{number}") for number, part in enumerate(schema.get("prefixItems", []))]
    if high is not None:
        places = places[:high]
    items = schema.get("items", "prefixItems" not in schema)
    if items is False or high == len(places):
        if low > len(places):
            raise CannotEnforce(f"{at}/minItems", "there may not be so many items")
        rest = ""
    else:
        rest = compiled(items, f"{at}/items")
    return rules.add(f'"[" ws {_items(places, rest, low, high, rules)} ws "]"')


def _items(places: list[str], rest: str, low: int, high: int | None, rules: Rules) -> str:
    separator = '"," ws'
    if not places:
        if not rest:
            return '""'
        after = f"({separator} {rest}){{{max(0, low - 1)},{'' if high is None else high - 1}}}"
        return rules.add(f"{rest} {after}" if low else f"({rest} {after})?")
    count = len(places)
    tail = ""
    if rest:
        tail = rules.add(f"({separator} {rest}){{{max(0, low - count)},{'' if high is None else high - count}}}")
    for at in range(count - 1, -1, -1):
        here = f"{places[at]} {tail}" if at == 0 else f"{separator} {places[at]} {tail}"
        tail = rules.add(here if at < low else f"({here})?")
    return tail


def _unique(schema: Json, at: str, rules: Rules, flat: Flat) -> str:
    """Different values of a list, in the list's order."""
    items = flat(schema.get("items", True), f"{at}/items")
    found = cast(Json, items).get("enum") if isinstance(items, dict) and "prefixItems" not in schema else None
    values = cast(list[Any], found or [])
    if not values:
        raise CannotEnforce(f"{at}/uniqueItems", "it can be enforced for the values of an enum only")
    texts = list(dict.fromkeys(json_text(one) for one in values))
    low, high = schema.get("minItems", 0), min(schema.get("maxItems", len(texts)), len(texts))
    if low > high:
        raise CannotEnforce(f"{at}/minItems", f"there are only {high} different items")
    if len(texts) * (high + 1) > UNIQUE_RULES_MAX:
        raise CannotEnforce(f"{at}/uniqueItems", "it cannot be enforced for so many values")
    ends = rules.add('""')
    after: list[str | None] = [ends if count >= low else None for count in range(high + 1)]
    for text in reversed(texts):  # after[n]: what may follow once n items are there
        now: list[str | None] = []
        for count in range(high + 1):
            taken = after[count + 1] if count < high else None
            comma = '"," ws ' if count else ""
            options = [f"{comma}{literal(text)} {taken}"] * (taken is not None)
            options += [rest] if (rest := after[count]) is not None else []
            now.append(rules.add(" | ".join(options)) if options else None)
        after = now
    return rules.add(f'"[" ws {after[0]} ws "]"')
