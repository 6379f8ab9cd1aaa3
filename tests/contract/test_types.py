"""Every type of four engines, in every format, read back and compared with the text that the server itself writes."""

import csv
import io
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet
import pytest

from harness.services.sql import SqlServices, sql_services
from harness.sql.shop import make_mariadb, make_postgres

POSTGRES = """9223372036854775807::int8, 0.1::float4, 0.1::float8, 'NaN'::float8, 19.99::numeric(10,2),
1e-20::numeric, 12345678901234567890.0123456789::numeric(30,10), '4294967295'::oid, 'x'::"char", 'n'::name,
int4range(1,5), '[2024-01-01 00:00+00,)'::tstzrange, '{[1,3),[5,7)}'::int4multirange, B'101', B'1'::varbit,
point(1,2), '((1,1),(0,0))'::box, '[(0,0),(1,1)]'::lseg, '<(0,0),2>'::circle, '192.168.0.1/24'::inet,
'10.0.0.1'::inet, '10.0.0.0/8'::cidr, '08:00:2b:01:02:03'::macaddr, '10:00:00+05:30'::timetz, '24:00:00'::time,
'12:30:00.5'::time, '2024-02-29'::date, 'infinity'::date, '0044-03-15 BC'::date, '12000-01-01'::date,
'2024-03-31 02:30:00'::timestamp, '-infinity'::timestamp, '294276-12-31 23:59:59'::timestamp,
'1 year 2 mons 3 days 04:05:06.789'::interval, '-1 days +02:03:04'::interval, '-1 mons -00:00:01.5'::interval,
'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid, '{"b":1, "a":1.10}'::json, '{"a": 1.10}'::jsonb, '<a>1</a>'::xml,
'the:1 cat:2'::tsvector, '16/B374D848'::pg_lsn, NULL::int4range, 'NaN'::numeric"""
DUCKDB = """170141183460469231731687303715884105727::HUGEINT, 340282366920938463463374607431768211455::UHUGEINT,
1.1::FLOAT, 0.1::DOUBLE, 1.10::DECIMAL(38,10), '10101'::BIT, 'infinity'::DATE, '-infinity'::TIMESTAMP,
'2024-01-02 03:04:05.123456789'::TIMESTAMP_NS, '2024-01-01'::TIMESTAMP_S, '2024-01-01'::TIMESTAMP_MS,
INTERVAL '1 year 2 days 3 hours', '24:00:00'::TIME, 'a'::ENUM('a','b'), 'x', 18446744073709551615::UBIGINT,
'2024-02-29'::DATE, 123456789012345678901234567890123456789012345678::BIGNUM"""
MARIADB = """18446744073709551615, CAST(1.5 AS DECIMAL(65,30)), CAST('2024-02-29' AS DATE), CAST('838:59:59' AS TIME),
CAST('2024-03-31 02:30:00.123456' AS DATETIME(6)), CAST('12:00:00' AS TIME), 0.1e0, 'x,"y"', CAST(-5 AS SIGNED)"""


def cells(text: str) -> list[str]:
    """The expressions of a list, of which commas inside brackets and quotes are part."""
    found, depth, quoted, start = [], 0, False, 0
    for at, one in enumerate(text):
        quoted ^= one == "'"
        depth += 0 if quoted else (one in "([") - (one in ")]")
        if one == "," and not depth and not quoted:
            found.append(text[start:at].strip())
            start = at + 1
    return [*found, text[start:].strip()]


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[SqlServices]:
    async with sql_services(tmp_path / "data") as made:
        yield made


async def read(made: SqlServices, sql: str, form: str) -> list[object]:
    """The first row."""
    answer = await made.http.post("/api/query", json={"connection_id": "shop", "sql": sql, "format": form})
    assert answer.status_code == 200, answer.text
    if form == "json":
        return answer.json()["rows"][0]
    if form == "ndjson":
        return json.loads(answer.text.splitlines()[1])
    if form == "csv":
        return list(csv.reader(io.StringIO(answer.text)))[1]
    result = (
        pa.ipc.open_stream(answer.content).read_all()
        if form == "arrow"
        else pyarrow.parquet.read_table(io.BytesIO(answer.content))
    )
    reader = duckdb.connect()
    fields = [
        pa.field(one.name, pa.string() if pa.types.is_decimal256(one.type) else one.type) for one in result.schema
    ]
    reader.register("result", result.cast(pa.schema(fields)))  # DuckDB reads decimals of 38 digits
    texts = [
        reader.sql(f'SELECT CAST("{name}" AS VARCHAR) FROM result').fetchall()[0][0] for name in result.schema.names
    ]
    return [text if kind != pa.float32() else str(float(text)) for text, kind in zip(texts, result.schema.types)]  # noqa: B905


