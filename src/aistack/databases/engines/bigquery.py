"""BigQuery, through Google's client.

Protection: a dry run first, in which BigQuery reports the kind of the statement and how much it would read; limits on
bytes billed and time for each job; cancelling cancels the job.
"""

import contextlib
import json
import re
import time
import uuid
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from aistack.databases.engines.blocking import StreamedRows
from aistack.databases.placeholders import split_at_placeholders
from aistack.databases.schema import ColumnInfo, ForeignKey, TableInfo
from aistack.databases.session import DatabaseFailed, FailureKind
from aistack.databases.target import Target

PAGE_ROWS = 5_000
BYTES_BILLED_MAX = 100 << 30
TABLES_MAX = 5_000
TYPES = {
    "STRING": "text", "BYTES": "binary", "INTEGER": "integer", "INT64": "integer", "FLOAT": "float",
    "FLOAT64": "float", "NUMERIC": "decimal", "BIGNUMERIC": "decimal", "BOOLEAN": "boolean", "BOOL": "boolean",
    "TIMESTAMP": "timestamp", "DATETIME": "timestamp", "DATE": "date", "TIME": "time", "INTERVAL": "interval",
    "JSON": "json", "RECORD": "json", "STRUCT": "json", "GEOGRAPHY": "text",
}  # fmt: skip
PARAMETER_TYPES = {bool: "BOOL", int: "INT64", float: "FLOAT64"}
REQUEST = re.compile(r"^(?:GET|POST) \S+: ")
ADVICE = (
    "BigQuery does not report what this account may do: give it the roles BigQuery Data Viewer on the dataset and "
    "BigQuery Job User on the project, and no others"
)


