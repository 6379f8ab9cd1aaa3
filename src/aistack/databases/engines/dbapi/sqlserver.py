"""SQL Server, through Microsoft's driver.

It has no read-only transactions: statements that read are rolled back, and the account must be one that can only read.
"""

from typing import Any

from aistack.databases.engines.dbapi.reflection import ReflectedEngine

SYSTEM_SCHEMAS = ("sys", "INFORMATION_SCHEMA", "guest")
ENCRYPTION = {
    "off": {"Encrypt": "no"},
    "prefer": {"Encrypt": "yes", "TrustServerCertificate": "yes"},
    "require": {"Encrypt": "yes", "TrustServerCertificate": "yes"},
    "verify": {"Encrypt": "yes", "TrustServerCertificate": "no"},
}
EXCESSIVE_PRIVILEGES = {
    "sysadmin": "it can do everything on the server (sysadmin)",
    "securityadmin": "it can grant privileges to others (securityadmin)",
    "serveradmin": "it can shut the server down (serveradmin)",
}


class SqlServerEngine(ReflectedEngine):
    product = "SQL Server"
    paramstyle = "qmark"
    version = "SELECT CAST(SERVERPROPERTY('ProductVersion') AS VARCHAR(40))"
    session_setup = (
        "SET QUOTED_IDENTIFIER ON",
        "SET ANSI_NULLS ON",
        "SET LOCK_TIMEOUT 5000",
        "SET XACT_ABORT ON",
        "SET DEADLOCK_PRIORITY LOW",
    )
    rows_query = (
        "SELECT SCHEMA_NAME(o.schema_id), o.name, SUM(p.rows) FROM sys.partitions p JOIN sys.objects o "
        "ON o.object_id = p.object_id WHERE p.index_id IN (0, 1) AND o.type = 'U' GROUP BY o.schema_id, o.name"
    )

    def url(self) -> Any:
        from sqlalchemy import URL

        return URL.create(
            "mssql+mssqlpython", self.target.user or None, self.target.password or None, self.target.host,
            self.target.port, self.target.database, ENCRYPTION[self.target.tls],
        )  # fmt: skip

    def connect_arguments(self, seconds: float) -> dict[str, Any]:
        return {"timeout": max(1, int(seconds))}

    def begin(self, cursor: Any, mode: str, seconds: float) -> None:
        cursor._timeout = max(1, round(seconds + 0.5))  # the driver reads it when it executes

    def privileges(self, cursor: Any) -> tuple[bool | None, list[str], list[str]]:
        roles = ", ".join(f"IS_SRVROLEMEMBER('{role}')" for role in EXCESSIVE_PRIVILEGES)
        held = self.fetch_all(cursor, f"SELECT {roles}")[0]
        kinds = ("INSERT", "UPDATE", "DELETE", "ALTER")
        permissions = ", ".join(f"HAS_PERMS_BY_NAME(DB_NAME(), 'DATABASE', '{kind}')" for kind in kinds)
        may_write = any(self.fetch_all(cursor, f"SELECT {permissions}")[0])
        warnings = ["it can change data; make it a member of db_datareader only"] if may_write else []
        return (
            may_write,
            warnings,
            [message for message, has in zip(EXCESSIVE_PRIVILEGES.values(), held, strict=True) if has],
        )

    def schemas(self, inspector: Any) -> list[str | None]:
        if "schemas" in self.target.options:
            return [name.strip() for name in self.target.options["schemas"].split(",")]
        names = [str(name) for name in inspector.get_schema_names()]
        return [name for name in names if name not in SYSTEM_SCHEMAS and not name.startswith("db_")]
