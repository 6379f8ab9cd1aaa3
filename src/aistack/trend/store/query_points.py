"""Series from connected databases: a statement that is run on a schedule, with the rights of the source's owner."""

import json
from typing import Any

from aistack.access.directory import Directory
from aistack.chassis.errors import Forbidden, InvalidInput, Problem
from aistack.chassis.identity import on_behalf
from aistack.query.client import QueryClient
from aistack.query.wire import QueryAnswer
from aistack.stores.records import AnyRow
from aistack.trend.store.pushes import SeriesPushes

ROWS_MAX = 100_000
VALUE_COLUMNS_MAX = 50


class QueryPoints:
    """`secret` signs on whose behalf the service calls; empty while identity is off."""

    def __init__(
        self, queries: QueryClient, directory: Directory, pushes: SeriesPushes, secret: str, service: str
    ) -> None:
        self._queries = queries
        self._directory = directory
        self._pushes = pushes
        self._secret = secret
        self._service = service

    async def read(self, source: AnyRow) -> tuple[int, list[str]]:
        """Runs the source's statement, and stores its rows as points.

        Returns how many points are new, and what was odd. Raises Forbidden where the owner may not run it any more.
        """
        query: dict[str, Any] = source.query
        who = await self._directory.principal_of(source.owner)
        if who is None:
            raise Forbidden("stopped: the person it belongs to is gone or disabled; add the source again")
        request = {
            "connection_id": query["connection_id"], "sql": query["sql"], "params": query["params"], "limit": ROWS_MAX
        }  # fmt: skip
        try:
            answer = await self._queries.run(request, on_behalf(who, self._secret, self._service, "query"))
        except Problem as problem:
            if problem.status in (403, 404):
                raise Forbidden(f"stopped: {problem.detail}") from None
            raise
        if answer.error:
            raise InvalidInput(f"the rows are incomplete: {answer.error}")
        notes = [f"only the first {len(answer.rows)} rows were read"] if answer.truncated else []
        if not answer.rows:
            return 0, [*notes, "there were no rows"]
        content = json.dumps({"series": columns_as_series(answer, query)}).encode()
        pushed = await self._pushes.add(source.collection_id, content, "json", query["series"], {}, source.id)
        odd = [f"{one.name}: {said['text']}" for one in pushed for said in one.statements]
        return sum(one.added for one in pushed), notes + odd


def columns_as_series(answer: QueryAnswer, query: dict[str, Any]) -> list[dict[str, Any]]:
    """A series for each column of values. Raises InvalidInput for columns that do not exist."""
    names = [column.name for column in answer.columns]
    if len(names) < 2:
        raise InvalidInput("the statement must return at least two columns, time and value")
    time_column = query.get("time_column") or names[0]
    value_columns = query.get("value_columns") or [name for name in names if name != time_column]
    missing = [name for name in (time_column, *value_columns) if name not in names]
    if missing:
        raise InvalidInput(f"the statement returns no column {missing[0]}; it returns {', '.join(names[:20])}")
    if len(value_columns) > VALUE_COLUMNS_MAX:
        raise InvalidInput(f"the statement returns more than {VALUE_COLUMNS_MAX} columns of values; name those wanted")
    at = names.index(time_column)
    return [
        {
            "name": query["series"] if len(value_columns) == 1 else f"{query['series']}: {name}",
            "points": [[row[at], row[names.index(name)]] for row in answer.rows],
        }
        for name in value_columns
    ]
