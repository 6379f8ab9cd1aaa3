"""Reasoning and tool calls are found in what models write, however it is cut into pieces."""

import json

import pytest

from aistack.inference.backends.generation.parsing import AnswerParser, tool_format

TOOLS = [
    {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}, "days": {}}}},
    {"name": "time"},
]
HERMES = "{% if tools %}<tool_call>{% endif %}"
XML = "{% if tools %}<tool_call><function=x>{% endif %}"
MISTRAL = "{% if tools %}[TOOL_CALLS]{% endif %}"
LLAMA = "{% if tools %}<|python_tag|>{% endif %}"
CALLED = [("weather", {"city": "5", "days": 2})]
WRITTEN = [
    (HERMES, 'Sure.\n<tool_call>\n{"name": "weather", "arguments": {"city": "5", "days": 2}}\n</tool_call>', "Sure."),
    (HERMES, '<tool_call>{"name": "weather", "arguments": {"city": "5", "days": 2}}', ""),
    (
        XML,
        "<tool_call>\n<function=weather>\n<parameter=city>\n5\n</parameter>\n<parameter=days>\n2\n</parameter>\n"
        "</function>\n</tool_call>",
        "",
    ),
    (MISTRAL, '[TOOL_CALLS][{"name": "weather", "arguments": {"city": "5", "days": 2}}]', ""),
    (MISTRAL, 'Ok[TOOL_CALLS]weather[ARGS]{"city": "5", "days": 2}', "Ok"),
    (LLAMA, '{"name": "weather", "parameters": {"city": "5", "days": 2}}', ""),
    (LLAMA, '<|python_tag|>{"name": "weather", "parameters": {"city": "5", "days": 2}}', ""),
]


def parsed(template: str, text: str, size: int, **options: int) -> tuple[str, str, list[tuple[str, object]]]:
    """The text, the reasoning and the calls, when the answer comes in pieces of a size."""
    parser = AnswerParser(tool_format(template), TOOLS, **({"thinking": False, "reasons": False} | options))
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    found = [parser.feed(one) for one in pieces] + [parser.feed("", last=True)]
    rest, calls = parser.calls()
    functions = [(one["function"]["name"], json.loads(one["function"]["arguments"])) for one in calls]
    return "".join(one.text for one in found) + rest, "".join(one.reasoning for one in found), functions


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize(("template", "text", "before"), WRITTEN)
def test_calls_are_found(template: str, text: str, before: str, size: int):
    assert parsed(template, text, size) == (before, "", CALLED)


@pytest.mark.parametrize("size", [1, 4, 1000])
@pytest.mark.parametrize("text", [
    "1 < 2 and <tool is no call", '<tool_call>{"name": "unknown", "arguments": {}}</tool_call>',
    "Well \n <tool_call>{broken",
    "ends with a blank \n", '<tool_call>{"name": "weather", "arguments": [1]}</tool_call>',
])  # fmt: skip
def test_what_is_no_call_stays_text(text: str, size: int):
    assert parsed(HERMES, text, size) == (text, "", [])


def test_several_calls_keep_their_order():
    text = "".join(f'<tool_call>{{"name": "{name}", "arguments": {{}}}}</tool_call>\n' for name in ("time", "weather"))
    assert [name for name, _ in parsed(HERMES, text, 5)[2]] == ["time", "weather"]
    assert [name for name, _ in parsed(HERMES, text, 5, calls_max=1)[2]] == ["time"]


@pytest.mark.parametrize("size", [1, 5, 1000])
def test_reasoning_is_split_off(size: int):
    assert parsed("", "<think>\nhm</think>\n\nYes", size, reasons=True) == ("Yes", "hm", [])
    assert parsed("", "hm</think>Yes", size, thinking=True) == ("Yes", "hm", [])
    assert parsed("", "<thinner> Yes", size, reasons=True) == ("<thinner> Yes", "", [])
    assert parsed("", "endless <", size, thinking=True) == ("", "endless <", [])


def test_a_template_without_known_calls_has_no_format():
    assert tool_format("") is None
    assert tool_format("{% if tools %}{{ tools }}{% endif %}") is None
    assert tool_format("<tool_call>") is None
