"""The events of a run as those of a response (OpenAI, Responses API). The same events give the same numbers."""

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aistack.agent.responses.items import (
    annotation,
    approval_item,
    call_item,
    message_item,
    reasoning_item,
    text_part,
    usage_of,
)

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class KnownCall:
    """A call of an earlier run of the same answer, which waited for an approval."""

    name: str
    arguments: str
    approval: str | None


class Translation:
    """`response` is the response so far; `calls` are known by their id."""

    def __init__(self, response: dict[str, Any], calls: Mapping[str, KnownCall]) -> None:
        self.response = response
        self._calls = calls
        self._items: list[dict[str, Any]] = response["output"]
        self._text: dict[str, Any] | None = None  # the message or reasoning item that is open
        self._outputs: dict[str, str] = {}
        self._citations: list[Mapping[str, Any]] = []
        self._number = -1

    def begin(self) -> Iterator[Event]:
        yield self._event("response.created", response=self._snapshot())
        yield self._event("response.in_progress", response=self._snapshot())

    def read(self, event: Mapping[str, Any]) -> Iterator[Event]:
        """What an event of the run becomes."""
        match event["type"]:
            case "TEXT_MESSAGE_START" | "REASONING_MESSAGE_START":
                yield from self._open_text(event["messageId"], is_message=event["type"] == "TEXT_MESSAGE_START")
            case "TEXT_MESSAGE_CONTENT" | "REASONING_MESSAGE_CONTENT":
                yield from self._add_text(event["delta"])
            case "TEXT_MESSAGE_END" | "REASONING_MESSAGE_END":
                yield from self._close_text("completed")
            case "TOOL_CALL_START":
                yield from self._add_call(call_item(event["toolCallId"], event["toolCallName"]))
            case "TOOL_CALL_ARGS":
                item = self._call(event["toolCallId"])
                if item is not None:
                    item["arguments"] += event["delta"]
                    yield self._of_item("response.mcp_call_arguments.delta", item, delta=event["delta"])
            case "TOOL_CALL_END":
                item = self._call(event["toolCallId"])
                if item is not None:
                    yield self._of_item("response.mcp_call_arguments.done", item, arguments=item["arguments"])
            case "TOOL_CALL_RESULT":
                self._outputs[event["toolCallId"]] = event["content"]
            case "CUSTOM":
                yield from self._custom(event["name"], event["value"])
            case "RUN_FINISHED":
                outcome = event["outcome"]["type"]
                yield from self._end("cancelled" if outcome == "cancelled" else "completed")
            case "RUN_ERROR":
                yield from self._fail(str(event.get("code", "")), str(event.get("message", "")))
            case _:
                pass

    def _custom(self, name: str, value: Any) -> Iterator[Event]:
        match name:
            case "tool_result":
                yield from self._end_call(value)
            case "citation":
                self._citations.append(value)
            case "usage":
                self.response["usage"] = usage_of(value)
            case "resumed":
                yield from self._leave_open_items()
            case "approval":
                yield from self._ask(value)
            case _:
                pass

    def _open_text(self, message_id: str, *, is_message: bool) -> Iterator[Event]:
        yield from self._close_text("completed")
        item_id = f"{'msg' if is_message else 'rs'}_{message_id}_{len(self._items)}"
        self._text = item = message_item(item_id) if is_message else reasoning_item(item_id)
        yield from self._add(item)
        part = text_part() if is_message else {"type": "reasoning_text", "text": ""}
        item["content"].append(part)
        yield self._of_item("response.content_part.added", item, content_index=0, part=copy.deepcopy(part))

    def _add_text(self, delta: str) -> Iterator[Event]:
        item = self._text
        if item is None:
            return
        item["content"][0]["text"] += delta
        if item["type"] == "message":
            yield self._of_item("response.output_text.delta", item, content_index=0, delta=delta, logprobs=[])
        else:
            yield self._of_item("response.reasoning_text.delta", item, content_index=0, delta=delta)

    def _close_text(self, status: str) -> Iterator[Event]:
        item, self._text = self._text, None
        if item is None:
            return
        part = item["content"][0]
        if item["type"] == "message":
            for index, one in enumerate(self._citations):
                note = annotation(one, part["text"], index)
                part["annotations"].append(note)
                yield self._of_item(
                    "response.output_text.annotation.added", item, content_index=0, annotation_index=index,
                    annotation=note,
                )  # fmt: skip
            self._citations = []
            yield self._of_item("response.output_text.done", item, content_index=0, text=part["text"], logprobs=[])
        else:
            yield self._of_item("response.reasoning_text.done", item, content_index=0, text=part["text"])
        yield self._of_item("response.content_part.done", item, content_index=0, part=copy.deepcopy(part))
        yield from self._close(item, status)

    def _add_call(self, item: dict[str, Any]) -> Iterator[Event]:
        yield from self._close_text("completed")
        yield from self._add(item)
        yield self._of_item("response.mcp_call.in_progress", item)

    def _end_call(self, value: Mapping[str, Any]) -> Iterator[Event]:
        call_id = value["id"]
        item = self._call(call_id)
        if item is None:
            known = self._calls.get(call_id) or KnownCall(str(value.get("name", "")), "{}", None)
            item = call_item(call_id, known.name, known.arguments, known.approval)
            yield from self._add_call(item)
        error, output = value.get("error"), self._outputs.pop(call_id, "")
        if error:
            item["error"] = {"type": "mcp_tool_execution_error", "content": [{"type": "text", "text": error}]}
        else:
            item["output"] = output
        yield self._of_item("response.mcp_call.failed" if error else "response.mcp_call.completed", item)
        yield from self._close(item, "failed" if error else "completed")

    def _ask(self, approval: Mapping[str, Any]) -> Iterator[Event]:
        call = self._call(approval["toolCallId"])
        arguments = json.dumps(approval["arguments"], ensure_ascii=False)
        if call is not None:
            yield from self._close(call, "incomplete")
        item = approval_item(approval, arguments)
        yield from self._add(item)
        yield self._event("response.output_item.done", output_index=len(self._items) - 1, item=copy.deepcopy(item))

    def _leave_open_items(self) -> Iterator[Event]:
        yield from self._close_text("incomplete")
        for item in self._items:
            if item.get("status") == "in_progress":
                yield from self._close(item, "incomplete")

    def _fail(self, code: str, message: str) -> Iterator[Event]:
        if code.startswith("budget"):
            self.response["incomplete_details"] = {"reason": "max_output_tokens"}
            yield from self._end("incomplete")
        else:
            self.response["error"] = {"code": "server_error", "message": message}
            yield from self._end("failed")

    def _end(self, status: str) -> Iterator[Event]:
        yield from self._leave_open_items()
        self.response["status"] = status
        name = "incomplete" if status == "cancelled" else status
        yield self._event(f"response.{name}", response=self._snapshot())

    def _call(self, call_id: str) -> dict[str, Any] | None:
        """The newest item of a call that is not complete."""
        found = (one for one in reversed(self._items) if one["id"] == f"mcp_{call_id}")
        return next((one for one in found if one["status"] == "in_progress"), None)

    def _add(self, item: dict[str, Any]) -> Iterator[Event]:
        self._items.append(item)
        yield self._event("response.output_item.added", output_index=len(self._items) - 1, item=copy.deepcopy(item))

    def _close(self, item: dict[str, Any], status: str) -> Iterator[Event]:
        item["status"] = status
        yield self._event("response.output_item.done", output_index=self._index(item), item=copy.deepcopy(item))

    def _of_item(self, kind: str, item: dict[str, Any], **fields: Any) -> Event:
        return self._event(kind, item_id=item["id"], output_index=self._index(item), **fields)

    def _index(self, item: dict[str, Any]) -> int:
        return next(at for at, one in enumerate(self._items) if one is item)

    def _snapshot(self) -> dict[str, Any]:
        return copy.deepcopy(self.response)

    def _event(self, kind: str, **fields: Any) -> Event:
        self._number += 1
        return {"type": kind, "sequence_number": self._number, **fields}
