"""A JSON schema as a grammar."""

import json
from collections import OrderedDict
from collections.abc import Callable
from decimal import Decimal
from typing import Any, cast

from aistack.inference.backends.grammars.arrays import array_rule
from aistack.inference.backends.grammars.disjoint import check_disjoint
from aistack.inference.backends.grammars.failure import CannotEnforce
from aistack.inference.backends.grammars.keywords import BY_TYPE, DEPTH_MAX, TYPED, Json, KeywordCheck
from aistack.inference.backends.grammars.merging import flattened, is_of_type, types_of
from aistack.inference.backends.grammars.numbers import SCALE_MAX, ceiling, decimal, floor, integer_range, number_range
from aistack.inference.backends.grammars.numbers import scale as digits_of
from aistack.inference.backends.grammars.objects import object_rule, string_rule
from aistack.inference.backends.grammars.rules import Rules
from aistack.inference.backends.grammars.strings import json_text, one_of

CACHED_MAX, CACHED_CHARACTERS_MAX = 64, 16 << 20
MULTIPLES_MAX = 2000

_cache: OrderedDict[str, str] = OrderedDict()


def schema_grammar(schema: Any) -> str:
    """The grammar of a schema, in GBNF; the last ones are kept. Raises CannotEnforce."""
    key = json.dumps(schema, ensure_ascii=False)
    found = _cache.pop(key, None)
    if found is None:
        KeywordCheck().schema(schema, "")
        found = _Compiler(schema).grammar()
    _cache[key] = found
    while len(_cache) > CACHED_MAX or sum(map(len, _cache.values())) > CACHED_CHARACTERS_MAX:
        _cache.popitem(last=False)
    return found


