"""The process in which tables of uploaded files are opened and asked with SQL: DuckDB in memory, without any access to
files, network or settings once they are loaded.
"""

import datetime
import decimal
import re
from pathlib import Path
from typing import Any

from aistack.chassis.runtime.worker_serving import serve

SHEETS_MAX, COLUMNS_MAX, CELL_CHARACTERS_MAX = 50, 500, 2_000
SHOWN_ROWS = 20
MEMORY = "512MB"
READERS = {
    "text/csv": "read_csv(?, all_varchar=false, sample_size=20480, null_padding=true, strict_mode=false)",
    "text/tab-separated-values": "read_csv(?, delim='\t', null_padding=true, strict_mode=false)",
    "application/vnd.apache.parquet": "read_parquet(?)",
}
SELECTING = ("SELECT", "EXPLAIN")

_opened: dict[str, Any] = {}  # the tables of the last request, so that the next question does not load them again


class TableProblem(Exception):
    """The message says what is wrong with a file or a statement."""


def asked(request: dict[str, Any]) -> dict[str, Any]:
    """With `sql`: `columns`, `rows`, and whether they are `cut`. Without: `tables` with columns, counts and first rows.

    `files` are dicts of path, name and media_type.
    """
    try:
        connection, tables = _connection(request["files"])
        if "sql" not in request:
            return {"tables": [_described(connection, *one) for one in tables]}
        return _answer(connection, str(request["sql"]), int(request["rows_max"]))
    except TableProblem as problem:
        return {"error": str(problem)}
    except MemoryError:
        return {"error": "the table needs more memory than is allowed"}
    except Exception as error:
        return {"error": str(error)[:1_000]}


def _connection(files: list[dict[str, str]]) -> tuple[Any, list[tuple[str, str]]]:
    """A database with the tables of the files, and each table's name with that of its file and sheet."""
    import duckdb

    key = repr(files)
    if key in _opened:
        return _opened[key]
    for held, _ in _opened.values():
        held.close()
    _opened.clear()
    connection: Any = duckdb.connect(":memory:", config={"threads": 1, "memory_limit": MEMORY, "temp_directory": ""})
    tables: list[tuple[str, str]] = []
    for file in files:
        tables += _load(connection, file, {name for name, _ in tables})
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    _opened[key] = connection, tables
    return _opened[key]


def _load(connection: Any, file: dict[str, str], taken: set[str]) -> list[tuple[str, str]]:
    reader = READERS.get(file["media_type"])
    if reader is None:
        return _load_sheets(connection, file, taken)
    name = _table_name(Path(file["name"]).stem, taken)
    path = file["path"]
    if file["media_type"].startswith("text/"):
        path = _as_utf8(Path(path), file["copy"])
    connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM {reader}', [path])  # noqa: S608 -- own names
    return [(name, file["name"])]


def _as_utf8(path: Path, copy: str) -> str:
    """The path of the text in UTF-8: the file itself, or a copy."""
    content = path.read_bytes()
    try:
        content.decode("utf-8")
        return str(path)
    except UnicodeDecodeError:
        encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "gb18030"
    try:
        Path(copy).write_text(content.decode(encoding), "utf-8")
    except UnicodeDecodeError:
        Path(copy).write_text(content.decode("latin-1"), "utf-8")
    return copy


