"""The MongoDB commands that only read: allow-lists of commands, their fields, pipeline stages and operators.

Anything that begins with $ and is not listed in `allowed/` is refused: $out and $merge write; $where, $function and
$accumulator run code.
"""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, cast

FIELDS: dict[str, frozenset[str]] = {
    name: frozenset(fields.split())
    for name, fields in {
        "find": "filter sort projection hint skip limit min max let collation",
        "aggregate": "pipeline hint let collation",
        "count": "query limit skip hint collation",
        "distinct": "key query collation hint",
        "listCollections": "filter nameOnly",
        "listIndexes": "",
        "collStats": "scale",
        "dbStats": "scale",
    }.items()
}


def _list(name: str) -> frozenset[str]:
    lines = (files("aistack.databases.engines.mongodb") / "allowed" / f"{name}.txt").read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


STAGES, OPERATORS = _list("mongo_stages"), _list("mongo_operators")
JOINS = {"$lookup": "from", "$graphLookup": "from", "$unionWith": "coll"}
DEPTH_MAX = 60


class NotAllowed(Exception):
    """The command may do more than read, or is malformed; the message names the part."""


def checked(command: Any) -> dict[str, Any]:
    """The command, if it only reads. Raises NotAllowed."""
    if not isinstance(command, dict) or not command:
        raise NotAllowed(
            'a command must be a document such as {"find": "orders", "filter": {"status": "paid"}, "limit": 10}'
        )
    document = cast(dict[str, Any], command)
    name = next(iter(document))
    if name not in FIELDS:
        raise NotAllowed(f"{name} is not a command that only reads; allowed: {', '.join(FIELDS)}")
    for field in list(document)[1:]:
        if field not in FIELDS[name]:
            raise NotAllowed(f"{name} does not allow the field {field} here")
    if name not in ("listCollections", "dbStats"):
        _check_collection(document[name])
    pipeline = document.get("pipeline", [])
    if name == "aggregate":
        _check_pipeline(pipeline)
    for field, value in document.items():
        if field != "pipeline":
            _check_operators(value, 0)
    return document


def _check_collection(name: Any) -> None:
    if not isinstance(name, str) or not name or name.startswith("system.") or "$" in name or "\0" in name:
        raise NotAllowed(f"{name!r} is not the name of a collection that may be read")


def _check_pipeline(pipeline: Any, depth: int = 0) -> None:
    if not isinstance(pipeline, list) or depth > DEPTH_MAX:
        raise NotAllowed("a pipeline must be a list of stages")
    for stage in cast(list[Any], pipeline):
        if not isinstance(stage, dict) or len(cast(dict[str, Any], stage)) != 1:
            raise NotAllowed("a stage must be a document with one field, its name")
        ((name, value),) = cast(dict[str, Any], stage).items()
        if name not in STAGES:
            raise NotAllowed(f"the stage {name} is not allowed")
        _check_stage(name, value, depth)


def _check_stage(name: str, value: Any, depth: int) -> None:
    if name in JOINS:
        other = cast(Mapping[str, Any], value).get(JOINS[name]) if isinstance(value, dict) else value
        if other is not None or name != "$unionWith":
            _check_collection(other)
    if name == "$facet" and isinstance(value, dict):
        for part in cast(dict[str, Any], value).values():
            _check_pipeline(part, depth + 1)
        return
    if isinstance(value, dict) and "pipeline" in value:
        stage_fields = cast(dict[str, Any], value)
        _check_pipeline(stage_fields["pipeline"], depth + 1)
        value = {field: value for field, value in stage_fields.items() if field != "pipeline"}
    _check_operators(value, depth)


def _check_operators(value: Any, depth: int) -> None:
    if depth > DEPTH_MAX:
        raise NotAllowed(f"the command is nested more than {DEPTH_MAX} levels deep")
    if isinstance(value, dict):
        for field, inner in cast(dict[str, Any], value).items():
            if field.startswith("$") and field not in OPERATORS:
                raise NotAllowed(f"{field} is not allowed")
            _check_operators(inner, depth + 1)
    elif isinstance(value, (list, tuple)):
        for inner in cast(Sequence[Any], value):
            _check_operators(inner, depth + 1)
    elif type(value).__name__ == "Code":
        raise NotAllowed("code is not allowed")
