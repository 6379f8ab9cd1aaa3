"""Tool calls that a model writes as plain JSON are found, and nothing else is taken for one."""

from typing import Any

import pytest

from aistack.inference.backends.backend import Piece, Prediction
from aistack.inference.backends.llama_cpp.answers import Answer
from aistack.inference.backends.llama_cpp.log_probabilities import LogProbabilities
from aistack.inference.backends.requests.written_calls import written_calls

CALL = '{"name": "weather", "arguments": {"city": "Paris"}}'
FENCED = f"```json\n{CALL}\n```"


@pytest.mark.parametrize("text", [CALL, f" {CALL}\n", FENCED, f"[{CALL}]", f"```\n{CALL}\n```", f"{FENCED}\n{FENCED}"])
def test_calls_are_found(text: str):
    calls = written_calls(text, ["weather"])
    assert {call["function"]["arguments"] for call in calls} == {'{"city": "Paris"}'}
    assert [call["index"] for call in calls] == list(range(len(calls))) and calls[0]["id"].startswith("call_")


@pytest.mark.parametrize(
    "text",
    ["", "Sunny.", "{", f"Here: {CALL}", f"{FENCED} as asked", CALL.replace("weather", "other"), '{"city": "Paris"}',
     '{"name": "weather", "arguments": "Paris"}', "[]", "[" * 5000],
)  # fmt: skip
def test_other_text_stays_text(text: str):
    assert written_calls(text, ["weather"]) == []


def answered(parts: list[str], **fields: Any) -> list[Piece]:
    answer = Answer(
        Prediction("CHAT", fields, "1", 1, "m"),
        LogProbabilities({}, chat=True),
        include_usage=False,
        enforced=False,
        tools=["weather"],
    )
    events: list[Any] = [{"choices": [{"delta": {"content": part}}]} for part in parts]
    events.append({"choices": [{"delta": {}, "finish_reason": "stop"}]})
    return [*(piece for event in events for piece in answer.receive(event)), *answer.finish()]


@pytest.mark.parametrize("streamed", [True, False])
def test_a_call_in_pieces_becomes_one_call_and_no_text(streamed: bool):
    pieces = answered(["```", "json\n", CALL[:9], CALL[9:], "\n```"], stream=streamed)
    assert "".join(piece.text for piece in pieces) == ""
    choices: list[Any] = [piece.event["choices"][0] for piece in pieces if piece.event]
    calls = [call for one in choices for call in (one.get("delta") or one.get("message") or {}).get("tool_calls", [])]
    assert [call["function"]["name"] for call in calls] == ["weather"]
    assert pieces[-1].finish_reason == "tool_calls"


def test_text_is_streamed_as_soon_as_it_cannot_be_a_call():
    assert [piece.text for piece in answered(["It", " is sunny."], stream=True)][:2] == ["It", " is sunny."]
    assert "".join(piece.text for piece in answered(["``", "`py\nx\n```"], stream=True)) == "```py\nx\n```"


@pytest.mark.parametrize("streamed", [True, False])
def test_reasoning_comes_under_both_names_and_is_counted(streamed: bool):
    answer = Answer(
        Prediction("CHAT", {"stream": streamed}, "1", 1, "m"),
        LogProbabilities({}, chat=True),
        include_usage=False,
        enforced=False,
    )
    usage = {"prompt_tokens": 4, "completion_tokens": 3}
    events: list[Any] = [
        {"choices": [{"delta": {"reasoning_content": "Two and "}}]},
        {"choices": [{"delta": {"reasoning_content": "two."}}]},
        {"choices": [{"delta": {"content": "4"}, "finish_reason": "stop"}], "usage": usage},
    ]
    pieces = [*(piece for event in events for piece in answer.receive(event)), *answer.finish()]
    choices: list[Any] = [piece.event["choices"][0] for piece in pieces if piece.event]
    parts = [one.get("delta") or one.get("message") or {} for one in choices]
    for name in ("reasoning", "reasoning_content"):
        assert "".join(part.get(name, "") for part in parts) == "Two and two."
    assert "".join(piece.reasoning for piece in pieces) == "Two and two."
    assert pieces[-1].usage is not None and pieces[-1].usage.reasoning == 2
