"""How a run ends, in events and in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aistack.agent.runs.approvals import Asked
from aistack.agent.runs.run_store import STOPPED, WAITING

BUDGETS = {
    "steps": ("The limit of steps for one answer is reached.", "已达到单次回答的步数上限。"),
    "tokens": ("The limit of tokens for one answer is reached.", "已达到单次回答的 token 上限。"),
    "cost": ("The limit of cost for one answer is reached.", "已达到单次回答的费用上限。"),
    "time": ("The time limit for one answer is reached.", "已达到单次回答的时间上限。"),
}


@dataclass(frozen=True, slots=True)
class Ending:
    """The state that a run ends in. `error` is the budget's name if the code is `budget`, otherwise a sentence."""

    state: str
    error: str = ""
    code: str = ""
    asked: Sequence[Asked] = ()

    @property
    def full_code(self) -> str:
        return f"budget-{self.error}" if self.code == "budget" else self.code

    def message(self, language: str) -> str:
        if self.code != "budget":
            return self.error
        return BUDGETS[self.error][language == "zh"]


def final_events(
    ending: Ending, approvals: Sequence[Mapping[str, Any]], thread_id: str, run_id: str, used: Mapping[str, Any],
    language: str,
) -> list[dict[str, Any]]:  # fmt: skip
    """The last events of a run, as in AG-UI 1.0."""
    usage = {"type": "CUSTOM", "name": "usage", "value": dict(used)}
    if ending.error:
        return [usage, {"type": "RUN_ERROR", "message": ending.message(language), "code": ending.full_code}]
    outcome: dict[str, Any] = {"type": "cancelled" if ending.state == STOPPED else "success"}
    asks: list[dict[str, Any]] = []
    if ending.state == WAITING:
        interrupts = [{"id": one["id"], "reason": one["reason"], "toolCallId": one["call_id"]} for one in approvals]
        outcome = {"type": "interrupt", "interrupts": interrupts}
        asks = [{"type": "CUSTOM", "name": "approval", "value": _approval(one)} for one in approvals]
    return [
        usage, *asks, {"type": "RUN_FINISHED", "threadId": thread_id, "runId": run_id, "outcome": outcome}
    ]  # fmt: skip


def _approval(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"], "toolCallId": row["call_id"], "tool": row["tool"], "arguments": row["arguments"],
        "digest": row["digest"], "reason": row["reason"],
    }  # fmt: skip
