"""Events of a run as those of OpenAI's Responses API."""

from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from aistack.agent.responses.translation import KnownCall, Translation


def response() -> dict:
    return {
        "id": "resp_1", "object": "response", "created_at": 1, "status": "in_progress", "model": "agent", "output": [],
        "error": None, "incomplete_details": None, "usage": None, "parallel_tool_calls": True, "tool_choice": "auto",
        "tools": [],
    }  # fmt: skip


def translated(*events: dict, known: dict | None = None) -> tuple[list[dict], dict]:
    translation = Translation(response(), known or {})
    found = list(translation.begin())
    for one in events:
        found += translation.read(one)
    for one in found:  # each is an event of the official client
        TypeAdapter(ResponseStreamEvent).validate_python(one)
    Response.model_validate(translation.response)
    assert [one["sequence_number"] for one in found] == list(range(len(found)))
    return found, translation.response


def text(message: str, *deltas: str, kind: str = "TEXT") -> list[dict]:
    pieces = [{"type": f"{kind}_MESSAGE_CONTENT", "messageId": message, "delta": one} for one in deltas]
    start, end = ({"type": f"{kind}_MESSAGE_{one}", "messageId": message} for one in ("START", "END"))
    return [start, *pieces, end]


def call(call_id: str) -> list[dict]:
    return [
        {"type": "TOOL_CALL_START", "toolCallId": call_id, "toolCallName": "search"},
        {"type": "TOOL_CALL_ARGS", "toolCallId": call_id, "delta": '{"a": 1}'},
        {"type": "TOOL_CALL_END", "toolCallId": call_id},
    ]


def result(call_id: str, content: str, **more: str) -> list[dict]:
    value = {"id": call_id, "name": "search", **more}
    return [
        {"type": "TOOL_CALL_RESULT", "toolCallId": call_id, "content": content},
        {"type": "CUSTOM", "name": "tool_result", "value": value},
    ]


DONE = {"type": "RUN_FINISHED", "outcome": {"type": "success"}}


def test_reasoning_calls_side_by_side_and_text():
    _, answer = translated(
        *text("m", "hm", kind="REASONING"), *call("a"), *call("b"), *result("b", "B"), *result("a", "x", error="no"),
        {"type": "CUSTOM", "name": "citation", "value": {"title": "Doc", "place": "doc:1"}}, *text("n", "Hi", "!"),
        {"type": "CUSTOM", "name": "usage", "value": {"prompt_tokens": 3, "completion_tokens": 2}}, DONE,
    )  # fmt: skip
    kinds = [(one["type"], one["status"]) for one in answer["output"]]
    assert kinds == [
        ("reasoning", "completed"), ("mcp_call", "failed"), ("mcp_call", "completed"), ("message", "completed"),
    ]  # fmt: skip
    assert answer["output"][2]["output"] == "B" and answer["output"][1]["output"] is None
    assert answer["output"][3]["content"][0]["annotations"][0]["filename"] == "Doc"
    assert answer["status"] == "completed" and answer["usage"]["total_tokens"] == 5


def test_what_a_dead_instance_left_open_is_incomplete():
    resumed = {"type": "CUSTOM", "name": "resumed", "value": {}}
    events, answer = translated(*call("a"), *text("m", "Half")[:-1], resumed, *call("a"), *result("a", "A"), DONE)
    assert [one["status"] for one in answer["output"]] == ["incomplete", "incomplete", "completed"]
    assert events[-1]["type"] == "response.completed"


def test_ends_that_are_no_success():
    events, answer = translated(*text("m", "Half")[:-1], {"type": "RUN_FINISHED", "outcome": {"type": "cancelled"}})
    assert answer["status"] == "cancelled" and events[-1]["type"] == "response.incomplete"
    _, answer = translated({"type": "RUN_ERROR", "message": "limit", "code": "budget-steps"})
    assert answer["status"] == "incomplete" and answer["incomplete_details"]
    events, answer = translated({"type": "RUN_ERROR", "message": "bad", "code": "model-failed"})
    assert answer["error"]["message"] == "bad" and events[-1]["type"] == "response.failed"


def test_a_call_of_an_earlier_run_is_known():
    known = {"a": KnownCall("note", '{"b": 2}', "approval")}
    _, answer = translated(*result("a", "A"), DONE, known=known)
    (item,) = answer["output"]
    assert item["name"] == "note" and item["arguments"] == '{"b": 2}' and item["approval_request_id"] == "approval"
