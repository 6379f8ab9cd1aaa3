"""ClickHouse over HTTP, through its own driver.

Protection: every statement runs with `readonly` and limits on time and memory; cancelling sends KILL QUERY over a
second connection.
"""

import contextlib
import re
import time
import uuid
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from itertools import chain
from typing import Any

from aistack.databases.engines.blocking import StreamedRows
from aistack.databases.placeholders import join_parts, split_at_placeholders
from aistack.databases.schema import ColumnInfo, IndexInfo, TableInfo
from aistack.databases.session import DatabaseFailed, FailureKind
from aistack.databases.target import Target

MEMORY_BYTES = 4 << 30
DENIED = re.compile(r"Code: (?:164|291|392|446|452|497|516|192|193|194)\b|readonly")
TIMED_OUT = re.compile(r"Code: (?:159|209)\b|TIMEOUT_EXCEEDED")
TOO_LARGE = re.compile(r"Code: (?:241|396|307)\b")
SERVER_MESSAGE = re.compile(r"DB::Exception: (.*?)(?: \(for url .*)?$")
CANCELLED = re.compile(r"Code: 394\b")
NUMBER_TYPES = {"Int": "integer", "UInt": "integer", "Float": "float", "Decimal": "decimal", "BFloat": "float"}
TYPES = {
    "Bool": "boolean", "String": "text", "FixedString": "text", "Enum": "text", "UUID": "uuid", "DateTime": "timestamp",
    "Date": "date", "Time": "time", "Interval": "interval", "Array": "array", "Tuple": "json", "Map": "json",
    "JSON": "json", "Nested": "json", "IPv": "text",
}  # fmt: skip
WRAPPED = re.compile(r"^(?:Nullable|LowCardinality|SimpleAggregateFunction\(\w+,)\(?\s*(.*?)\)*$")
PARAMETER_TYPES = {bool: "Bool", int: "Int64", float: "Float64"}
EXCESSIVE_PRIVILEGES = {
    "ACCESS MANAGEMENT": "it can grant privileges to others (ACCESS MANAGEMENT)",
    "SYSTEM": "it can shut the server down (SYSTEM)",
    "SOURCES": "it can read the server's files and other machines (SOURCES)",
}
WRITE_PRIVILEGES = re.compile(r"\b(?:ALL|INSERT|ALTER|CREATE|DROP|TRUNCATE|OPTIMIZE)\b")


