"""Which commands of MongoDB only read: an allow-list of commands, of their fields, of stages and of operators.

Whatever begins with a $ and is not listed in `allowed/` is refused: $out and $merge write, $where, $function and
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


def _words(name: str) -> frozenset[str]:
    lines = (files("aistack.databases.engines.mongodb") / "allowed" / f"{name}.txt").read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


STAGES, OPERATORS = _words("mongo_stages"), _words("mongo_operators")
JOINS = {"$lookup": "from", "$graphLookup": "from", "$unionWith": "coll"}
DEPTH_MAX = 60


class NotAllowed(Exception):
    """The command does more than read, or is none; the message says which part."""


def checked(command: Any) -> dict[str, Any]:
    """A command as it may be sent. Raises NotAllowed."""
    if not isinstance(command, dict) or not command:
        raise NotAllowed(
            'a command is a document such as {"find": "orders", "filter": {"status": "paid"}, "limit": 10}'
        )
    asked = cast(dict[str, Any], command)
    name = next(iter(asked))
    if name not in FIELDS:
        raise NotAllowed(f"{name} is not among the commands that only read: {', '.join(FIELDS)}")
    for field in list(asked)[1:]:
        if field not in FIELDS[name]:
            raise NotAllowed(f"{name} may not be given {field} here")
    if name not in ("listCollections", "dbStats"):
        _check_collection(asked[name])
    pipeline = asked.get("pipeline", [])
    if name == "aggregate":
        _check_pipeline(pipeline)
    for field, value in asked.items():
        if field != "pipeline":
            _check_operators(value, 0)
    return asked


def _check_collection(name: Any) -> None:
    if not isinstance(name, str) or not name or name.startswith("system.") or "$" in name or "\0" in name:
        raise NotAllowed(f"{name!r} is not the name of a collection that is read from here")


def _check_pipeline(pipeline: Any, depth: int = 0) -> None:
    if not isinstance(pipeline, list) or depth > DEPTH_MAX:
        raise NotAllowed("a pipeline is a list of stages")
    for stage in cast(list[Any], pipeline):
        if not isinstance(stage, dict) or len(cast(dict[str, Any], stage)) != 1:
            raise NotAllowed("a stage is a document with one field, its name")
        ((name, given),) = cast(dict[str, Any], stage).items()
        if name not in STAGES:
            raise NotAllowed(f"the stage {name} may not be used here")
        _check_stage(name, given, depth)


def _check_stage(name: str, given: Any, depth: int) -> None:
    if name in JOINS:
        other = cast(Mapping[str, Any], given).get(JOINS[name]) if isinstance(given, dict) else given
        if other is not None or name != "$unionWith":
            _check_collection(other)
    if name == "$facet" and isinstance(given, dict):
        for part in cast(dict[str, Any], given).values():
            _check_pipeline(part, depth + 1)
        return
    if isinstance(given, dict) and "pipeline" in given:
        held = cast(dict[str, Any], given)
        _check_pipeline(held["pipeline"], depth + 1)
        given = {field: value for field, value in held.items() if field != "pipeline"}
    _check_operators(given, depth)


def _check_operators(value: Any, depth: int) -> None:
    if depth > DEPTH_MAX:
        raise NotAllowed(f"the command is nested more than {DEPTH_MAX} deep")
    if isinstance(value, dict):
        for field, inner in cast(dict[str, Any], value).items():
            if field.startswith("$") and field not in OPERATORS:
                raise NotAllowed(f"{field} may not be used here")
            _check_operators(inner, depth + 1)
    elif isinstance(value, (list, tuple)):
        for inner in cast(Sequence[Any], value):
            _check_operators(inner, depth + 1)
    elif type(value).__name__ == "Code":
        raise NotAllowed("code may not be sent")
