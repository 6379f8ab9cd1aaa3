"""The graph in the forms that other programs read: GraphML, JSON-LD, CSV."""

import csv
import io
import json
from collections.abc import Iterable
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

from aistack.rag.graph.knowledge_graph import Graph, Relation

Form = Literal["graphml", "jsonld", "csv", "csv-entities"]

SPREADSHEET_STARTS = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would take for a formula
SCHEMA_TYPES = {"person": "Person", "place": "Place", "organisation": "Organization", "work": "CreativeWork"}


def written(graph: Graph, form: Form) -> tuple[str, str, str]:
    """Media type, file name, text."""
    if form == "graphml":
        return "application/graphml+xml", "graph.graphml", _graphml(graph)
    if form == "jsonld":
        return "application/ld+json", "graph.jsonld", _jsonld(graph)
    if form == "csv":
        return "text/csv; charset=utf-8", "relations.csv", _relations_csv(graph)
    return "text/csv; charset=utf-8", "entities.csv", _entities_csv(graph)


def _relations(graph: Graph) -> list[Relation]:
    return sorted(graph.between(graph.entities), key=lambda one: (-one.weight, one.source, one.target))


def _graphml(graph: Graph) -> str:
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
    """Without what XML 1.0 cannot hold."""
    return "".join(one for one in text if one in "\t\n\r" or (ord(one) >= 32 and ord(one) not in (0xFFFE, 0xFFFF)))


def _jsonld(graph: Graph) -> str:
    """Entities as schema.org things, relations as `ai-stack:Relation`."""
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


def _relations_csv(graph: Graph) -> str:
    rows = (
        (graph.entities[one.source].name, "; ".join(one.phrases), graph.entities[one.target].name, one.count,
         f"{one.weight:.4f}", one.source, one.target)
        for one in _relations(graph)
    )  # fmt: skip
    return _csv(("source", "phrase", "target", "sentences", "weight", "source_id", "target_id"), rows)


def _entities_csv(graph: Graph) -> str:
    rows = (
        (one.id, one.name, one.kind, "; ".join(one.aliases), one.count, len(one.chunks))
        for one in graph.entities.values()
    )
    return _csv(("id", "name", "kind", "aliases", "mentions", "chunks"), rows)


def _csv(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(head)
    for row in rows:
        writer.writerow([_harmless(one) if isinstance(one, str) else one for one in row])
    return text.getvalue()


def _harmless(text: str) -> str:
    """A cell that no spreadsheet runs."""
    return f"'{text}" if text.startswith(SPREADSHEET_STARTS) else text
