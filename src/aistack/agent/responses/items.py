"""The output items of a response."""

from collections.abc import Mapping
from typing import Any

from aistack.agent.responses.request import LABEL


def message_item(item_id: str) -> dict[str, Any]:
    return {"id": item_id, "type": "message", "role": "assistant", "status": "in_progress", "content": []}


def text_part() -> dict[str, Any]:
    return {"type": "output_text", "text": "", "annotations": [], "logprobs": []}


def reasoning_item(item_id: str) -> dict[str, Any]:
    return {"id": item_id, "type": "reasoning", "status": "in_progress", "summary": [], "content": []}


def call_item(call_id: str, name: str, arguments: str = "", approval: str | None = None) -> dict[str, Any]:
    return {
        "id": f"mcp_{call_id}", "type": "mcp_call", "status": "in_progress", "server_label": LABEL, "name": name,
        "arguments": arguments, "approval_request_id": approval, "output": None, "error": None,
    }  # fmt: skip


def approval_item(approval: Mapping[str, Any], arguments: str) -> dict[str, Any]:
    return {
        "id": approval["id"], "type": "mcp_approval_request", "server_label": LABEL, "name": approval["tool"],
        "arguments": arguments,
    }  # fmt: skip


def annotation(citation: Mapping[str, Any], text: str, index: int) -> dict[str, Any]:
    """A citation of the whole text."""
    place, title = str(citation.get("place", "")), str(citation.get("title", ""))
    if place.startswith(("https://", "http://")):
        return {"type": "url_citation", "url": place, "title": title, "start_index": 0, "end_index": len(text)}
    return {"type": "file_citation", "file_id": place, "filename": title, "index": index}


def usage_of(used: Mapping[str, Any]) -> dict[str, Any]:
    prompt, completion = int(used.get("prompt_tokens", 0)), int(used.get("completion_tokens", 0))
    return {
        "input_tokens": prompt, "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": completion, "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": prompt + completion,
    }  # fmt: skip
