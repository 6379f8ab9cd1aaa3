"""Oracle Database, through python-oracledb in thin mode. Statements that read run in a READ ONLY transaction."""

import contextlib
import re
from typing import Any

from aistack.databases.engines.dbapi.reflection import ReflectedEngine

TYPES = {
    **dict.fromkeys(("DB_TYPE_VARCHAR", "DB_TYPE_NVARCHAR", "DB_TYPE_CHAR", "DB_TYPE_NCHAR"), "text"),
    **dict.fromkeys(("DB_TYPE_CLOB", "DB_TYPE_NCLOB", "DB_TYPE_LONG", "DB_TYPE_ROWID"), "text"),
    **dict.fromkeys(
        ("DB_TYPE_DATE", "DB_TYPE_TIMESTAMP", "DB_TYPE_TIMESTAMP_TZ", "DB_TYPE_TIMESTAMP_LTZ"), "timestamp"
    ),
    **dict.fromkeys(("DB_TYPE_BINARY_FLOAT", "DB_TYPE_BINARY_DOUBLE"), "float"),
    **dict.fromkeys(("DB_TYPE_RAW", "DB_TYPE_LONG_RAW", "DB_TYPE_BLOB"), "binary"),
    "DB_TYPE_NUMBER": "decimal",
    "DB_TYPE_INTERVAL_DS": "interval",
    "DB_TYPE_JSON": "json",
    "DB_TYPE_BOOLEAN": "boolean",
}
EXCESSIVE_PRIVILEGES = {
    "ALTER SYSTEM": "it can change the server (ALTER SYSTEM)",
    "CREATE ANY PROCEDURE": "it can create code in other accounts (CREATE ANY PROCEDURE)",
    "CREATE ANY DIRECTORY": "it can read and write the server's files (CREATE ANY DIRECTORY)",
    "GRANT ANY PRIVILEGE": "it can grant privileges to others (GRANT ANY PRIVILEGE)",
    "DROP ANY TABLE": "it can drop the tables of all accounts (DROP ANY TABLE)",
}
WRITE_PRIVILEGES = re.compile(r"^(?:INSERT|UPDATE|DELETE|ALTER|DROP) ANY TABLE$|^CREATE (?:TABLE|PROCEDURE|ANY TABLE)$")


class OracleEngine(ReflectedEngine):
    product = "Oracle"
    paramstyle = "named"
    session_setup = (
        "ALTER SESSION SET NLS_DATE_FORMAT = 'YYYY-MM-DD HH24:MI:SS'",
        "ALTER SESSION SET NLS_TIMESTAMP_FORMAT = 'YYYY-MM-DD HH24:MI:SS.FF'",
        "ALTER SESSION SET NLS_NUMERIC_CHARACTERS = '.,'",
    )
    version = "SELECT version FROM product_component_version FETCH FIRST 1 ROWS ONLY"
    rows_query = "SELECT LOWER(owner), LOWER(table_name), num_rows FROM all_tables"
    denied = re.compile(r"ORA-(?:01031|01017|28000|28001|01045|01456|41900)", re.I)
    timed_out = re.compile(r"DPY-4024|DPI-1067|ORA-(?:00040|01013)")

    def url(self) -> Any:
        from sqlalchemy import URL

        return URL.create("oracle+oracledb")

    def connect_arguments(self, seconds: float) -> dict[str, Any]:
        import oracledb

        oracledb.defaults.fetch_lobs = False
        oracledb.defaults.fetch_decimals = True
        target = self.target
        given: dict[str, Any] = {
            "user": target.user, "password": target.password, "host": target.host, "port": target.port,
            "service_name": target.database, "tcp_connect_timeout": seconds, "retry_count": 0,
        }  # fmt: skip
        if target.requires_tls:
            given |= {
                "protocol": "tcps", "ssl_context": target.tls_context(), "ssl_server_dn_match": target.verifies_tls,
            }  # fmt: skip
        return given

    def begin(self, cursor: Any, mode: str, seconds: float) -> None:
        self.raw.driver_connection.call_timeout = max(1, int(seconds * 1000))
        if mode == "read":
            cursor.execute("SET TRANSACTION READ ONLY")

    def privileges(self, cursor: Any) -> tuple[bool | None, list[str], list[str]]:
        held = {str(row[0]) for row in self.fetch_all(cursor, "SELECT privilege FROM session_privs")}
        (own,) = self.fetch_all(cursor, "SELECT COUNT(*) FROM user_tables")[0]
        (granted,) = self.fetch_all(
            cursor,
            "SELECT COUNT(*) FROM user_tab_privs_recd WHERE privilege IN ('INSERT', 'UPDATE', 'DELETE', 'ALTER')",
        )[0]
        may_write = bool(own or granted or any(WRITE_PRIVILEGES.match(one) for one in held))
        warnings = ["it can change data; use one that owns no tables and has only SELECT on them"] if may_write else []
        return may_write, warnings, [message for name, message in EXCESSIVE_PRIVILEGES.items() if name in held]

    def schemas(self, inspector: Any) -> list[str | None]:
        named = self.target.options.get("schemas", "")
        return [name.strip().lower() for name in named.split(",")] if named else [None]

    def type_of(self, code: Any) -> str:
        return TYPES.get(str(getattr(code, "name", "")), "")

    def cancel(self) -> None:
        with contextlib.suppress(Exception):  # it may have ended already
            self.raw.driver_connection.cancel()
