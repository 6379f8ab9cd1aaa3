"""Statements that try to learn of rows that a row filter hides, and the databases they run on, with and without these.

Each statement is an expression that fails, or differs, on hidden rows only, in a place where an engine may evaluate it
early. Others ask the server's own tables for counts, sizes and statistics.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

VISIBLE = (
    (1, "north", "10", 20, "1", "me", None, 1),
    (2, "north", "20", 40, "2", "me", None, 1),
    (3, "north", "30", 60, "3", "me", None, 2),
)
HIDDEN = (
    (4, "south", "SECRETACCT4", 1003, "4", "you", 1, 9),
    (5, "south", "SECRETACCT5", 2005, "5", "you", 1, 9),
    (6, "east", "{bad", 9000, "6", "you", 1, 9),
)
TABLES = """
CREATE TABLE allowed (region VARCHAR(20) PRIMARY KEY);
INSERT INTO allowed VALUES ('north');
CREATE TABLE team (id INTEGER PRIMARY KEY, region VARCHAR(20));
INSERT INTO team VALUES (1, 'north'), (2, 'north'), (3, 'south');
CREATE TABLE acct (id INTEGER PRIMARY KEY, region VARCHAR(20), note VARCHAR(40), amount INTEGER, code VARCHAR(10),
  owner VARCHAR(20), hidden_at INTEGER, team_id INTEGER);
CREATE INDEX acct_amount ON acct (amount);
CREATE VIEW acct_view AS SELECT id, note FROM acct
"""
MORE = {
    "postgres": """
