"""PostgreSQL's types: which column they make, and how their values travel.

Numbers, texts, dates and times arrive in the binary protocol. Every other type arrives as the text that the server
itself writes: ranges, geometry, bits, addresses, XML, composites, and whatever extensions add.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from aistack.databases.date_times import CODECS
from aistack.databases.session import Column

BUILT_IN_OID_MAX = 16_383
KINDS = {
    name: kind
    for kind, names in {
        "integer": "int2 int4 int8 oid xid cid",
        "float": "float4 float8",
        "decimal": "numeric",
        "money": "money",
        "boolean": "bool",
        "text": "text varchar bpchar name char citext",
        "date": "date",
        "time": "time timetz",
        "timestamp": "timestamp timestamptz",
        "interval": "interval",
        "json": "json jsonb",
        "uuid": "uuid",
        "binary": "bytea",
    }.items()
    for name in names.split()
}
BUILT_IN_TEXT_OIDS = {
    "char": 18, "xml": 142, "xid8": 5069, "point": 600, "lseg": 601, "path": 602, "box": 603, "polygon": 604,
    "line": 628, "circle": 718, "money": 790, "macaddr": 829, "macaddr8": 774, "inet": 869, "cidr": 650, "bit": 1560,
    "varbit": 1562, "tsvector": 3614, "tsquery": 3615, "gtsvector": 3642, "jsonpath": 4072, "pg_lsn": 3220, "tid": 27,
    "txid_snapshot": 2970, "pg_snapshot": 5038, "aclitem": 1033, "refcursor": 1790, "regproc": 24, "regclass": 2205,
    "regtype": 2206, "regprocedure": 2202, "regoper": 2203, "regoperator": 2204, "regrole": 4096, "regnamespace": 4089,
    "regconfig": 3734, "regdictionary": 3769, "regcollation": 4191, "int2vector": 22, "oidvector": 30,
    "int4range": 3904, "numrange": 3906, "tsrange": 3908, "tstzrange": 3910, "daterange": 3912, "int8range": 3926,
    "int4multirange": 4451, "nummultirange": 4532, "tsmultirange": 4533, "tstzmultirange": 4534,
    "datemultirange": 4535, "int8multirange": 4536,
}  # fmt: skip
DATE_TIME_OIDS = {"date": 1082, "time": 1083, "timetz": 1266, "timestamp": 1114, "timestamptz": 1184, "interval": 1186}
FLOAT4_OID, RECORD_OID = 700, 2249
COMPOSITES_AS_TEXT = """SELECT DISTINCT t.oid::int8 FROM pg_type t JOIN pg_attribute a ON a.attrelid = t.typrelid
JOIN pg_type f ON f.oid = a.atttypid WHERE t.oid = ANY($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
AND (f.oid > 16383 AND f.typtype <> 'e' OR f.typtype IN ('r', 'm', 'c') OR f.oid = ANY($2::oid[]))"""
COMPOSITES = "SELECT oid::int8, typname::text, typnamespace::regnamespace::text FROM pg_type WHERE typtype = 'c'"
BINARY_IN_EXPORTS = frozenset(
    ("bool", "int2", "int4", "int8", "float4", "float8", "text", "varchar", "bpchar", "name", "bytea", "date", "time",
     "timestamp", "timestamptz", "numeric")
)  # fmt: skip
EXPRESSIONS = {  # what exports select instead of a column of this type
    "oid": "{0}::int8", "xid": "{0}::text::int8", "cid": "{0}::text::int8", "money": "{0}::numeric::text",
    "inet": "textin(inet_out({0}))", "citext": "{0}::text",
}  # fmt: skip
TYPMOD_OFFSET, TYPMOD_SCALE_BITS = 4, 11


def register_types(connection: Any) -> None:
    """Makes a new connection decode the built-in types as above, without asking the server about each."""
    settings = connection._protocol.get_settings()  # set_type_codec takes a round trip for each type
    for name, oid in DATE_TIME_OIDS.items():
        encode, decode = CODECS[name]
        settings.add_python_codec(oid, name, "pg_catalog", [], "scalar", encode, decode, "tuple")
    settings.add_python_codec(FLOAT4_OID, "float4", "pg_catalog", [], "scalar", str, float, "text")
    for name, oid in BUILT_IN_TEXT_OIDS.items():
        settings.add_python_codec(oid, name, "pg_catalog", [], "scalar", str, str, "text")


async def register_found(connection: Any, attributes: Sequence[Any]) -> bool:
    """The same for the database's own types among a statement's columns; False if there were none.

    Composites are lists, except those with fields that are text.
    """
    found = {
        one.type.oid: (one.type.name, one.type.schema)
        for one in attributes
        if one.type.oid > BUILT_IN_OID_MAX and one.type.kind in ("range", "multirange")
    }
    composites = {one.type.oid: (one.type.name, one.type.schema) for one in attributes if one.type.kind == "composite"}
    if composites:
        as_text = [*BUILT_IN_TEXT_OIDS.values(), FLOAT4_OID]
        rows = await connection.fetch(COMPOSITES_AS_TEXT, list(composites), as_text)
        found |= {row[0]: composites[row[0]] for row in rows}
    _decode_as_text(connection, found)
    return bool(found)


async def register_composites(connection: Any) -> None:
    """The same for every composite of the database, for statements that cannot be prepared otherwise."""
    composites = {oid: (name, schema) for oid, name, schema in await connection.fetch(COMPOSITES)}
    rows = await connection.fetch(COMPOSITES_AS_TEXT, list(composites), [*BUILT_IN_TEXT_OIDS.values(), FLOAT4_OID])
    _decode_as_text(connection, {row[0]: composites[row[0]] for row in rows})


def _decode_as_text(connection: Any, found: Mapping[int, tuple[str, str]]) -> None:
    settings = connection._protocol.get_settings()
    for oid, (name, schema) in found.items():
        settings.add_python_codec(oid, name, schema, [], "scalar", str, str, "text")


def records_of(attributes: Sequence[Any]) -> list[int]:
    """The columns that are records without a type, as of ROW(1, 'b'): only the server knows their fields' types."""
    return [at for at, one in enumerate(attributes) if one.type.oid == RECORD_OID]


def query_with_records(sql: str, count: int, records: Sequence[int]) -> str:
    """The statement with these of its columns as JSON."""
    expressions = [f"to_json(c{at})::text" if at in records else f"c{at}" for at in range(count)]
    return _selecting(sql, expressions)


def with_records(rows: Sequence[Any], records: Sequence[int]) -> list[list[Any]]:
    """Rows of `query_with_records`; a record is the list of its fields."""
    found = [list(row) for row in rows]
    for row in found:
        for at in records:
            row[at] = None if row[at] is None else list(json.loads(row[at]).values())
    return found


def columns_of(attributes: Sequence[Any], modifiers: Sequence[int]) -> list[Column]:
    """`modifiers` are the types' modifiers, in which numeric keeps its precision and scale."""
    padded = [*modifiers, *([-1] * (len(attributes) - len(modifiers)))]
    return [_column(one.name, one.type, modifier) for one, modifier in zip(attributes, padded, strict=True)]


def _column(name: str, kind: Any, modifier: int) -> Column:
    if kind.kind == "array":
        return Column(name, "array", element=KINDS.get(kind.name.removesuffix("[]"), "other"))
    precision = scale = 0
    if kind.name == "numeric" and modifier >= TYPMOD_OFFSET:
        packed = modifier - TYPMOD_OFFSET
        precision, scale = packed >> 16, packed & ((1 << TYPMOD_SCALE_BITS) - 1)
        if scale >= 1 << (TYPMOD_SCALE_BITS - 1):  # a negative scale
            precision = scale = 0
    if kind.name == "float4":
        precision = 24
    return Column(name, KINDS.get(kind.name, "other"), precision, scale, zoned=kind.name in ("timestamptz", "timetz"))


def export_query(sql: str, attributes: Sequence[Any]) -> str:
    """The statement with the columns as text that Arrow has no type for, and arrays as JSON."""
    expressions = [_expression(one.type, f"c{at}") for at, one in enumerate(attributes)]
    if not attributes or all(one == f"c{at}" for at, one in enumerate(expressions)):
        return sql
    return _selecting(sql, expressions)


def _selecting(sql: str, expressions: Sequence[str]) -> str:
    names = ", ".join(f"c{at}" for at in range(len(expressions)))
    return f"SELECT {', '.join(expressions)} FROM (\n{sql.rstrip().rstrip(';')}\n) AS result({names})"  # noqa: S608


def _expression(kind: Any, name: str) -> str:
    if kind.kind == "array":
        return f"to_json({name})::text"
    if kind.kind == "scalar" and kind.name in BINARY_IN_EXPORTS and kind.schema == "pg_catalog":
        return name
    return EXPRESSIONS.get(kind.name, "{0}::text").format(name)


def type_modifiers(received: bytes) -> list[int]:
    """The modifiers in the last RowDescription of what the server sent (PostgreSQL, "Message Formats")."""
    at, found = 0, list[int]()
    while at + 5 <= len(received):
        code, length = received[at : at + 1], int.from_bytes(received[at + 1 : at + 5])
        if code == b"T":
            found = _row_modifiers(received[at + 5 : at + 1 + length])
        at += 1 + length
    return found


def _row_modifiers(body: bytes) -> list[int]:
    found: list[int] = []
    at = 2
    for _ in range(int.from_bytes(body[:2])):
        at = body.index(b"\0", at) + 1  # table, column, type, size, modifier, format
        found.append(int.from_bytes(body[at + 12 : at + 16], signed=True))
        at += 18
    return found
