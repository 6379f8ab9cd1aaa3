"""Answers without a model: rules choose the tool, and the answer is what the tool gave, labelled so."""

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aistack.agent.conversations.messages import NewPart, StoredMessage
from aistack.agent.loop.toolbox import Toolbox
from aistack.stores.records import AnyRow

LABEL = {
    "en": "(Answered without a language model: the question was routed to “{tool}” by rules.)",
    "zh": "（未使用语言模型：已按规则交给“{tool}”处理。）",
}
NO_ANSWER = {
    "en": "No language model is set, and no rule says which tool can answer this. Set a model on the Models page, or "
    "ask for a search, a calculation, data or trends.",
    "zh": "尚未设置语言模型，也没有规则能判断该用哪个工具。请在“模型”页面设置模型，"
    "或直接提出搜索、计算、数据查询或趋势类问题。",
}
FAILED = {"en": "{tool} gave no result: {error}", "zh": "{tool} 没有给出结果：{error}"}


@dataclass(frozen=True, slots=True)
class Routed:
    """A tool and its arguments, chosen for a question. `note` tells the reader how, and how sure that is."""

    tool: str
    arguments: Mapping[str, Any]
    note: str = ""


Route = Callable[[str, str], Routed | None]  # of a question in a language


@dataclass(frozen=True, slots=True)
class RoutedCall:
    """A call as a part of the answer, and as events."""

    part: NewPart

    def events(self, message_id: str) -> list[tuple[str, dict[str, Any]]]:
        call = self.part.data
        return [
            ("TOOL_CALL_START",
             {"toolCallId": call["id"], "toolCallName": call["name"], "parentMessageId": message_id}),
            ("TOOL_CALL_ARGS", {"toolCallId": call["id"], "delta": call["arguments"]}),
            ("TOOL_CALL_END", {"toolCallId": call["id"]}),
        ]  # fmt: skip


def routed_call(
    route: Route | None, toolbox: Toolbox, branch: Sequence[StoredMessage], language: str
) -> RoutedCall | None:
    """The call that the rules choose for the last question; None if there is none, or its tool is not allowed."""
    question = "\n".join(one.text for one in branch[-2].parts if one.kind == "text") if len(branch) > 1 else ""
    routed = route(question, language) if route is not None and question.strip() else None
    if routed is None or toolbox.get(routed.tool) is None:
        return None
    arguments = json.dumps(dict(routed.arguments), ensure_ascii=False)
    data = {
        "id": f"call_{secrets.token_hex(8)}",
        "name": routed.tool,
        "arguments": arguments,
        "step": 0,
        "note": routed.note,
    }
    return RoutedCall(NewPart("tool_call", "", data))


def answer_in_words(parts: Sequence[AnyRow], language: str) -> str:
    """The answer that a tool's result gives, or why there is none."""
    results = [one for one in parts if one.kind == "tool_result"]
    if not results:
        return NO_ANSWER[language]
    last = results[-1]
    note = next((one.data["note"] for one in parts if one.kind == "tool_call" and one.data.get("note")), "")
    tool, error = last.data["name"], last.data.get("error")
    said = FAILED[language].format(tool=tool, error=error) if error else last.text
    return f"{said}\n\n{note or LABEL[language].format(tool=tool)}"
