"""Answers without a model: rules choose the tool, and the answer is what the tool gave, labelled so."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aistack.agent.calls.toolbox import Toolbox
from aistack.agent.conversations.messages import NewPart, StoredMessage
from aistack.agent.intents.route import RoutingContext
from aistack.agent.intents.router import route
from aistack.agent.tools.databases import AskDatabase
from aistack.chassis.identity import Principal
from aistack.stores.records import AnyRow

NO_ANSWER = {
    "en": "No language model is set, and no rule says which tool can answer this. Set a model on the Models page, or "
    "ask for a search, a calculation, data or trends.",
    "zh": "尚未设置语言模型，也没有规则能判断该用哪个工具。请在“模型”页面设置模型，"
    "或直接提出搜索、计算、数据查询或趋势类问题。",
}
FAILED = {"en": "{tool} gave no result: {error}", "zh": "{tool} 没有给出结果：{error}"}


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


def question_of(branch: Sequence[StoredMessage]) -> str:
    """The text of the message that the last one answers."""
    return "\n".join(one.text for one in branch[-2].parts if one.kind == "text") if len(branch) > 1 else ""


async def routed_call(
    toolbox: Toolbox, branch: Sequence[StoredMessage], language: str, who: Principal
) -> RoutedCall | None:
    """The call that the rules choose for the last question; None if there is none, or its tool is not allowed."""
    question = question_of(branch)
    if not question.strip():
        return None
    database = toolbox.get("ask_database")
    there = RoutingContext(
        language,
        has_database=database is not None,
        has_documents=toolbox.get("answer_from_documents") is not None,
        has_trends=toolbox.get("hot_topics") is not None,
        table_words=await database.table_words(who) if isinstance(database, AskDatabase) else frozenset(),
    )
    routed = route(question, there, datetime.now(UTC).date())
    if toolbox.get(routed.tool) is None:
        return None
    data = {
        "id": f"call_{secrets.token_hex(8)}", "name": routed.tool,
        "arguments": json.dumps(dict(routed.arguments), ensure_ascii=False), "step": 0, "note": routed.note,
        "is_certain": routed.is_certain, "alternatives": list(routed.alternatives),
    }  # fmt: skip
    return RoutedCall(NewPart("tool_call", "", data))


def answer_in_words(parts: Sequence[AnyRow], language: str) -> str:
    """The answer that a tool's result gives, or why there is none."""
    results = [one for one in parts if one.kind == "tool_result"]
    if not results:
        return NO_ANSWER[language]
    last = results[-1]
    note = next((one.data["note"] for one in parts if one.kind == "tool_call" and one.data.get("note")), "")
    error = last.data.get("error")
    said = FAILED[language].format(tool=last.data["name"], error=error) if error else last.text
    return f"{said}\n\n{note}".strip()
