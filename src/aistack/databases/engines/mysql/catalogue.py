"""The catalogue of MySQL and MariaDB: an account's privileges in one query, the schema of a database in four."""

import re
import time
from typing import Any

from aistack.databases.schema import ColumnInfo, ForeignKey, IndexInfo, Schema, TableInfo
from aistack.databases.session import Probe

TABLES = """
SELECT TABLE_NAME, IF(TABLE_TYPE LIKE '%VIEW', 'view', 'table'),
  IF(TABLE_TYPE LIKE '%VIEW', '', TABLE_COMMENT), TABLE_ROWS
FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME
"""
COLUMNS = """
SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, COLUMN_COMMENT
FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME, ORDINAL_POSITION
"""
KEYS = """
SELECT TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME
FROM information_schema.KEY_COLUMN_USAGE
WHERE TABLE_SCHEMA = DATABASE() AND REFERENCED_TABLE_NAME IS NOT NULL
ORDER BY TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION
"""
INDEXES = """
SELECT TABLE_NAME, INDEX_NAME, COLUMN_NAME, NON_UNIQUE
FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX
"""
WRITE_PRIVILEGES = re.compile(r"\b(?:INSERT|UPDATE|DELETE|DROP|ALTER|CREATE|TRUNCATE|ALL PRIVILEGES)\b")
EXCESSIVE_PRIVILEGES = {
    "FILE": "it can read and write the server's files (FILE)",
    "SUPER": "it can override every setting of the server (SUPER)",
    "SHUTDOWN": "it can shut the server down",
    "GRANT OPTION": "it can grant privileges to others",
}


async def probe(connection: Any, database: str) -> Probe:
    begun = time.perf_counter()
    await _fetch(connection, "SELECT 1")
    latency = (time.perf_counter() - begun) * 1000
    (server,) = (await _fetch(connection, "SELECT VERSION()"))[0]
    grants = [str(row[0]) for row in await _fetch(connection, "SHOW GRANTS")]
    privileges = [grant.partition(" TO ")[0] for grant in grants]
    global_grants = [privilege for privilege in privileges if " ON *.* " in f"{privilege} "]
    has_all = any("ALL PRIVILEGES" in privilege for privilege in global_grants)
    held = [
        name
        for name in EXCESSIVE_PRIVILEGES
        if has_all or any(re.search(rf"\b{name}\b", privilege) for privilege in global_grants)
    ]
    if any("WITH GRANT OPTION" in grant and " ON *.* " in grant for grant in grants) and "GRANT OPTION" not in held:
        held.append("GRANT OPTION")
    may_write = any(WRITE_PRIVILEGES.search(privilege) for privilege in privileges)
    return Probe(
        server=("MariaDB " if "mariadb" in str(server).lower() else "MySQL ") + str(server),
        latency_ms=round(latency, 2),
        may_write=may_write,
        warnings=("it can change data; give it SELECT only",) if may_write else (),
        refused=tuple(EXCESSIVE_PRIVILEGES[name] for name in held),
    )


async def schema(connection: Any) -> Schema:
    """Everything that the account can see of its database, in four queries whatever the number of tables."""
    found = {row[0]: TableInfo(row[0], row[1], row[2] or "", row[3]) for row in await _fetch(connection, TABLES)}
    for name, column, kind, nullable, default, comment in await _fetch(connection, COLUMNS):
        if name in found:
            info = ColumnInfo(column, kind, nullable == "YES", "" if default is None else str(default), comment or "")
            found[name].columns.append(info)
    keys: dict[tuple[str, str], ForeignKey] = {}
    for name, constraint, column, other, other_column in await _fetch(connection, KEYS):
        if name in found:
            key = keys.get((name, constraint))
            if key is None:
                key = keys[name, constraint] = ForeignKey([], other, [])
                found[name].foreign_keys.append(key)
            key.columns.append(column)
            key.table_columns.append(other_column)
    indexes: dict[tuple[str, str], IndexInfo] = {}
    for name, index, column, non_unique in await _fetch(connection, INDEXES):
        if name not in found:
            continue
        if index == "PRIMARY":
            found[name].primary_key.append(column)
            continue
        info = indexes.get((name, index))
        if info is None:
            info = indexes[name, index] = IndexInfo(index, [], not non_unique)
            found[name].indexes.append(info)
        info.columns.append(column)
    return Schema(list(found.values()))


async def _fetch(connection: Any, query: str) -> list[tuple[Any, ...]]:
    from asyncmy.cursors import Cursor

    cursor: Any = connection.cursor(Cursor)
    await cursor.execute(query)
    return list(await cursor.fetchall())
