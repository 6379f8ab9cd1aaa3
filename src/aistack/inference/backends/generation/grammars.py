"""JSON schemas as grammars of llguidance, which say at every token what may come next."""

import json
from functools import lru_cache
from typing import Any, cast

from aistack.inference.backends.backend import BadRequest, Json

CACHED = 128
ANY_OBJECT: Json = {"type": "object"}
OPTIONS: Json = {"coerce_one_of": True, "whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
SCHEMA_AT = "/response_format/json_schema/schema"
NOT_KEPT = ("patternProperties", "propertyNames")  # these engines take them and do not always keep to them
VALUES, NAMED = ("const", "enum", "default", "examples"), ("properties", "$defs", "definitions")


class Grammars:
    """Compiles schemas for a tokenizer of llguidance and remembers which ones it could."""

    def __init__(self, tokenizer: Any) -> None:
        def check(grammar: str) -> str:
            return _error(grammar, tokenizer)

        self._check = lru_cache(CACHED)(check)

    def compile(self, response_format: Json) -> tuple[str, Json]:
        """The grammar for a checked `response_format`, and its schema. It takes up to a second for the largest.

        Raises BadRequest.
        """
        schema = ANY_OBJECT
        if response_format["type"] == "json_schema":
            schema = response_format["json_schema"]["schema"]
            _refuse(schema, SCHEMA_AT)
            schema = _closed(schema)
        grammar = _grammar(json.dumps(schema, ensure_ascii=False))
        if error := self._check(grammar):
            raise BadRequest(f"the JSON schema cannot be enforced: {error}", SCHEMA_AT, "unsupported_schema")
        return grammar, schema


@lru_cache(CACHED)
def _grammar(schema: str) -> str:
    from llguidance import LLMatcher

    return LLMatcher.grammar_from_json_schema(schema, overrides=cast(Any, OPTIONS))


def _error(grammar: str, tokenizer: Any) -> str:
    from llguidance import LLMatcher

    found = LLMatcher.validate_grammar(grammar, tokenizer)
    return "" if found.startswith("WARNING") else found[:500]


def _refuse(schema: Any, at: str) -> None:
    """Raises BadRequest for a keyword that these engines do not enforce."""
    if isinstance(schema, list):
        for index, one in enumerate(cast(list[Any], schema)):
            _refuse(one, f"{at}/{index}")
    if not isinstance(schema, dict):
        return
    for key, value in cast(Json, schema).items():
        if key in NOT_KEPT:
            text = f"the JSON schema cannot be enforced: {key} is enforced for GGUF models only"
            raise BadRequest(text, f"{at}/{key}", "unsupported_schema")
        if key in NAMED and isinstance(value, dict):
            for name, part in cast(Json, value).items():
                _refuse(part, f"{at}/{key}/{name.replace('~', '~0').replace('/', '~1')}")
        elif key not in VALUES:
            _refuse(value, f"{at}/{key}")


def _closed(schema: Any) -> Any:
    """Objects have no other properties than theirs unless the schema asks for them: models do not end otherwise."""
    if isinstance(schema, list):
        return [_closed(one) for one in cast(list[Any], schema)]
    if not isinstance(schema, dict):
        return schema
    given = cast(Json, schema)
    out = {key: value if key in VALUES else _closed(value) for key, value in given.items()}
    if isinstance(given.get("properties"), dict) and given.get("type") == "object":
        out["properties"] = {name: _closed(part) for name, part in given["properties"].items()}
        out.setdefault("additionalProperties", False)
    return out
