"""Results of queries for unit tests."""

from aistack.query.wire import QueryAnswer


def result(columns: list[tuple[str, str]], rows: list[list]) -> QueryAnswer:
    return QueryAnswer(
        query_id="q", columns=[{"name": name, "type": kind} for name, kind in columns], rows=rows,
        row_count=len(rows), truncated="", elapsed_ms=1,
    )  # fmt: skip
