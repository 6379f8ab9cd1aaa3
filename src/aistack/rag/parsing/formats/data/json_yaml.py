"""JSON, JSON Lines and YAML: a record is a unit that names its fields."""

import json
from collections.abc import Iterator
from typing import Any, cast

from aistack.rag.parsing.document import ParsedDocument
from aistack.rag.parsing.formats.builder import DocumentBuilder, Limits, ParseError
from aistack.rag.parsing.formats.plain import lines, paragraphs

RECORD_CHARACTERS_MAX = 2_000  # a larger one is divided into its fields
DEPTH_MAX = 60
Value = dict[str, Any] | list[Any] | str | int | float | bool | None


def structured(text: str, limits: Limits) -> ParsedDocument:
    """JSON and JSON Lines. What is neither stays as it is, a block a line. Raises ParseError."""
    try:
        return _document([json.loads(text)], "application/json", limits)
    except RecursionError:
        raise ParseError("the JSON is nested too deeply") from None
    except ValueError:
        pass
    try:
        values = [json.loads(line) for line in text.split("\n") if line.strip()]
    except RecursionError:
        raise ParseError("the JSON is nested too deeply") from None
    except ValueError:
        return lines(text, limits)
    return _document([values], "application/jsonl", limits)


def yaml_records(text: str, limits: Limits) -> ParsedDocument:
    """YAML without tags of its own. What is malformed is read as plain text. Raises ParseError."""
    import yaml

    try:
        if "&" in text and "*" in text:  # aliases can multiply a small file
            return paragraphs(text, limits)
        return _document(list(yaml.load_all(text, yaml.CSafeLoader)), "application/yaml", limits)
    except RecursionError:
        raise ParseError("the YAML is nested too deeply") from None
    except (yaml.YAMLError, ValueError):
        return paragraphs(text, limits)


def _document(values: list[Any], media_type: str, limits: Limits) -> ParsedDocument:
    builder = DocumentBuilder(limits)
    for value in values:
        for heading, text in _records(value, ()):
            _go_to(builder, heading)
            builder.block(text)
    return builder.document("", media_type)


def _go_to(builder: DocumentBuilder, heading: tuple[str, ...]) -> None:
    builder.section(0, "")
    for level, name in enumerate(heading, 1):
        builder.section(level, name)


def _records(value: Value, path: tuple[str, ...], *, is_item: bool = False) -> Iterator[tuple[tuple[str, ...], str]]:
    """Units of text with the path of names to them."""
    if len(path) > DEPTH_MAX:
        raise ParseError(f"the data is nested more than {DEPTH_MAX} levels deep")
    text = _line(value)
    if isinstance(value, list) and any(isinstance(one, dict | list) for one in value):
        for one in list[Value](value):
            yield from _records(one, path, is_item=True)
    elif isinstance(value, dict) and (len(text) > RECORD_CHARACTERS_MAX or (not is_item and _has_records(value))):
        plain = {key: one for key, one in value.items() if not isinstance(one, dict | list)}
        if plain:
            yield path, _line(plain)
        for key, one in dict[str, Value](value).items():
            if isinstance(one, dict | list):
                yield from _records(one, (*path, str(key)))
    elif text:
        yield path, text


def _has_records(value: dict[str, Any]) -> bool:
    for one in value.values():
        items: list[Any] = list(one) if isinstance(one, list) else []  # pyright: ignore[reportUnknownArgumentType]
        if any(isinstance(item, dict) for item in items):
            return True
        if isinstance(one, dict) and _has_records(cast(dict[str, Any], one)):
            return True
    return False


def _line(value: Value, name: str = "") -> str:
    """`name: value; name.inner: value`."""
    if isinstance(value, dict):
        inner = ((f"{name}.{key}" if name else str(key), one) for key, one in value.items())
        return "; ".join(filter(None, (_line(one, key) for key, one in inner)))
    if isinstance(value, list):
        if any(isinstance(one, dict | list) for one in value):
            return "; ".join(filter(None, (_line(one, name) for one in value)))
        shown = ", ".join(map(_shown, value))
    else:
        shown = _shown(value)
    return f"{name}: {shown}" if name and shown else shown


def _shown(value: Value) -> str:
    if value is None:
        return ""
    return json.dumps(value) if isinstance(value, bool | int | float) else str(value)
