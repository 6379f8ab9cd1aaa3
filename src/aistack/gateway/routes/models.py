"""`/gateway/models` and `/gateway/usage`: the model table, and what keys used of it. For administrators."""

import csv
import io
import re
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Request, Response

from aistack.chassis.errors import InvalidInput
from aistack.chassis.identity import principal
from aistack.gateway.models.accounting.report import UsageQuery
from aistack.gateway.models.administration import ModelAdministration
from aistack.gateway.models.table.compiled import Prices
from aistack.gateway.models.table.prices import FIELDS, NANO_PER_MILLIONTH
from aistack.gateway.routes.scope_guard import actor_of
from aistack.gateway.wire.models import ModelEntryList, ModelEntryView, ModelUpstreamView, UsageReport, UsageRow
from aistack.stack.description import ModelEntry

NANO = 1_000_000_000
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
Note = Callable[[str, str, str, str], Awaitable[None]]  # action, subject, detail and address to the audit log


def model_routes(models: ModelAdministration, guard: Callable[[], None] | None, note: Note) -> APIRouter:
    """`guard` rejects callers that are not administrators; None while identity is off."""
    router = APIRouter(prefix="/gateway", tags=["models"], dependencies=[Depends(guard)] if guard else [])

    @router.get("/models")
    async def list_models() -> ModelEntryList:
        """The model table in force, as far as it is the caller's or shared with them."""
        found = [_view(models, one) for one in models.visible(principal.get())]
        return ModelEntryList(models=found, prices_date=models.prices.date)

    @router.get("/models/{name:path}")
    async def get_model(name: str) -> ModelEntryView:
        """One entry of the model table."""
        return _view(models, models.find(name, principal.get(), "view"))

    @router.put("/models/{name:path}")
    async def put_model(name: str, entry: Annotated[Any, Body()], request: Request) -> ModelEntryView:
        """Adds or replaces an entry, in the form of `[models.NAME]`. `key` is the key itself; it is never returned."""
        who = principal.get()
        await models.put(name, entry, who)
        await note("model.put", name, "", actor_of(request.scope).address)
        return _view(models, models.find(name, who, "view"))

    @router.delete("/models/{name:path}", status_code=204)
    async def delete_model(name: str, request: Request) -> None:
        """Removes an entry that was set here; one of `stack.toml` with the same name is in force again."""
        await models.delete(name, principal.get())
        await note("model.deleted", name, "", actor_of(request.scope).address)

    async def rows_of(since: str, until: str, key: str, model: str) -> list[dict[str, Any]]:
        for day in (since, until):
            if day and not DAY.fullmatch(day):
                raise InvalidInput(f"{day!r} is not a day; write it like 2026-11-26")
        found = await (await models.usage_ledger()).usage(UsageQuery(since, until, key, model))
        for row in found:
            cost = row.pop("cost_nano")
            row["cost_usd"] = None if row["unpriced"] == row["requests"] and not cost else cost / NANO
        return found

    @router.get("/usage")
    async def usage(since: Day = "", until: Day = "", key: Name = "", model: Name = "") -> UsageReport:
        """Usage and cost by day, key, model, upstream and source, up to this moment."""
        return UsageReport(rows=[UsageRow.model_validate(row) for row in await rows_of(since, until, key, model)])

    @router.get("/usage.csv")
    async def usage_as_csv(since: Day = "", until: Day = "", key: Name = "", model: Name = "") -> Response:
        """The same as CSV."""
        out = io.StringIO()
        writer = csv.DictWriter(out, list(UsageRow.model_fields), lineterminator="\r\n")
        writer.writeheader()
        for row in await rows_of(since, until, key, model):
            writer.writerow({name: _plain(value) for name, value in row.items()})
        headers = {"content-disposition": "attachment; filename=usage.csv"}
        return Response(out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)

    return router


Day = Annotated[str, Query(max_length=10, description="a day in UTC, such as 2026-11-26")]
Name = Annotated[str, Query(max_length=128)]


def _view(models: ModelAdministration, entry: ModelEntry) -> ModelEntryView:
    return ModelEntryView(
        name=entry.name,
        alias_of=entry.alias_of,
        upstreams=[
            ModelUpstreamView(
                url=one.url,
                model=one.model or entry.name,
                has_key=models.has_key(entry, at),
                sidecar=(one.sidecar or models.own_sidecar) if one.worker else "",
                drain=one.drain,
                structured_output=one.structured_output,
                tool_choice=one.tool_choice,
                tokenize=one.tokenize,
                max_tokens_field=one.max_tokens_field,
                reasoning_field=one.reasoning_field,
            )
            for at, one in enumerate(entry.upstreams)
        ],
        fallbacks=list(entry.fallbacks),
        first_token_seconds=entry.first_token_seconds,
        seconds=entry.seconds,
        repeatable=entry.repeatable,
        context_length=entry.context_length,
        defaults=dict(entry.defaults),
        prices=_dollars(models.prices.of(entry)),
        own_prices=_own_prices(entry),
        services=entry.services,
        source=entry.source,
        replaces=models.replaced(entry.name),
        owner=models.owner_of(entry.name),
    )


def _own_prices(entry: ModelEntry) -> dict[str, float] | None:
    """Those that the entry sets, as it may be written again."""
    if entry.prices is None:
        return None
    values = {name: getattr(entry.prices, name) for name in FIELDS}
    return {name: value for name, value in values.items() if value is not None}


def _dollars(prices: Prices) -> dict[str, float | None]:
    """Per million tokens."""
    values = ((name, getattr(prices, name)) for name in FIELDS)
    return {name: None if value is None else value / NANO_PER_MILLIONTH for name, value in values}


def _plain(value: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else value