def comparable(cell: object) -> str:
    """A cell without what formats write differently: zones as +00, BC, trailing zeros, nan."""
    text = "" if cell is None else str(cell)
    text = text.replace("+00:00", "+00").replace(" (BC)", " BC")
    text = text.removesuffix("+00") if text[:4].isdigit() else text
    try:
        number = Decimal(text)
        return "nan" if number.is_nan() else format(number.normalize(), "f")
    except ArithmeticError:
        return text.lower()


FORMATS = ("json", "ndjson", "csv", "arrow", "parquet")


async def test_postgres(services: SqlServices, request: pytest.FixtureRequest):
    port, name = await make_postgres(request.getfixturevalue("postgres"))
    await services.connect(
        engine="postgres", host="127.0.0.1", port=port, database=name, user="reader", password="only-reads", tls="off"
    )
    await compare(services, cells(POSTGRES), "CAST({} AS text)", {"'10.0.0.1'::inet": "10.0.0.1"})
    arrays = "SELECT ARRAY[1,NULL,3] AS a, ARRAY[['a','b'],['c','d']] AS b, ARRAY['2024-01-01'::date] AS c"
    expected = {
        "csv": ["{1,NULL,3}", "{{a,b},{c,d}}", "{2024-01-01}"],
        "arrow": ["[1, NULL, 3]", "[[a, b], [c, d]]", "[2024-01-01]"],
    }
    expected["parquet"] = expected["arrow"]
    for form in FORMATS:
        lists = [[1, None, 3], [["a", "b"], ["c", "d"]], ["2024-01-01"]]
        assert await read(services, arrays, form) == expected.get(form, lists), form


async def test_duckdb(services: SqlServices, tmp_path: Path):
    duckdb.connect(tmp_path / "a.duckdb").close()
    await services.connect(engine="duckdb", path=str(tmp_path / "a.duckdb"))
    await compare(services, cells(DUCKDB), "CAST({} AS VARCHAR)", {})


async def test_mariadb(services: SqlServices, request: pytest.FixtureRequest):
    port = request.getfixturevalue("mariadb")
    described = {"engine": "mysql", "host": "127.0.0.1", "port": port, "tls": "off"}
    make_mariadb(port, "types")
    await services.connect(**described, database="types", user="reader", password="only-reads")
    await compare(services, cells(MARIADB), "CAST({} AS CHAR)", {})


@pytest.mark.parametrize("form", ["arrow", "parquet"])
async def test_sqlite_has_the_types_of_its_values(services: SqlServices, tmp_path: Path, form: str):
    import sqlite3

    with sqlite3.connect(tmp_path / "a.db") as connection:
        connection.execute("CREATE TABLE t (mixed, whole, blob, empty)")
        rows = [(1, 9223372036854775807, b"\0\xff", None), ("y", 2, None, None)]
        connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", rows)
    await services.connect(engine="sqlite", path=str(tmp_path / "a.db"))
    answer = await services.http.post(
        "/api/query", json={"connection_id": "shop", "sql": "SELECT * FROM t", "format": form}
    )
    content = io.BytesIO(answer.content)
    table = pa.ipc.open_stream(content).read_all() if form == "arrow" else pyarrow.parquet.read_table(content)
    assert table.to_pydict() == {
        "mixed": ["1", "y"], "whole": [9223372036854775807, 2], "blob": [b"\0\xff", None], "empty": [None, None],
    }  # fmt: skip


async def compare(made: SqlServices, expressions: list[str], as_text: str, others: dict[str, str]) -> None:
    named = ", ".join(f"{one} AS c{at}" for at, one in enumerate(expressions))
    texts = ", ".join(f"{as_text.format(one)} AS c{at}" for at, one in enumerate(expressions))
    written = await read(made, f"SELECT {texts}", "json")
    expected = [others.get(one, text) for one, text in zip(expressions, written, strict=True)]
    wrong = {
        (form, one): (cell, text)
        for form in FORMATS
        for one, cell, text in zip(expressions, await read(made, f"SELECT {named}", form), expected, strict=True)
        if comparable(cell) != comparable(text)
    }
    assert not wrong
