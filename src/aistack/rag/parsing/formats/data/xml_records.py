"""XML of any vocabulary: elements that recur are records that name their fields; other text is read in order."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from aistack.rag.parsing.document import ParsedDocument
from aistack.rag.parsing.formats.archives import xml
from aistack.rag.parsing.formats.builder import DocumentBuilder, Limits
from aistack.rag.parsing.formats.encodings import decode, known_codec
from aistack.rag.parsing.formats.html import html

RECORD_CHARACTERS_MAX = 2_000  # a larger one is divided into its fields
DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
HTML_TAG = re.compile(r"</[a-z][a-z0-9]*>|<br ?/?>|<img ", re.I)
HEADING_CHARACTERS_MAX = 80
NAMED = frozenset(("id", "name", "title", "label", "key"))  # attributes that say what an element is


def xml_records(content: bytes, limits: Limits, given: str = "", declared: str = "") -> ParsedDocument:
    """Records, and paragraphs of mixed text, below the names of the elements around them.

    `given` is the encoding as the person who uploaded the file says, and `declared` the one that came with the file,
    which outweighs the one that it declares (RFC 7303). Raises ParseError.
    """
    if given or known_codec(declared):
        content = DECLARATION.sub("", decode(content, declared, given)).encode()
    root = xml(content, "file")
    builder = DocumentBuilder(limits)
    waiting: list[tuple[Any, tuple[str, ...]]] = [(root, ())]
    while waiting:
        node, path = waiting.pop()
        text = _record(node)
        if _is_mixed(node):
            _add(builder, path, _text(node))
            continue
        if not len(node) or (len(text) <= RECORD_CHARACTERS_MAX and not _has_records(node)):
            _add(builder, path, text)
            continue
        _add(builder, path, "; ".join(_attributes(node)))
        below = (*path, _heading(node)) if node is not root else path
        waiting += [(child, below) for child in reversed(list(_children(node)))]
    return builder.document("", "application/xml")


def _add(builder: DocumentBuilder, path: tuple[str, ...], text: str) -> None:
    builder.section(0, "")
    for level, name in enumerate(path[-6:], 1):
        builder.section(level, name)
    builder.block(text)


def _record(node: Any) -> str:
    """`name: value; name.inner: value` of the element's attributes and of those inside it."""
    parts: list[str] = []
    waiting: list[tuple[Any, str]] = [(node, "")]
    size = 0
    while waiting and size <= RECORD_CHARACTERS_MAX:
        one, name = waiting.pop()
        children = list(_children(one))
        mixed = _is_mixed(one)
        text = _text(one) if mixed or not children else ""
        found = [f"{name}.{attribute}" if name else attribute for attribute in _attributes(one)]
        found += [f"{name or _name(one)}: {text}"] if text else []
        size += sum(map(len, found))
        parts += found
        if not mixed:
            waiting += [(child, f"{name}.{_name(child)}" if name else _name(child)) for child in reversed(children)]
    return "; ".join(parts)


def _text(node: Any) -> str:
    """All text inside the element, without the tags of HTML that stands in it as text, as in feeds."""
    text = "".join(_texts(node))
    if HTML_TAG.search(text):
        found = html(text.encode(), Limits(1, len(text) * 2 + 1_000), "utf-8")
        text = " ".join(found.text[block.start : block.end] for block in found.blocks)
    return " ".join(text.split())


def _texts(node: Any) -> Iterator[str]:
    """The text inside the element, without comments, and without entities, which are not resolved."""
    waiting: list[Any] = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
            continue
        if isinstance(one.tag, str):
            yield one.text or ""
            for child in reversed(list(one)):
                waiting += [child.tail or "", child]


def _is_mixed(node: Any) -> bool:
    """Whether text stands between the element's children, as in a paragraph with words set apart."""
    children = list(_children(node))
    return bool(children) and bool((node.text or "").strip() or any((child.tail or "").strip() for child in children))


def _has_records(node: Any) -> bool:
    """Whether an element that has fields of its own recurs among the children, here or below."""
    children = list(_children(node))
    counts = Counter(child.tag for child in children)
    if any(counts[child.tag] > 1 and (len(child) or child.attrib) for child in children):
        return True
    return any(len(child) and not _is_mixed(child) and _has_records(child) for child in children)


def _heading(node: Any) -> str:
    named = [value for name, value in node.attrib.items() if _local(name) in NAMED]
    return " ".join([_name(node), *named])[:HEADING_CHARACTERS_MAX]


def _attributes(node: Any) -> Iterator[str]:
    return (f"{_local(name)}: {value}" for name, value in node.attrib.items() if value.strip() and "://" not in name)


def _children(node: Any) -> Iterator[Any]:
    return (child for child in node if isinstance(child.tag, str))


def _name(node: Any) -> str:
    return _local(node.tag)


def _local(name: str) -> str:
    return name.rpartition("}")[2]