class BigqueryEngine:
    """One client of a dataset. Raises DatabaseFailed when the account's key cannot be used."""

    def __init__(self, target: Target, seconds: float) -> None:
        from google.cloud import bigquery

        self.target, self._seconds = target, seconds
        self._library: Any = bigquery
        self.project, _, self.dataset = target.database.partition(".")
        self._bytes_max = int(target.options.get("bytes_billed_max", BYTES_BILLED_MAX))
        self._job: Any = None
        try:
            options: Any = {"api_endpoint": _endpoint(target)} if target.host else None
            self._client: Any = self._library.Client(
                project=self.project, credentials=_credentials(target), location=target.options.get("location"),
                client_options=options,
            )  # fmt: skip
            self._client.query_and_wait("SELECT 1", wait_timeout=seconds, retry=None, job_retry=None)
        except ImportError:
            raise
        except Exception as error:  # the client also raises errors that are not its own
            raise self._failed(error, connecting=True) from None

    @contextmanager
    def statement(self, sql: str, values: Sequence[Any], mode: str, seconds: float) -> Generator[StreamedRows]:
        if mode != "read":
            raise DatabaseFailed("denied", "BigQuery cannot preview changes; statements that write are not allowed")
        statement, parameters = self._parameters(sql, values)
        try:
            self._check(statement, parameters)
            job_config = self._configuration(
                parameters, maximum_bytes_billed=self._bytes_max, job_timeout_ms=int(seconds * 1000)
            )
            self._job = self._client.query(
                statement, job_config, job_id=f"ai-stack-{uuid.uuid4().hex}", job_retry=None, retry=None
            )
            rows = self._job.result(page_size=PAGE_ROWS, timeout=seconds)
            yield StreamedRows([(str(one.name), type_of(one)) for one in rows.schema], rows)
        except DatabaseFailed:
            raise
        except Exception as error:
            raise self._failed(error) from None
        finally:
            self._job = None

    def _check(self, sql: str, parameters: list[Any]) -> None:
        """A dry run. Raises DatabaseFailed unless the statement is a query within the limit on bytes billed."""
        dry_run = self._client.query(sql, self._configuration(parameters, dry_run=True), job_retry=None, retry=None)
        if dry_run.statement_type not in (None, "SELECT"):
            raise DatabaseFailed("denied", f"BigQuery reads this statement as {dry_run.statement_type}, not as a query")
        if (dry_run.total_bytes_processed or 0) > self._bytes_max:
            message = (
                f"it would read {dry_run.total_bytes_processed} bytes; "
                f"at most {self._bytes_max} are allowed (bytes_billed_max)"
            )
            raise DatabaseFailed("size", message)

    def _configuration(self, parameters: list[Any], **given: Any) -> Any:
        default = f"{self.project}.{self.dataset}" if self.dataset else None
        return self._library.QueryJobConfig(
            query_parameters=parameters, default_dataset=default, use_legacy_sql=False, **given
        )

    def _parameters(self, sql: str, values: Sequence[Any]) -> tuple[str, list[Any]]:
        parts, scalar = split_at_placeholders(sql, values), self._library.ScalarQueryParameter
        return "?".join(parts), [
            scalar(None, PARAMETER_TYPES.get(value.__class__, "STRING"), value) for value in values
        ]

    def cancel(self) -> None:
        with contextlib.suppress(Exception):  # it may have ended already
            if self._job is not None:
                self._client.cancel_job(self._job.job_id, location=self._job.location, retry=None)

    def probe(self) -> dict[str, Any]:
        try:
            begun = time.perf_counter()
            self._client.query_and_wait("SELECT 1", wait_timeout=self._seconds, retry=None, job_retry=None)
        except Exception as error:
            raise self._failed(error) from None
        latency = round((time.perf_counter() - begun) * 1000, 2)
        found = {"server": "BigQuery", "latency_ms": latency, "may_write": None, "warnings": [ADVICE], "refused": []}
        return dict[str, Any](found)

    def schema(self) -> dict[str, Any]:
        tables: list[TableInfo] = []
        try:
            listed = (
                [self.dataset] if self.dataset else [one.dataset_id for one in self._client.list_datasets(retry=None)]
            )
            for dataset in listed:
                found = self._client.list_tables(f"{self.project}.{dataset}", max_results=TABLES_MAX, retry=None)
                tables += [self._table(one.reference) for one in found]
        except Exception as error:
            raise self._failed(error) from None
        return {"tables": [asdict(one) for one in sorted(tables, key=lambda one: one.name)]}

    def _table(self, reference: Any) -> TableInfo:
        about = self._client.get_table(reference, retry=None)
        name = about.table_id if about.dataset_id == self.dataset else f"{about.dataset_id}.{about.table_id}"
        kind = "view" if "VIEW" in str(about.table_type) else "table"
        table = TableInfo(name, kind, about.description or "", about.num_rows)
        for field in about.schema:
            shown = f"ARRAY<{field.field_type}>" if field.mode == "REPEATED" else field.field_type
            table.columns.append(ColumnInfo(field.name, shown, field.mode != "REQUIRED", "", field.description or ""))
        keys = getattr(about, "table_constraints", None)
        if keys is not None and keys.primary_key is not None:
            table.primary_key = list(keys.primary_key.columns)
        for key in (keys.foreign_keys if keys is not None else None) or ():
            pairs = [(one.referencing_column, one.referenced_column) for one in key.column_references]
            other = key.referenced_table.table_id
            table.foreign_keys.append(ForeignKey([one for one, _ in pairs], other, [one for _, one in pairs]))
        return table

    def _failed(self, error: BaseException, *, connecting: bool = False) -> DatabaseFailed:
        text = REQUEST.sub("", str(getattr(error, "message", error)))
        message = " ".join(text.split())[:500] or type(error).__name__
        code = getattr(error, "code", None)
        kind: FailureKind = "failed"
        if code in (401, 403):
            kind = "denied"
        elif isinstance(error, TimeoutError) or "timed out" in message or "timeout" in message.lower():
            kind = "unreachable" if connecting else "time"
        elif connecting or code is None or code >= 500:
            kind = "unreachable"
        if kind == "unreachable":
            message = f"BigQuery at {self.target.place} cannot be reached: {message}"
        return DatabaseFailed(kind, message)


def type_of(field: Any) -> str:
    """The type name (see `session.Column`) of a field."""
    return "array" if field.mode == "REPEATED" else TYPES.get(field.field_type, "other")


def _endpoint(target: Target) -> str:
    return f"{'http' if target.tls == 'off' else 'https'}://{target.host}:{target.port}"


def _credentials(target: Target) -> Any:
    """Raises ValueError for a password that is not a service account key."""
    if not target.password:  # an emulator
        from google.auth.credentials import AnonymousCredentials

        return AnonymousCredentials()
    from google.oauth2 import service_account

    library: Any = service_account
    return library.Credentials.from_service_account_info(json.loads(target.password))
