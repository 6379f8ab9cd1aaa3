"""Snowflake, through its own driver.

It has no read-only transactions: statements that read are rolled back, and the role must be one that can only read.
Cancelling ends the session's statements from a second session.
"""

import contextlib
from typing import Any

from aistack.databases.engines.dbapi.engine import DbapiEngine
from aistack.databases.schema import ColumnInfo, ForeignKey, TableInfo

TYPES = {
    "TEXT": "text", "REAL": "float", "DATE": "date", "TIMESTAMP": "timestamp", "TIMESTAMP_LTZ": "timestamp",
    "TIMESTAMP_TZ": "timestamp", "TIMESTAMP_NTZ": "timestamp", "VARIANT": "json", "OBJECT": "json", "ARRAY": "array",
    "BINARY": "binary", "TIME": "time", "BOOLEAN": "boolean",
}  # fmt: skip
GONE = frozenset((250001, 250002, 250003, 390114, 390195, 604))  # the session or the connection is lost

EXCESSIVE_PRIVILEGES = {
    "ACCOUNTADMIN": "it can do everything in the account (ACCOUNTADMIN)",
    "SECURITYADMIN": "it can grant privileges to others (SECURITYADMIN)",
    "ORGADMIN": "it can manage accounts (ORGADMIN)",
}
WRITE_PRIVILEGES = (
    "SELECT COUNT(*) FROM information_schema.table_privileges WHERE grantee = CURRENT_ROLE() "
    "AND privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'OWNERSHIP')"
)


class SnowflakeEngine(DbapiEngine):
    product = "Snowflake"
    paramstyle = "pyformat"
    version = "SELECT CURRENT_VERSION()"

    def connect(self, seconds: float) -> Any:
        from snowflake import connector

        made: Any = connector
        target = self.target
        account, _, domain = target.host.partition(".snowflakecomputing.")
        given: dict[str, Any] = {
            "account": account, "user": target.user, "password": target.password, "database": target.database,
            "login_timeout": max(1, int(seconds)), "autocommit": False, "paramstyle": "pyformat",
            "session_parameters": {
                "ABORT_DETACHED_QUERY": True, "MULTI_STATEMENT_COUNT": 1, "QUERY_TAG": "ai-stack",
                "QUOTED_IDENTIFIERS_IGNORE_CASE": False,
            },
        }  # fmt: skip
        if domain:
            given["host"] = target.host
        if target.tls == "off":  # an emulator
            given |= {"account": "local", "host": target.host, "port": target.port, "protocol": "http"}
        return made.connect(**given, **target.options)

    def begin(self, cursor: Any, mode: str, seconds: float) -> None:
        cursor.execute("BEGIN")

    def execute(self, cursor: Any, sql: str, values: Any, seconds: float) -> None:
        cursor.execute(sql, values, timeout=max(1, round(seconds + 0.5)))  # the server cancels the statement

    def privileges(self, cursor: Any) -> tuple[bool | None, list[str], list[str]]:
        (role,) = self.fetch_all(cursor, "SELECT CURRENT_ROLE()")[0]
        refused = [EXCESSIVE_PRIVILEGES[role]] if role in EXCESSIVE_PRIVILEGES else []
        try:
            may_write = bool(self.fetch_all(cursor, WRITE_PRIVILEGES)[0][0])
        except Exception as error:  # not every role may read this
            message = " ".join(str(error).split())[:200]
            return (
                None,
                [f"the privileges of its role cannot be read; give it USAGE and SELECT only: {message}"],
                refused,
            )
        warnings = ["its role may change data; give it one with USAGE and SELECT only"] if may_write else []
        return may_write, warnings, refused

    def type_of(self, code: Any) -> str:
        from snowflake.connector.constants import FIELD_ID_TO_NAME

        names: Any = FIELD_ID_TO_NAME
        return TYPES.get(str(names[code]) if code in names else "", "")

    def is_disconnect(self, error: BaseException) -> bool:
        return getattr(error, "errno", None) in GONE

    def tables(self, cursor: Any) -> list[TableInfo]:
        shown = f"table_schema = {self._schema}" if self._schema else "table_schema <> 'INFORMATION_SCHEMA'"
        tables: dict[tuple[str, str], TableInfo] = {}
        for schema, name, kind, rows, comment in self.fetch_all(
            cursor,
            "SELECT table_schema, table_name, table_type, row_count, comment FROM information_schema.tables "  # noqa: S608
            f"WHERE {shown} ORDER BY 1, 2",
        ):
            kind = "view" if "VIEW" in str(kind) else "table"
            tables[schema, name] = TableInfo(self._qualified(schema, name), kind, comment or "", rows)
        for schema, name, column, kind, nullable, default, comment in self.fetch_all(
            cursor,
            "SELECT table_schema, table_name, column_name, data_type, is_nullable, column_default, comment "  # noqa: S608
            f"FROM information_schema.columns WHERE {shown} ORDER BY 1, 2, ordinal_position",
        ):
            if (schema, name) in tables:
                info = ColumnInfo(column, kind, str(nullable).upper() == "YES", str(default or ""), comment or "")
                tables[schema, name].columns.append(info)
        self._read_keys(cursor, tables)
        return list(tables.values())

    def _read_keys(self, cursor: Any, tables: dict[tuple[str, str], TableInfo]) -> None:
        schemas = sorted({schema for schema, _ in tables})
        for row in self._keys(cursor, "PRIMARY KEYS", schemas):
            if (row["schema_name"], row["table_name"]) in tables:
                tables[row["schema_name"], row["table_name"]].primary_key.append(row["column_name"])
        keys: dict[str, ForeignKey] = {}
        for row in self._keys(cursor, "IMPORTED KEYS", schemas):
            here = tables.get((row["fk_schema_name"], row["fk_table_name"]))
            if here is None:
                continue
            key = keys.get(row["fk_name"])
            if key is None:
                other = self._qualified(row["pk_schema_name"], row["pk_table_name"])
                key = keys[row["fk_name"]] = ForeignKey([], other, [])
                here.foreign_keys.append(key)
            key.columns.append(row["fk_column_name"])
            key.table_columns.append(row["pk_column_name"])

    def _keys(self, cursor: Any, kind: str, schemas: list[str]) -> list[dict[str, Any]]:
        """Rows of SHOW ... KEYS as dictionaries, in the order of the keys' columns."""
        found: list[dict[str, Any]] = []
        for schema in schemas:
            quoted = schema.replace('"', '""')
            rows = self.fetch_all(cursor, f'SHOW {kind} IN SCHEMA "{quoted}"')
            names = [str(one[0]).lower() for one in cursor.description]
            found += [dict(zip(names, row, strict=True)) for row in rows]
        return sorted(found, key=lambda row: row["key_sequence"])

    @property
    def _schema(self) -> str:
        """The configured schema as a literal; empty when all schemas are shown."""
        named = self.target.options.get("schema", "").upper().replace("'", "''")
        return f"'{named}'" if named else ""

    def _qualified(self, schema: str, name: str) -> str:
        return name if schema == self.target.options.get("schema", "PUBLIC").upper() else f"{schema}.{name}"

    def cancel(self) -> None:
        with contextlib.suppress(Exception):  # it may have ended already
            session_id = int(self.raw.session_id)
            control = SnowflakeEngine(self.target, 2.0)
            with control._cursor() as cursor:
                cursor.execute(f"SELECT SYSTEM$CANCEL_ALL_QUERIES({session_id})")