def _load_sheets(connection: Any, file: dict[str, str], taken: set[str]) -> list[tuple[str, str]]:
    import python_calamine

    calamine: Any = python_calamine.CalamineWorkbook
    workbook: Any = calamine.from_path(file["path"])
    loaded: list[tuple[str, str]] = []
    for sheet in workbook.sheet_names[:SHEETS_MAX]:
        rows = [row for row in workbook.get_sheet_by_name(sheet).to_python() if any(one != "" for one in row)]
        if not rows:
            continue
        width = min(COLUMNS_MAX, max(map(len, rows)))
        stem = Path(file["name"]).stem
        name = _table_name(
            stem if len(workbook.sheet_names) == 1 else f"{stem}_{sheet}", taken | {n for n, _ in loaded}
        )
        head, body = _heading(rows, width)
        columns = ", ".join(
            f'"{title}" {_column_type([row[at] if at < len(row) else "" for row in body])}'
            for at, title in enumerate(head)
        )
        connection.execute(f'CREATE TABLE "{name}" ({columns})')
        if body:
            values = [[_value(row[at]) if at < len(row) else None for at in range(width)] for row in body]
            marks = ", ".join("?" * width)
            connection.executemany(f'INSERT INTO "{name}" VALUES ({marks})', values)  # noqa: S608 -- own names
        loaded.append((name, f"{file['name']}, {sheet}"))
    if not loaded:
        raise TableProblem(f"{file['name']} has no cells with values")
    return loaded


def _heading(rows: list[list[Any]], width: int) -> tuple[list[str], list[list[Any]]]:
    """The names of the columns, and the rows below them: the first row of texts that fills most of the width."""
    at = next(
        (
            number
            for number, row in enumerate(rows[:20])
            if sum(isinstance(one, str) and one.strip() != "" for one in row) >= max(1, 0.6 * width)
        ),
        None,
    )
    first = rows[at] if at is not None else []
    names: list[str] = []
    for number in range(width):
        given = " ".join(str(first[number]).split()) if number < len(first) else ""
        name = given.replace('"', "'")[:100] or f"column{number + 1}"
        while name.lower() in (one.lower() for one in names):
            name = f"{name}_{number + 1}"
        names.append(name)
    return names, rows[at + 1 :] if at is not None else rows


def _column_type(values: list[Any]) -> str:
    kinds: set[type[Any]] = {type(one) for one in values if one != "" and one is not None}
    if kinds and kinds <= {bool}:
        return "BOOLEAN"
    if kinds and kinds <= {int, float}:
        whole = all(float(one).is_integer() and abs(one) < 1 << 53 for one in values if isinstance(one, int | float))
        return "BIGINT" if whole else "DOUBLE"
    if kinds == {datetime.date}:
        return "DATE"
    if kinds and kinds <= {datetime.date, datetime.datetime}:
        return "TIMESTAMP"
    return "VARCHAR"


def _value(given: Any) -> Any:
    if given == "":
        return None
    return str(given) if isinstance(given, datetime.timedelta) else given


def _table_name(given: str, taken: set[str]) -> str:
    base = re.sub(r"\W+", "_", given).strip("_").lower()[:60] or "table"
    name, number = base, 2
    while name in taken:
        name, number = f"{base}_{number}", number + 1
    return name


def _described(connection: Any, name: str, source: str) -> dict[str, Any]:
    count = connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608 -- own names
    columns = [(row[0], row[1]) for row in connection.execute(f'DESCRIBE "{name}"').fetchall()]
    rows = connection.execute(f'SELECT * FROM "{name}" LIMIT {SHOWN_ROWS}').fetchall()  # noqa: S608 -- own names
    return {
        "table": name, "source": source, "rows": count, "columns": columns,
        "first": [[_shown(one) for one in row] for row in rows],
    }  # fmt: skip


def _answer(connection: Any, sql: str, rows_max: int) -> dict[str, Any]:
    statements = connection.extract_statements(sql)
    if len(statements) != 1:
        raise TableProblem("send exactly one statement")
    kind = str(statements[0].type).rpartition(".")[2]
    if kind not in SELECTING:
        raise TableProblem(f"only SELECT can be run on attached tables, not {kind}")
    result = connection.execute(statements[0])
    columns = [one[0] for one in result.description]
    rows = result.fetchmany(rows_max + 1)
    return {
        "columns": columns, "cut": len(rows) > rows_max,
        "rows": [[_shown(one) for one in row] for row in rows[:rows_max]],
    }  # fmt: skip


def _shown(value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else str(value)
    if isinstance(value, decimal.Decimal):
        return float(value)
    return str(value)[:CELL_CHARACTERS_MAX]


if __name__ == "__main__":
    serve(asked)
