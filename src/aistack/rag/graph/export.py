"""Exports the graph as GraphML, JSON-LD or CSV."""

import csv
import io
import json
from collections.abc import Iterable
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

from aistack.rag.graph.knowledge_graph import KnowledgeGraph, Relation

Format = Literal["graphml", "jsonld", "csv", "csv-entities"]

SPREADSHEET_STARTS = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet takes such cells for formulas
SCHEMA_TYPES = {"person": "Person", "place": "Place", "organisation": "Organization", "work": "CreativeWork"}


def export_graph(graph: KnowledgeGraph, form: Format) -> tuple[str, str, str]:
    """The media type, file name and content of the export."""
    if form == "graphml":
        return "application/graphml+xml", "graph.graphml", _graphml(graph)
    if form == "jsonld":
        return "application/ld+json", "graph.jsonld", _jsonld(graph)
    if form == "csv":
        return "text/csv; charset=utf-8", "relations.csv", _relations_csv(graph)
    return "text/csv; charset=utf-8", "entities.csv", _entities_csv(graph)


def _relations(graph: KnowledgeGraph) -> list[Relation]:
    return sorted(graph.relations_among(graph.entities), key=lambda one: (-one.weight, one.source, one.target))


def _graphml(graph: KnowledgeGraph) -> str:
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">',
        '<key id="name" for="node" attr.name="name" attr.type="string"/>',
        '<key id="kind" for="node" attr.name="kind" attr.type="string"/>',
        '<key id="mentions" for="node" attr.name="mentions" attr.type="int"/>',
        '<key id="phrase" for="edge" attr.name="phrase" attr.type="string"/>',
        '<key id="weight" for="edge" attr.name="weight" attr.type="double"/>',
        '<graph edgedefault="directed">',
    ]
    for one in graph.entities.values():
        data = {"name": one.name, "kind": one.kind, "mentions": str(one.count)}
        lines.append(f"<node id={quoteattr(one.id)}>{_data(data)}</node>")
    for relation in _relations(graph):
        data = {"phrase": "; ".join(relation.phrases), "weight": f"{relation.weight:.4f}"}
        ends = f"source={quoteattr(relation.source)} target={quoteattr(relation.target)}"
        lines.append(f"<edge {ends}>{_data(data)}</edge>")
    return "\n".join([*lines, "</graph>", "</graphml>", ""])


def _data(values: dict[str, str]) -> str:
    return "".join(f"<data key={quoteattr(key)}>{escape(_printable(value))}</data>" for key, value in values.items())


def _printable(text: str) -> str:
    """The text without characters that XML 1.0 does not allow."""
    return "".join(one for one in text if one in "\t\n\r" or (ord(one) >= 32 and ord(one) not in (0xFFFE, 0xFFFF)))


def _jsonld(graph: KnowledgeGraph) -> str:
    """Entities as schema.org types, relations as `ai-stack:Relation`."""
    things = [
        {
            "@id": f"urn:ai-stack:entity:{one.id}",
            "@type": SCHEMA_TYPES.get(one.kind, "Thing"),
            "name": one.name,
            "alternateName": one.aliases,
        }
        for one in graph.entities.values()
    ]
    relations = [
        {
            "@type": "ai-stack:Relation",
            "ai-stack:source": {"@id": f"urn:ai-stack:entity:{one.source}"},
            "ai-stack:target": {"@id": f"urn:ai-stack:entity:{one.target}"},
            "ai-stack:phrase": one.phrases,
            "ai-stack:weight": round(one.weight, 4),
        }
        for one in _relations(graph)
    ]
    context = {"@vocab": "https://schema.org/", "ai-stack": "urn:ai-stack:"}
    return json.dumps({"@context": context, "@graph": [*things, *relations]}, ensure_ascii=False, indent=1)


def _relations_csv(graph: KnowledgeGraph) -> str:
    rows = (
        (graph.entities[one.source].name, "; ".join(one.phrases), graph.entities[one.target].name, one.count,
         f"{one.weight:.4f}", one.source, one.target)
        for one in _relations(graph)
    )  # fmt: skip
    return _csv(("source", "phrase", "target", "sentences", "weight", "source_id", "target_id"), rows)


def _entities_csv(graph: KnowledgeGraph) -> str:
    rows = (
        (one.id, one.name, one.kind, "; ".join(one.aliases), one.count, len(one.chunks))
        for one in graph.entities.values()
    )
    return _csv(("id", "name", "kind", "aliases", "mentions", "chunks"), rows)


def _csv(header: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    for row in rows:
        writer.writerow([_without_formula(one) if isinstance(one, str) else one for one in row])
    return text.getvalue()


def _without_formula(text: str) -> str:
    """The cell, quoted if a spreadsheet would evaluate it."""
    return f"'{text}" if text.startswith(SPREADSHEET_STARTS) else text
