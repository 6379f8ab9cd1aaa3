"""The process that reads what sources send and computes topics, outside the service: input is untrusted, work is heavy.

Requests have a `task`: `read` a response, `analyze` documents that were pushed, `settle` the topics of a window.
"""

import base64
from typing import Any

from aistack.chassis.runtime.worker_processes import serve
from aistack.trend.feeds.wire_form import read

MODULE = "aistack.trend.trend_worker"


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """The result of a task, or `{"error": ...}`."""
    task = request.pop("task")
    if task == "settle":
        return _settled(request["documents"])
    if task == "analyze":
        return {"documents": [_analyzed(one["title"], one["text"]) for one in request["documents"]]}
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


def _settled(documents: list[dict[str, Any]]) -> dict[str, Any]:
    from aistack.trend.topics.clustering import StreamDocument
    from aistack.trend.topics.settlement import WindowDocument, settlement_of

    settlement = settlement_of(
        [
            WindowDocument(
                StreamDocument(one["key"], one["at"], one["digest"], one["terms"]),
                one["title"],
                base64.b64decode(one["signature"]),
            )
            for one in documents
        ]
    )
    return {
        "topics": [{"keys": one.keys, "name": one.name, "key_terms": one.key_terms} for one in settlement.topics],
        "copies": [[copy, original] for copy, original in settlement.copies.items()],
    }


if __name__ == "__main__":
    serve(answer)
