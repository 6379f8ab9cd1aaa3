"""The process that reads what sources send and computes topics, outside the service: input is untrusted, work is heavy.

Requests have a `task`: `read` a response, `analyze` documents that were pushed, `settle` the topics of a window,
`explain` a document's topic; the tasks of series are those of `series_tasks`.
"""

import base64
import importlib
import os
from pathlib import Path
from typing import Any

from aistack.chassis.runtime.worker_serving import serve
from aistack.trend.feeds.wire_form import read

MODULE = "aistack.trend.trend_worker"
SERIES_TASKS = {  # module and function, imported when asked for
    "series": ("series_tasks.analysis_task", "analysis_of"),
    "forecast": ("series_tasks.forecast_task", "forecast_of"),
    "backtest": ("series_tasks.forecast_task", "backtest_of"),
    "scenario": ("series_tasks.forecast_task", "scenario_of"),
    "compare": ("series_tasks.comparison_task", "compared"),
    "periods": ("series_tasks.comparison_task", "periods_compared"),
    "score": ("series_tasks.scoring_task", "scored"),
    "acknowledge": ("series_tasks.scoring_task", "acknowledged"),
    "points": ("series_tasks.pushed", "pushed_of"),
    "days": ("calendar.known_days", "days_asked"),
}


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """The result of a task, or `{"error": ...}`."""
    task = request.pop("task")
    if task == "settle":
        from aistack.trend.topics.settlement import settle_file

        return settle_file(Path(request["given"]), Path(request["answer"]))
    if task == "explain":
        from aistack.trend.topics.explanation import explained

        return explained(request["lines"], request["key"], request["texts"])
    if task == "analyze":
        return {"documents": [_analyzed(one["title"], one["text"]) for one in request["documents"]]}
    if task in SERIES_TASKS:
        module, name = SERIES_TASKS[task]
        try:
            return getattr(importlib.import_module(f"aistack.trend.{module}"), name)(request)
        except ValueError as error:
            return {"error": str(error)}
    contents = read(request)
    for item in contents.get("items", ()):
        item["analysis"] = _analyzed(item["title"], item["text"])
    return contents


def _analyzed(title: str, text: str) -> dict[str, Any]:
    from aistack.trend.topics.near_duplicates import signature
    from aistack.trend.topics.terms import document_terms

    return {
        "terms": document_terms(title, text),
        "signature": base64.b64encode(signature(title, text)).decode(),
    }


if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # whose threads reserve memory, up to the limit
    serve(answer)
