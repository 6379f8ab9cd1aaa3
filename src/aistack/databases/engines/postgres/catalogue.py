"""PostgreSQL's catalogue: an account's privileges in one query, the schema of a database in four."""

import time
from typing import Any

from aistack.databases.schema import ColumnInfo, ForeignKey, IndexInfo, Schema, TableInfo
from aistack.databases.session import Probe

PRIVILEGES = """
SELECT split_part(version(), ' on ', 1) AS server, r.rolsuper, r.rolcreaterole, r.rolreplication,
  pg_has_role(current_user, 'pg_read_server_files', 'member') AS reads_files,
  pg_has_role(current_user, 'pg_write_server_files', 'member') AS writes_files,
  pg_has_role(current_user, 'pg_execute_server_program', 'member') AS runs_programs,
  has_database_privilege(current_database(), 'CREATE') AS creates,
  EXISTS (
    SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
      AND (has_table_privilege(c.oid, 'INSERT') OR has_table_privilege(c.oid, 'UPDATE')
        OR has_table_privilege(c.oid, 'DELETE') OR has_table_privilege(c.oid, 'TRUNCATE'))
  ) AS writes
FROM pg_roles r WHERE r.rolname = current_user
"""
READABLE = """n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
  AND has_schema_privilege(n.oid, 'USAGE') AND has_any_column_privilege(c.oid, 'SELECT')"""
NAME = """CASE WHEN pg_table_is_visible(c.oid) THEN c.relname ELSE n.nspname || '.' || c.relname END"""
TABLES = f"""
SELECT c.oid, {NAME} AS name, c.relkind::text AS kind, obj_description(c.oid, 'pg_class') AS comment,
  CASE WHEN c.reltuples >= 0 THEN c.reltuples::bigint END AS rows
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition AND {READABLE}
ORDER BY 2
"""
COLUMNS = f"""
SELECT a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod) AS type, NOT a.attnotnull AS nullable,
  coalesce(pg_get_expr(d.adbin, d.adrelid), '') AS default, col_description(a.attrelid, a.attnum) AS comment
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
  AND {READABLE}
ORDER BY a.attrelid, a.attnum
"""
KEYS = f"""
SELECT k.conrelid, k.contype::text AS kind, k.confrelid,
  ARRAY(SELECT attname::text FROM unnest(k.conkey) WITH ORDINALITY u(n, i)
    JOIN pg_attribute ON attrelid = k.conrelid AND attnum = u.n ORDER BY i) AS columns,
  ARRAY(SELECT attname::text FROM unnest(k.confkey) WITH ORDINALITY u(n, i)
    JOIN pg_attribute ON attrelid = k.confrelid AND attnum = u.n ORDER BY i) AS others
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype IN ('p', 'f') AND {READABLE}
ORDER BY k.oid
"""
INDEXES = f"""
SELECT i.indrelid, x.relname AS name, i.indisunique AND i.indpred IS NULL AS is_unique,
  ARRAY(SELECT pg_get_indexdef(i.indexrelid, u, true) FROM generate_series(1, i.indnkeyatts) u) AS columns
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT i.indisprimary AND {READABLE}
ORDER BY x.relname
"""
KINDS = {"r": "table", "p": "table", "v": "view", "m": "view", "f": "table"}


async def probe(connection: Any) -> Probe:
    begun = time.perf_counter()
    await connection.fetchval("SELECT 1")
    latency = (time.perf_counter() - begun) * 1000
    row = await connection.fetchrow(PRIVILEGES)
    refused = {
        "rolsuper": "it is a superuser: no restriction of the server applies to it",
        "reads_files": "it can read the server's files",
        "writes_files": "it can write the server's files",
        "runs_programs": "it can run programs on the server",
        "rolreplication": "it can replicate the whole server",
    }
    warnings = {
        "writes": "it can change data; give it SELECT only",
        "creates": "it can create objects in the database",
        "rolcreaterole": "it can create roles",
    }
    return Probe(
        server=row["server"],
        latency_ms=round(latency, 2),
        may_write=row["writes"] or row["rolsuper"],
        warnings=tuple(text for key, text in warnings.items() if row[key]),
        refused=tuple(text for key, text in refused.items() if row[key]),
    )


async def schema(connection: Any) -> Schema:
    """Everything that the account can read, in four queries whatever the number of tables."""
    async with connection.transaction(readonly=True, isolation="repeatable_read"):
        tables, columns, keys, indexes = [await connection.fetch(query) for query in (TABLES, COLUMNS, KEYS, INDEXES)]
    found = {
        row["oid"]: TableInfo(row["name"], KINDS[row["kind"]], row["comment"] or "", row["rows"]) for row in tables
    }
    for row in columns:
        if row["attrelid"] in found:
            found[row["attrelid"]].columns.append(
                ColumnInfo(row["attname"], row["type"], row["nullable"], row["default"], row["comment"] or "")
            )
    for row in keys:
        table = found.get(row["conrelid"])
        if table is None:
            continue
        if row["kind"] == "p":
            table.primary_key = list(row["columns"])
        elif row["confrelid"] in found:
            table.foreign_keys.append(
                ForeignKey(list(row["columns"]), found[row["confrelid"]].name, list(row["others"]))
            )
    for row in indexes:
        if row["indrelid"] in found:
            found[row["indrelid"]].indexes.append(IndexInfo(row["name"], list(row["columns"]), row["is_unique"]))
    return Schema(list(found.values()))
