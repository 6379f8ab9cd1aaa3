"""JSON schemas of a request: enforced completely by a grammar, or refused with a pointer to the keyword at fault."""

from typing import Any

from aistack.inference.backends.backend import BadRequest
from aistack.inference.backends.grammars.failure import CannotEnforce
from aistack.inference.backends.grammars.schema import schema_grammar
from aistack.inference.backends.requests.fields import mapping


def check_schema(schema: Any, pointer: str) -> str:
    """The schema's grammar, in GBNF. Raises BadRequest, whose `param` is a JSON pointer into the request."""
    if not isinstance(schema, bool):
        mapping(schema, pointer)
    try:
        return schema_grammar(schema)
    except CannotEnforce as error:
        at = f"{pointer}{error.pointer}"
        text = f"the JSON schema cannot be enforced, {at}: {error.why}"
        raise BadRequest(text, at, "unsupported_schema") from None
