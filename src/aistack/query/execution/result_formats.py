"""Result formats: JSON, NDJSON, CSV (RFC 4180), Arrow IPC and Parquet, each encoded while the rows arrive."""

import asyncio
import csv
import importlib
import io
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

from fastapi.responses import Response, StreamingResponse

from aistack.databases.arrow.columns import ArrowRows
from aistack.databases.session import DatabaseFailed, Row
from aistack.query.execution.runner import Execution, database_problem
from aistack.query.wire import CsvOptions, Format

MEDIA_TYPES: dict[Format, str] = {
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8",
    "arrow": "application/vnd.apache.arrow.stream",
    "parquet": "application/vnd.apache.parquet",
}
FILE_NAMES: dict[Format, str] = {"csv": "result.csv", "arrow": "result.arrow", "parquet": "result.parquet"}
ROW_GROUP_ROWS = 50_000
DEFAULT_CSV = CsvOptions()
BYTE_ORDER_MARK = "\ufeff"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
NUMBERS = ("integer", "float", "decimal", "money")
NEVER_FORMULAS = (*NUMBERS, "boolean", "date", "time", "timestamp", "interval", "binary", "uuid")
PLAIN_IN_CSV = (*NUMBERS, "text", "date", "time", "timestamp", "interval", "uuid", "binary")
ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def encoded(execution: Execution, form: Format, options: CsvOptions = DEFAULT_CSV) -> AsyncIterator[bytes]:
    """The result in chunks. A failure on the way ends JSON and NDJSON with an `error`; the other formats break off."""
    if execution.raw:
        return execution.batches()
    if form == "json":
        return _json(execution)
    if form == "ndjson":
        return _ndjson(execution)
    if form == "csv":
        return _csv(execution, options)
    return _arrow(execution, form)


async def streaming_response(execution: Execution, form: Format, options: CsvOptions = DEFAULT_CSV) -> Response:
    """The result as a streaming response, once its first chunk is there. Raises Problem."""
    headers = {"x-query-id": execution.id}
    if form in FILE_NAMES:
        headers["content-disposition"] = f'attachment; filename="{FILE_NAMES[form]}"'
    chunks = encoded(execution, form, options)
    try:
        first = await anext(chunks, b"")
    except DatabaseFailed as error:
        raise database_problem(error) from None
    return StreamingResponse(_joined(first, chunks), media_type=MEDIA_TYPES[form], headers=headers)


async def _joined(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        if chunk:
            yield chunk


async def _json(execution: Execution) -> AsyncIterator[bytes]:
    columns = [{"name": one.name, "type": one.type} for one in execution.columns]
    yield b'{"query_id":"%b","columns":%b,"rows":[' % (execution.id.encode(), _json_bytes(columns))
    first, error = True, ""
    try:
        async for batch in execution.batches():
            rows = _json_bytes(batch)[1:-1]
            yield rows if first else b"," + rows
            first = False
    except DatabaseFailed as failed:
        error = str(failed)
    summary = {
        "row_count": execution.rows, "truncated": execution.truncated, "changed": execution.changed,
        "applied": execution.mode == "apply" and not error, "elapsed_ms": execution.elapsed_ms, "error": error,
    }  # fmt: skip
    yield b"]," + _json_bytes(summary)[1:]


async def _ndjson(execution: Execution) -> AsyncIterator[bytes]:
    """A line with the columns, a line for each row, and a line with the outcome."""
    columns = [{"name": one.name, "type": one.type} for one in execution.columns]
    yield _json_bytes({"query_id": execution.id, "columns": columns}) + b"\n"
    error = ""
    try:
        async for batch in execution.batches():
            yield b"".join(_json_bytes(row) + b"\n" for row in batch)
    except DatabaseFailed as failed:
        error = str(failed)
    end = {"row_count": execution.rows, "truncated": execution.truncated, "elapsed_ms": execution.elapsed_ms}
    yield _json_bytes(end | {"error": error}) + b"\n"


async def _csv(execution: Execution, options: CsvOptions) -> AsyncIterator[bytes]:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=options.delimiter, lineterminator="\r\n")
    out.write(BYTE_ORDER_MARK if options.bom else "")
    if options.header:
        names = [one.name for one in execution.columns]
        writer.writerow([_defused(one) for one in names] if options.defuse_formulas else names)
    texts = [options.defuse_formulas and one.type not in NEVER_FORMULAS for one in execution.columns]
    changing = options.null or any(texts) or any(one.type not in PLAIN_IN_CSV for one in execution.columns)
    async for batch in execution.batches():
        writer.writerows(_csv_row(row, texts, options.null) for row in batch) if changing else writer.writerows(batch)
        yield out.getvalue().encode("utf-8", "replace")
        out.seek(0)
        out.truncate()
    if out.tell():
        yield out.getvalue().encode("utf-8", "replace")


def _csv_row(row: Row, texts: Sequence[bool], null: str) -> list[Any]:
    return [_csv_cell(cell, is_text, null) for cell, is_text in zip(row, texts, strict=True)]


def _csv_cell(cell: Any, is_text: bool, null: str) -> Any:
    if cell is None:
        return null
    if isinstance(cell, list | dict | bool):
        return ENCODER.encode(cell)
    return _defused(cell) if is_text and isinstance(cell, str) else cell


def _defused(text: str) -> str:
    """A text that no spreadsheet takes for a formula (OWASP, "CSV Injection")."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _json_bytes(what: Any) -> bytes:
    return ENCODER.encode(what).encode("utf-8", "replace")


async def _arrow(execution: Execution, form: Format) -> AsyncIterator[bytes]:
    """Record batches with the columns' types, as an IPC stream or as row groups of a Parquet file."""
    import pyarrow  # pyright: ignore[reportMissingTypeStubs] -- it has none

    encoder, sink = ArrowRows(execution.columns, unique_names=form == "parquet"), _Sink()
    writer: Any = None
    pending: list[Row] = []

    def write(is_last: bool) -> bytes:
        nonlocal writer
        if writer is None:
            encoder.settle(pending, is_last)
            writer = _writer(pyarrow, sink, encoder.schema, form)
        if pending or not is_last:
            writer.write_batch(encoder.encode(pending))
        if is_last:
            writer.close()
        return sink.take()

    async for batch in execution.batches():
        if len(pending) >= ROW_GROUP_ROWS:
            yield await asyncio.to_thread(write, False)
            pending = []
        pending.extend(batch)
    yield await asyncio.to_thread(write, True)


class _Sink(io.RawIOBase):
    """A writable file whose contents are taken out as they are written."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._length = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        self._length += len(data)
        return len(data)

    def tell(self) -> int:
        return self._length

    def take(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


def _writer(pa: Any, sink: _Sink, schema: Any, form: Format) -> Any:
    if form == "arrow":
        return pa.ipc.new_stream(sink, schema)
    parquet: Any = importlib.import_module("pyarrow.parquet")
    return parquet.ParquetWriter(sink, schema, compression="zstd")
