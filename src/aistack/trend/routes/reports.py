"""HTTP endpoints for reports and their schedules."""

import asyncio
import importlib
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse, PlainTextResponse

from aistack.access.collections import COLLECTION, Collections
from aistack.access.rules import needs
from aistack.chassis.errors import NotFound, Problem
from aistack.stores.records import AnyRow
from aistack.trend.delivery.wire import Options
from aistack.trend.reports.rendering import Html, charts_of, markdown_of
from aistack.trend.reports.report_schedules import ReportSchedules
from aistack.trend.reports.reports import Reports
from aistack.trend.reports.wire import (
    Changes,
    Content,
    NewReportSchedule,
    ReportDetail,
    ReportRequest,
    ReportScheduleView,
    ReportView,
)
from aistack.trend.routes.sources import Reference

Format = Literal["json", "html", "markdown", "pdf"]
PAGE_POLICY = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:"}
NO_PDF = (
    "PDF needs WeasyPrint: run `pip install weasyprint` (and `apt install libpango-1.0-0 fonts-noto-cjk`), or print "
    "the HTML report to PDF from a browser"
)


def report_routes(reports: Reports, schedules: ReportSchedules, collections: Collections) -> APIRouter:
    """`/v1/trend/report/generate`, `/v1/trend/reports` and `/v1/trend/report-schedules`."""
    router = APIRouter(prefix="/v1/trend", tags=["trend"])

    @router.post("/report/generate", status_code=201, dependencies=[needs(COLLECTION, "view")])
    async def generate_report(request: ReportRequest) -> ReportDetail:
        """Writes and keeps a report on a window that ends now: findings first, with evidence."""
        return _detail(await reports.generate((await collections.find(request.collection)).id, request))

    @router.get("/reports", dependencies=[needs(COLLECTION, "view")])
    async def list_reports(collection: Reference = "default") -> list[ReportView]:
        """The newest 500 reports, newest first."""
        return [report_view(row) for row in await reports.of((await collections.find(collection)).id)]

    @router.get("/reports/{report_id}", dependencies=[needs(COLLECTION, "view")], response_model=ReportDetail)
    async def show_report(
        report_id: str, collection: Reference = "default", written: Annotated[Format, Query(alias="format")] = "json"
    ) -> ReportDetail | Response:
        """A report as JSON, as HTML that stands alone, as Markdown, or as PDF."""
        row = await reports.find((await collections.find(collection)).id, report_id)
        if written == "json":
            return _detail(row)
        content, topic_url = Content(**row.content), f"/v1/trend/topics/{{}}?collection={collection}"
        if written == "markdown":
            return PlainTextResponse(markdown_of(content, topic_url), media_type="text/markdown; charset=utf-8")
        page = Html(content, topic_url).write()
        if written == "html":
            return HTMLResponse(page, headers=PAGE_POLICY)
        return Response(await asyncio.to_thread(_pdf, page), media_type="application/pdf")

    @router.get("/reports/{report_id}/charts/{chart}", dependencies=[needs(COLLECTION, "view")])
    async def show_chart(report_id: str, chart: str, collection: Reference = "default") -> Response:
        """A chart of a report as SVG: volume, growth or sources."""
        row = await reports.find((await collections.find(collection)).id, report_id)
        charts = charts_of(Content(**row.content))
        name = chart.removesuffix(".svg")
        if name not in charts:
            raise NotFound(f"there is no chart {chart}; there are {', '.join(charts)}")
        return Response(charts[name], media_type="image/svg+xml", headers=PAGE_POLICY)

    @router.get("/reports/{report_id}/changes", dependencies=[needs(COLLECTION, "view")])
    async def compare_reports(
        report_id: str, since: Annotated[str, Query(max_length=12)], collection: Reference = "default"
    ) -> Changes:
        """What changed since an earlier report that was asked for the same."""
        return await reports.compared((await collections.find(collection)).id, report_id, since)

    @router.delete("/reports/{report_id}", status_code=204, dependencies=[needs(COLLECTION, "view")])
    async def delete_report(report_id: str, collection: Reference = "default") -> None:
        """Deletes a report of yours."""
        await reports.remove((await collections.find(collection)).id, report_id)

    @router.get("/report-schedules", dependencies=[needs(COLLECTION, "view")])
    async def list_report_schedules(collection: Reference = "default") -> list[ReportScheduleView]:
        return [_schedule(row) for row in await schedules.of((await collections.find(collection)).id)]

    @router.post("/report-schedules", status_code=201, dependencies=[needs(COLLECTION, "view")])
    async def schedule_report(new: NewReportSchedule) -> ReportScheduleView:
        """Writes a report again and again, and tells one of your subscribers its findings if you name one."""
        return _schedule(await schedules.add((await collections.find(new.report.collection)).id, new))

    @router.post("/report-schedules/{schedule_id}/run", status_code=202, dependencies=[needs(COLLECTION, "view")])
    async def run_schedule(schedule_id: str, collection: Reference = "default") -> None:
        """Writes the report now, besides its schedule."""
        row = await schedules.find((await collections.find(collection)).id, schedule_id)
        await schedules.run_soon(row.id)

    @router.delete("/report-schedules/{schedule_id}", status_code=204, dependencies=[needs(COLLECTION, "view")])
    async def delete_schedule(schedule_id: str, collection: Reference = "default") -> None:
        """Deletes a schedule of yours. Its reports stay."""
        row = await schedules.find((await collections.find(collection)).id, schedule_id)
        await schedules.remove_any(row.id)

    return router


def _pdf(page: str) -> bytes:
    try:
        weasyprint: Any = importlib.import_module("weasyprint")  # optional
    except (ImportError, OSError):  # the latter without Pango
        raise Problem(NO_PDF, code="not-available", status=501) from None
    return weasyprint.HTML(string=page, url_fetcher=_no_fetch).write_pdf()


def _no_fetch(url: str, *_: object, **__: object) -> dict[str, object]:
    raise ValueError(f"a report has nothing to fetch, not {url}")


def report_view(row: AnyRow) -> ReportView:
    return ReportView(
        id=row.id, title=row.title, owner=row.owner, report_type=row.request["report_type"],
        window=row.request["window"], language=row.request["language"], previous=row.previous,
        created_at=row.created_at,
    )  # fmt: skip


def _detail(row: AnyRow) -> ReportDetail:
    return ReportDetail(**dict(report_view(row)), content=Content(**row.content), inputs=row.inputs)


def _schedule(row: AnyRow) -> ReportScheduleView:
    options = Options(**row.options)
    return ReportScheduleView(
        id=row.id, name=row.name, owner=row.owner, report=ReportRequest(**row.request), schedule=options.schedule,
        zone=options.zone, subscriber=row.subscriber_id, last_report=row.last_report, error=row.error,
        due_at=row.due_at,
    )  # fmt: skip