CREATE MATERIALIZED VIEW acct_stored AS SELECT id, note FROM acct;
CREATE TABLE acct_child (extra INTEGER) INHERITS (acct);
CREATE TABLE ev (id INTEGER, region VARCHAR(20), note VARCHAR(40)) PARTITION BY LIST (region);
CREATE TABLE ev_north PARTITION OF ev FOR VALUES IN ('north');
CREATE TABLE ev_south PARTITION OF ev FOR VALUES IN ('south');
CREATE SCHEMA other;
CREATE TABLE other.acct (id INTEGER, salary INTEGER);
INSERT INTO other.acct VALUES (1, 7)
"""
}
FILTERS = (
    "region = 'north'",
    "amount BETWEEN 0 AND 60",
    "region IN ('north', 'n2', 'n3', 'n4', 'n5', 'n6', 'n7')",
    "hidden_at IS NULL",
    "region IN (SELECT region FROM allowed)",
    "EXISTS (SELECT 1 FROM allowed a WHERE a.region = acct.region)",
    "id IN (SELECT b.id FROM acct b WHERE b.region = 'north')",
    "CAST(code AS {integer}) < 4 AND 1000 / amount > 10",
    "owner IN ({{caller.groups}}, 'me') AND NOT (owner = {{caller.claims.region}} OR owner = 'you')",
    "EXISTS (SELECT 1 FROM team t JOIN allowed a ON a.region = t.region WHERE t.id = acct.team_id)",
)
INTEGER = {"mysql": "SIGNED"}
TWO = "(SELECT 1 FROM team t WHERE {} OR t.id = 1) = 1"  # more than one row, and so an error, if it holds
EVERYWHERE = (
    TWO.format("amount > 900"), TWO.format("note LIKE 'SECRET%'"), TWO.format("x.id > 3"), TWO.format("region = 'south'"),
    "amount > 900", "note LIKE 'SECRET%'", "region <> 'north'", "x.id NOT IN (1, 2, 3)", "hidden_at IS NOT NULL",
    "x.id = 4", "note > 'A'", "length(note) > 8",
)  # fmt: skip
FAILING = {
    "postgres": (
        "CAST(note AS INTEGER) > 0", "note::numeric > 0", "1 / (amount - 1003) > -9", "CAST(note AS json) IS NOT NULL",
        "('{' || note || '}')::int[] IS NOT NULL", "CAST('2024-01-' || CAST(amount / 3 AS text) AS date) IS NOT NULL",
        "sqrt(1000 - amount) >= 0", "ln(1000 - amount) > 0", "repeat('x', CASE WHEN amount > 900 THEN 2000000000 ELSE 1 "
        "END) > ''", "amount * 1000000 > 0", "note ~ CASE WHEN amount > 900 THEN '(' ELSE '1' END",
        "to_date(note, 'MM') IS NOT NULL", "power(10.0, amount * 10) > 0", "decode(note, 'hex') IS NOT NULL",
        "regexp_replace(note, CASE WHEN amount > 900 THEN '[' ELSE 'z' END, '') IS NOT NULL",
        "chr(CASE WHEN amount > 900 THEN 0 ELSE 65 END) = 'A'", "ARRAY[1, 2][amount] IS NULL AND note::int = 10",
        "substr(note, 1, CASE WHEN amount > 900 THEN -1 ELSE 2 END) > ''", "note::inet IS NULL OR note::uuid IS NULL",
    ),
    "mysql": (
        "JSON_EXTRACT(note, '$.x') IS NULL", "REGEXP_INSTR(note, CASE WHEN amount > 900 THEN '(' ELSE '1' END) >= 0",
        "POW(10, amount) > 0", "EXP(amount) > 0", "amount * 9223372036854775 > 0", "CAST(note AS SIGNED) > 0",
        "-9223372036854775807 - amount + 100 < 0", "CAST(amount - 100 AS UNSIGNED) >= 0", "1 / (amount - 1003) IS NULL",
        "REPEAT('x', amount * 1000000) > ''", "COT(amount - 1003) IS NOT NULL", "note + 0 > 0",
        "STR_TO_DATE(note, '%m') IS NULL", "LENGTH(REPEAT(note, 100)) > 800",
    ),
    "sqlite": (
        "json(note) IS NOT NULL", "json_extract(note, '$.x') IS NULL", "abs(CASE WHEN amount > 900 THEN "
        "-9223372036854775807 - 1 ELSE 1 END) > 0", "zeroblob(CASE WHEN amount > 900 THEN 999999999 ELSE 1 END) > ''",
        "length(printf('%.*c', amount * 100000, 'x')) > 0", "note LIKE '1%' ESCAPE substr(note, 1, CASE WHEN amount > 900 "
        "THEN 2 ELSE 1 END)", "json_array_length(note) >= 0", "length(hex(zeroblob(amount * 10000))) > 0",
        "json_extract('[1]', CASE WHEN amount > 900 THEN 'bad' ELSE '$[0]' END) = 1", "CAST(note AS INTEGER) > 0",
    ),
    "duckdb": (
        "CAST(note AS INTEGER) > 0", "CAST(note AS DATE) IS NULL", "json_extract(note, '$.x') IS NULL",
        "error(CASE WHEN amount > 900 THEN note END) IS NULL", "sqrt(1000 - amount) >= 0", "ln(1000 - amount) > 0",
        "amount * 1000000::INTEGER > 0", "CAST(amount AS TINYINT) > 0", "regexp_matches(note, CASE WHEN amount > 900 THEN "
        "'(' ELSE '1' END)", "chr(CASE WHEN amount > 900 THEN -5 ELSE 65 END) = 'A'", "CAST(note AS UUID) IS NULL",
        "repeat('x', amount * 1000000) > ''", "from_hex(note) IS NOT NULL", "factorial(amount) > 0",
    ),
}  # fmt: skip
PLACES = (
    "SELECT count(*) FROM acct x WHERE {}",
    "SELECT x.id FROM acct x WHERE {} ORDER BY x.id",
    "SELECT x.id, CASE WHEN {} THEN 1 ELSE 0 END AS c FROM acct x ORDER BY x.id",
    "SELECT t.id, x.id FROM team t LEFT JOIN acct x ON t.id = x.team_id AND {} ORDER BY t.id, x.id",
    "SELECT count(*) FROM team t JOIN acct x ON {}",
    "SELECT t.id FROM team t WHERE t.id NOT IN (SELECT x.team_id FROM acct x WHERE {}) ORDER BY t.id",
    "SELECT t.id FROM team t WHERE EXISTS (SELECT 1 FROM acct x WHERE x.team_id = t.id AND {}) ORDER BY t.id",
    "SELECT count(*) AS n, max(x.amount) AS m FROM acct x WHERE x.id > 0 AND ({} OR x.id < 9)",
    "SELECT x.id FROM acct x ORDER BY CASE WHEN {} THEN 0 ELSE 1 END, x.id",
    "SELECT x.region, count(*) AS n FROM acct x GROUP BY x.region HAVING sum(CASE WHEN {} THEN 1 ELSE 0 END) >= 0 ORDER BY 1",
    "SELECT sum(CASE WHEN {} THEN 1 ELSE 0 END) AS n FROM acct x",
    "SELECT DISTINCT CASE WHEN {} THEN 1 ELSE 0 END AS c FROM acct x ORDER BY 1",
    "WITH w AS (SELECT * FROM acct) SELECT count(*) FROM w x WHERE {}",
    "SELECT count(*) FROM (SELECT * FROM acct) x WHERE {}",
    "SELECT x.id FROM acct x WHERE x.id = 1 UNION SELECT x.id FROM acct x WHERE {} ORDER BY 1",
    "SELECT x.id, row_number() OVER (ORDER BY CASE WHEN {} THEN 0 ELSE 1 END, x.id) AS r FROM acct x ORDER BY x.id",
    "SELECT (SELECT count(*) FROM acct x WHERE {}) AS n",
    "SELECT x.id FROM acct x WHERE x.id >= ALL_ OR ({}) ORDER BY x.id LIMIT 2",
    "SELECT count(*) FROM acct x, acct y WHERE x.id = y.id AND {}",
)
ASKING = {
    "postgres": (
        "SELECT reltuples FROM pg_class WHERE relname = 'acct'", "SELECT relpages FROM pg_catalog.pg_class",
        "SELECT n_live_tup FROM pg_stat_user_tables WHERE relname = 'acct'", "SELECT * FROM pg_stats",
        "SELECT * FROM pg_statistic_ext_data", "SELECT pg_total_relation_size('acct')", "SELECT pg_table_size('acct')",
        "SELECT pg_relation_size('acct')", "SELECT seq_tup_read FROM pg_stat_user_tables", "SELECT * FROM acct_view",
        "SELECT * FROM acct_stored", "SELECT * FROM acct_child", "SELECT count(*) FROM ev_south", "SELECT * FROM ev",
        "SELECT last_value FROM pg_sequences", "SELECT idx_tup_read FROM pg_stat_user_indexes", "SELECT * FROM ONLY acct",
        "SELECT * FROM pg_statio_user_tables", "SELECT * FROM public.acct ORDER BY id", "TABLE acct",
        "SELECT * FROM (TABLE acct) x", "SELECT c.reltuples FROM pg_class AS c", "SELECT acct FROM acct ORDER BY id",
        "SELECT ctid FROM acct", "SELECT * FROM acct TABLESAMPLE SYSTEM (100)", "SELECT xmin FROM acct",
    ),
    "mysql": (
        "SELECT TABLE_ROWS FROM information_schema.TABLES WHERE TABLE_NAME = 'acct'", "SELECT * FROM acct_view",
        "SELECT * FROM information_schema.STATISTICS", "SELECT DATA_LENGTH FROM information_schema.tables",
        "SELECT * FROM information_schema.PARTITIONS", "SELECT FOUND_ROWS()", "SELECT ROW_COUNT()",
        "SELECT * FROM information_schema.INNODB_SYS_TABLESTATS", "SELECT * FROM mysql.innodb_table_stats",
        "SELECT * FROM ACCT", "SELECT * FROM acct FORCE INDEX (acct_amount)", "SELECT AUTO_INCREMENT FROM "
        "information_schema.TABLES", "SELECT CHECKSUM FROM information_schema.TABLES",
    ),
    "sqlite": (
        "SELECT stat FROM sqlite_stat1", "SELECT * FROM sqlite_sequence", "SELECT rootpage FROM sqlite_master",
        "SELECT * FROM acct_view", "SELECT 4 IN acct", "SELECT count(*) FROM MAIN.ACCT", "SELECT rowid FROM acct",
        "SELECT * FROM acct INDEXED BY acct_amount", "SELECT changes()", "SELECT * FROM dbstat",
    ),
    "duckdb": (
        "SELECT estimated_size FROM duckdb_tables() WHERE table_name = 'acct'", "SELECT estimated_size FROM duckdb_tables",
        "SELECT reltuples FROM pg_class", "SELECT * FROM acct_view", "SUMMARIZE acct", "FROM acct ORDER BY id",
        "SELECT count(*) FROM main.acct", "SELECT rowid FROM acct", "SELECT * FROM acct USING SAMPLE 5",
        "SELECT * FROM pragma_storage_info('acct')", "SELECT * FROM duckdb_indexes",
    ),
}  # fmt: skip


PLAIN = (
    "x.amount BETWEEN 10 AND 50", "x.note IN ('10', '20')", "x.region = 'north'", "x.hidden_at IS NULL", "NOT (x.id = 2)",
    "x.amount + x.id > 22", "coalesce(x.hidden_at, 0) = 0", "upper(x.region) = 'NORTH'", "x.id IN (SELECT id FROM team)",
    "x.team_id = (SELECT min(id) FROM team)", "x.note LIKE '%0'", "CASE x.id WHEN 1 THEN 0 ELSE 1 END = 1",
    "x.amount % 20 = 0", "x.id <> x.team_id AND x.amount > 0",
)  # fmt: skip


def legitimate() -> list[str]:
    """Statements that fail on no row, for every engine."""
    return [place.replace("ALL_", "7").replace("{}", f"({one})") for one in PLAIN for place in PLACES]


def probes(engine: str) -> list[str]:
    """The statements of the corpus for an engine."""
    expressions = (*EVERYWHERE, *FAILING[engine])
    made = [place.replace("ALL_", "7").replace("{}", f"({one})") for one in expressions for place in PLACES]
    return [*made, *ASKING[engine]]


def filter_of(number: int, engine: str) -> str:
    return FILTERS[number].format(integer=INTEGER.get(engine, "INTEGER"))


def statements(engine: str, *, hidden: bool) -> list[str]:
    """What makes the database, in the engine's own words."""
    rows: Sequence[tuple[object, ...]] = (*VISIBLE, *HIDDEN) if hidden else VISIBLE
    values = ", ".join(f"({', '.join('NULL' if one is None else repr(one) for one in row)})" for row in rows)
    script = [one.strip() for one in (TABLES + ";" + MORE.get(engine, "")).split(";") if one.strip()]
    script.append(f"INSERT INTO acct VALUES {values}")
    if engine == "postgres":
        script += [
            "REFRESH MATERIALIZED VIEW acct_stored",
            "INSERT INTO ev SELECT id, region, note FROM acct WHERE region <> 'east'",
        ]
    return [*script, *(["ANALYZE"] if engine != "mysql" else ["ANALYZE TABLE acct"])]


def make_file(path: Path, engine: str, *, hidden: bool) -> Path:
    """A SQLite or DuckDB file with the tables."""
    if engine == "sqlite":
        connection = sqlite3.connect(path)
        connection.executescript(";\n".join(statements(engine, hidden=hidden)))
        connection.close()
        return path
    import duckdb

    database = duckdb.connect(str(path))
    for one in statements(engine, hidden=hidden):
        database.execute(one)
    database.close()
    return path