class _Compiler:
    def __init__(self, root: Any) -> None:
        self._root = root
        self._rules = Rules()
        self._references: dict[str, str] = {}
        self._pending: list[tuple[str, Any, str]] = []
        self._heads: dict[str, set[str]] = {}
        self._within = ""  # the reference whose definition is being compiled, while nothing of it is consumed
        self._depth = 0

    def grammar(self) -> str:
        root = self._reference("#", "")
        while self._pending:
            pointer, schema, at = self._pending.pop()
            self._within = pointer
            self._rules.set(self._references[pointer], self._schema(schema, at))
        self._check_heads()
        return self._rules.text(root)

    def _inner(self, schema: Any, at: str) -> str:
        """A part of an object or an array."""
        within, self._within = self._within, ""
        try:
            return self._schema(schema, at)
        finally:
            self._within = within

    def _schema(self, given: Any, at: str) -> str:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise CannotEnforce(at, f"the schema is deeper than {DEPTH_MAX}")
        try:
            return self._compiled(given, at)
        finally:
            self._depth -= 1

    def _compiled(self, given: Any, at: str) -> str:
        if given is True or given == {}:
            return self._rules.primitive("value")
        if given is False:
            raise CannotEnforce(at, "nothing can match it")
        if set(given) & set(TYPED) or set(given) & {"allOf", "anyOf", "oneOf", "type"} or "$ref" not in given:
            schema = flattened(given, at, self._resolved)
        else:
            return self._reference(str(given["$ref"]), f"{at}/$ref")
        if isinstance(schema, bool) or not schema:
            return self._compiled(schema, at)
        for key in ("anyOf", "oneOf"):
            if key in schema:
                return self._any(schema[key], f"{at}/{key}", exclusive=key == "oneOf")
        for key in ("const", "enum"):
            if key in schema:
                return self._constants(schema, key, at)
        return self._typed(schema, at)

    def _any(self, branches: list[Any], at: str, *, exclusive: bool) -> str:
        possible = [(number, one) for number, one in enumerate(branches) if one is not False]
        if not possible:
            raise CannotEnforce(at, "nothing can match it")
        if exclusive:
            check_disjoint(branches, at, self._resolved)
        return f"({' | '.join(self._schema(one, f'{at}/{number}') for number, one in possible)})"

    def _constants(self, schema: Json, key: str, at: str) -> str:
        values: list[Any] = schema["enum"] if key == "enum" else [schema["const"]]
        if "type" in schema:
            values = [one for one in values if is_of_type(one, types_of(schema))]
        if not values:
            raise CannotEnforce(f"{at}/{key}", "none of its values has the type")
        try:
            return self._rules.add(one_of(json_text(one) for one in values))
        except ValueError:
            raise CannotEnforce(f"{at}/{key}", "it has a number that is not finite") from None

    def _typed(self, schema: Json, at: str) -> str:
        about = list(dict.fromkeys(TYPED[key] for key in schema if key in TYPED))
        kinds = types_of(schema) if "type" in schema or not about else about
        makers: dict[str, Callable[[Json, str], str]] = {
            "object": self._object, "array": self._array, "string": self._string, "integer": self._integer,
            "number": self._number,
        }  # fmt: skip
        found: list[str] = []
        for kind in dict.fromkeys(kinds):
            keys = BY_TYPE.get("number" if kind == "integer" else kind, ())
            part = {key: value for key, value in schema.items() if key in keys}
            maker = makers.get(kind)
            found.append(self._rules.primitive(kind) if not part or maker is None else maker(part, at))
        return found[0] if len(found) == 1 else f"({' | '.join(found)})"

    def _object(self, schema: Json, at: str) -> str:
        return object_rule(schema, at, self._rules, self._inner)

    def _array(self, schema: Json, at: str) -> str:
        return array_rule(
            schema, at, self._rules, self._inner, lambda part, place: flattened(part, place, self._resolved)
        )

    def _string(self, schema: Json, at: str) -> str:
        return self._rules.add(string_rule(schema, at, self._rules))

    def _integer(self, schema: Json, at: str) -> str:
        low, high, above, below = _bounds(schema)
        first = None if low is None else ceiling(low, above=above)
        last = None if high is None else floor(high, below=below)
        step = schema.get("multipleOf", 1)
        found = integer_range(first, last) if step == 1 else _multiples(first, last, step, at)
        if not found:
            raise CannotEnforce(f"{at}/minimum", "no whole number lies within the bounds")
        return self._rules.add(" | ".join(found))

    def _number(self, schema: Json, at: str) -> str:
        if "multipleOf" in schema:
            if schema["multipleOf"] == int(schema["multipleOf"]):
                return self._integer(schema, at)
            raise CannotEnforce(f"{at}/multipleOf", "only whole numbers can be enforced")
        low, high, above, below = _bounds(schema)
        for bound in (low, high):
            if bound is not None and (digits_of(bound) > SCALE_MAX or abs(bound) >= 10**9):
                raise CannotEnforce(
                    f"{at}/minimum", "only bounds of up to 9 digits, 6 behind the point, can be enforced"
                )
        found = number_range(low, high, above=above, below=below)
        if not found:
            raise CannotEnforce(f"{at}/minimum", "no number lies within the bounds")
        return self._rules.add(" | ".join(found))

    def _reference(self, pointer: str, at: str) -> str:
        if self._within:
            self._heads.setdefault(self._within, set()).add(pointer)
        name = self._references.get(pointer)
        if name is None:
            schema = self._resolved(pointer, at)
            name = self._references[pointer] = self._rules.reserve()
            self._pending.append((pointer, schema, pointer[1:]))
        return name

    def _resolved(self, pointer: str, at: str) -> Any:
        if pointer == "#":
            return self._root
        if not pointer.startswith("#/"):
            raise CannotEnforce(at, "only references within the schema (#/...) can be enforced")
        found: Any = self._root
        for part in pointer[2:].split("/"):
            name = part.replace("~1", "/").replace("~0", "~").replace("%25", "%")
            if isinstance(found, list) and name.isdecimal() and int(name) < len(cast(list[Any], found)):
                found = cast(list[Any], found)[int(name)]
            elif isinstance(found, dict) and name in found:
                found = cast(Json, found)[name]
            else:
                raise CannotEnforce(at, f"{pointer} is not in the schema")
        if not isinstance(found, bool | dict):
            raise CannotEnforce(at, f"{pointer} is not a schema")
        return cast(Any, found)

    def _check_heads(self) -> None:
        """Raises CannotEnforce for a definition that is only itself."""
        for begun in self._heads:
            seen: set[str] = set()
            waiting = [begun]
            while waiting:
                for one in self._heads.get(waiting.pop(), ()):
                    if one == begun:
                        raise CannotEnforce(f"{begun[1:]}", "it refers to itself and to nothing else")
                    if one not in seen:
                        seen.add(one)
                        waiting.append(one)


def _bounds(schema: Json) -> tuple[Decimal | None, Decimal | None, bool, bool]:
    """The lowest and the highest number, and whether they are excluded."""
    low, high = schema.get("minimum"), schema.get("maximum")
    above_low, below_high = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    above = above_low is not None and (low is None or above_low >= low)
    below = below_high is not None and (high is None or below_high <= high)
    first, last = above_low if above else low, below_high if below else high
    return (None if first is None else decimal(first), None if last is None else decimal(last), above, below)


def _multiples(first: int | None, last: int | None, step: float, at: str) -> list[str]:
    if step <= 0 or step != int(step):
        raise CannotEnforce(f"{at}/multipleOf", "only whole numbers above 0 can be enforced")
    if first is None or last is None or (last - first) // int(step) > MULTIPLES_MAX:
        why = f"it can be enforced between a minimum and a maximum with at most {MULTIPLES_MAX} multiples"
        raise CannotEnforce(f"{at}/multipleOf", why)
    begun = -(-first // int(step)) * int(step)
    values = range(begun, last + 1, int(step))
    return [one_of(str(one) for one in values)] if values else []
