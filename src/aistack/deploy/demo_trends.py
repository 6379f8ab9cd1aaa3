"""The demo of trends: news of made-up towns and numbers of a made-up shop, up to now."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from importlib.resources import files

from aistack.chassis.errors import Problem
from aistack.trend.client import TrendClient
from aistack.trend.wire import NewDocuments, PushedDocument

ABSENT = (404, 502, 503)  # no such service, or it was not started


async def load_trends(gateway_url: str, api_key: str) -> None:
    """Pushes news and series that end now, where the stack has trends. Failures raise Problem."""
    now = datetime.now(UTC)
    async with TrendClient(gateway_url, api_key) as trend:
        try:
            await trend.push_documents(demo_news(now))
        except Problem as problem:
            if problem.status in ABSENT:
                return
            raise
        await trend.push_csv(demo_series(now))


def demo_news(now: datetime) -> NewDocuments:
    lines = files("aistack.demo").joinpath("trends/news.jsonl").read_text("utf-8").splitlines()
    documents: list[PushedDocument] = []
    for line in lines:
        item = json.loads(line)
        item["published_at"] = now - timedelta(hours=item.pop("hours_ago"))
        documents.append(PushedDocument.model_validate(item))
    return NewDocuments(documents=documents, category="news")


def demo_series(now: datetime) -> str:
    """CSV with a column `time`, a day a line."""
    rows = list(csv.reader(files("aistack.demo").joinpath("trends/series.csv").read_text("utf-8").splitlines()))
    table = io.StringIO()
    written = csv.writer(table, lineterminator="\n")
    written.writerow(["time", *rows[0][1:]])
    written.writerows([(now - timedelta(days=int(days))).date().isoformat(), *values] for days, *values in rows[1:])
    return table.getvalue()