class ClickhouseEngine:
    """One client. Raises DatabaseFailed when the server cannot be reached."""

    def __init__(self, target: Target, seconds: float) -> None:
        self.target = target
        self._query_id = ""
        self._client = self._connect(seconds)

    def _connect(self, seconds: float) -> Any:
        import clickhouse_connect

        library: Any = clickhouse_connect
        target = self.target
        is_secure = target.requires_tls or (target.tls == "prefer" and target.port in (443, 8443))
        try:
            return library.get_client(
                host=target.host, port=target.port, username=target.user or "default", password=target.password,
                database=target.database, secure=is_secure, verify=target.verifies_tls,
                ca_cert=target.ca_file or None, connect_timeout=max(1, int(seconds)), send_receive_timeout=3600,
                query_retries=0, autogenerate_session_id=False, client_name="ai-stack",
            )  # fmt: skip
        except Exception as error:  # the driver also raises errors that are not its own
            raise self._failed(error, connecting=True) from None

    @contextmanager
    def statement(self, sql: str, values: Sequence[Any], mode: str, seconds: float) -> Generator[StreamedRows]:
        if mode != "read":
            raise DatabaseFailed("denied", "ClickHouse cannot preview changes; statements that write are not allowed")
        self._query_id = uuid.uuid4().hex
        settings = {
            "readonly": 1, "max_execution_time": max(1, round(seconds + 0.5)), "max_memory_usage": MEMORY_BYTES,
            "cancel_http_readonly_queries_on_client_close": 1, "query_id": self._query_id,
        }  # fmt: skip
        statement, parameters = _bound(sql, values)
        try:
            with self._client.query_row_block_stream(statement, parameters, settings) as stream:
                kinds = zip(stream.source.column_names, stream.source.column_types, strict=True)
                columns = [(str(name), type_of(kind.name)) for name, kind in kinds]
                yield StreamedRows(columns, chain.from_iterable(stream))
        except DatabaseFailed:
            raise
        except Exception as error:
            raise self._failed(error) from None
        finally:
            self._query_id = ""

    def cancel(self) -> None:
        if not self._query_id:
            return
        with contextlib.suppress(Exception):  # it may have ended already
            control = self._connect(2.0)
            control.command("KILL QUERY WHERE query_id = {id:String} ASYNC", parameters={"id": self._query_id})

    def probe(self) -> dict[str, Any]:
        try:
            begun = time.perf_counter()
            self._client.command("SELECT 1")
            latency = (time.perf_counter() - begun) * 1000
            readonly = int(self._client.command("SELECT value FROM system.settings WHERE name = 'readonly'"))
            grants = "\n".join(str(row[0]) for row in self._client.query("SHOW GRANTS").result_rows)
        except Exception as error:
            raise self._failed(error) from None
        privileges = [line.partition(" ON ")[0] for line in grants.splitlines()]
        may_write = not readonly and any(WRITE_PRIVILEGES.search(privilege) for privilege in privileges)
        has_all = any(re.search(r"GRANT ALL\b", privilege) for privilege in privileges) and not readonly
        return {
            "server": f"ClickHouse {self._client.server_version}",
            "latency_ms": round(latency, 2),
            "may_write": may_write,
            "warnings": ["it can change data; give it SELECT, and a profile with readonly = 2"] if may_write else [],
            "refused": [
                message
                for name, message in EXCESSIVE_PRIVILEGES.items()
                if has_all or (not readonly and any(re.search(rf"\b{name}\b", privilege) for privilege in privileges))
            ],
        }

    def schema(self) -> dict[str, Any]:
        """Three queries, whatever the number of tables."""
        where = "WHERE database = currentDatabase()"
        tables: dict[str, TableInfo] = {}
        try:
            for name, engine, rows, key, comment in self._client.query(
                f"SELECT name, engine, total_rows, primary_key, comment FROM system.tables {where} "  # noqa: S608
                "AND NOT is_temporary AND name NOT LIKE '.inner%' ORDER BY name"
            ).result_rows:
                kind = "view" if engine.endswith("View") else "table"
                tables[name] = TableInfo(name, kind, comment, rows)
                tables[name].primary_key = [part.strip() for part in key.split(",") if part.strip()]
            for name, column, kind, default, comment in self._client.query(
                f"SELECT table, name, type, default_expression, comment FROM system.columns {where} "  # noqa: S608
                "ORDER BY table, position"
            ).result_rows:
                if name in tables:
                    info = ColumnInfo(
                        column, kind, kind.startswith(("Nullable", "LowCardinality(Nullable")), default, comment
                    )
                    tables[name].columns.append(info)
            for name, index, expression in self._client.query(
                f"SELECT table, name, expr FROM system.data_skipping_indices {where} ORDER BY table, name"  # noqa: S608
            ).result_rows:
                if name in tables:
                    tables[name].indexes.append(IndexInfo(index, [expression], False))
        except Exception as error:
            raise self._failed(error) from None
        return {"tables": [asdict(one) for one in tables.values()]}

    def _failed(self, error: BaseException, *, connecting: bool = False) -> DatabaseFailed:
        message = " ".join(str(error).split()) or type(error).__name__
        server_message = SERVER_MESSAGE.search(message)
        kind: FailureKind = "failed"
        if DENIED.search(message):
            kind = "denied"
        elif TIMED_OUT.search(message):
            kind = "time"
        elif TOO_LARGE.search(message):
            kind = "size"
        elif CANCELLED.search(message):
            kind = "cancelled"
        elif connecting or "Code:" not in message:
            return DatabaseFailed(
                "unreachable", f"ClickHouse at {self.target.place} cannot be reached: {message[:500]}"
            )
        return DatabaseFailed(kind, (server_message[1] if server_message else message)[:500])


def type_of(kind: str) -> str:
    """The type name (see `session.Column`) of a ClickHouse type."""
    inner = WRAPPED.match(kind)
    if inner is not None:
        return type_of(inner[1])
    for names in (NUMBER_TYPES, TYPES):
        for name, type_name in names.items():
            if kind.startswith(name) and (name != "Int" or not kind.startswith("Interval")):
                return type_name
    return "other"


def _bound(sql: str, values: Sequence[Any]) -> tuple[str, dict[str, Any]]:
    """The statement with ClickHouse's query parameters. Raises DatabaseFailed."""
    marks = [f"{{p{at}:{PARAMETER_TYPES.get(value.__class__, 'Nullable(String)')}}}" for at, value in enumerate(values)]
    return join_parts(split_at_placeholders(sql, values), marks), {f"p{at}": value for at, value in enumerate(values)}
