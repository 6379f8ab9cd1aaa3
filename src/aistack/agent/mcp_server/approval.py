"""Asking the client's user before a call that changes or sends something (multi round-trip requests, 2026-07-28).

The server keeps nothing: what was asked comes back in `requestState`, through the client. It is sealed, and valid for
one caller, one tool with exactly its arguments, and a short time.
"""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from aistack.agent.calls.policy import call_digest
from aistack.agent.json_values import as_object, is_object
from aistack.agent.mcp_server.protocol import INVALID_PARAMS, MISSING_CAPABILITY, Client, RpcError
from aistack.agent.tool_protocol import Tool
from aistack.chassis.identity import Principal
from aistack.databases.sealing import CannotOpen, Sealer

PURPOSE = "agent:mcp-approval"
KEY = "approval"
STATE_SECONDS = 600
SHOWN_CHARACTERS_MAX = 4_000


class Questions:
    """Questions to users of clients, and what they answered."""

    def __init__(self, sealer: Callable[[], Sealer]) -> None:
        self._sealer = sealer

    def ask(self, tool: Tool, arguments: Mapping[str, Any], who: Principal, client: Client) -> dict[str, Any]:
        """The result that asks. Raises RpcError for a client that cannot ask its user."""
        if not client.takes_forms:
            raise RpcError(
                MISSING_CAPABILITY, f"{tool.name} needs an approval, and this client cannot ask its user",
                {"requiredCapabilities": {"elicitation": {"form": {}}}},
            )  # fmt: skip
        state = {"call": call_digest(tool.name, arguments), "who": who.id, "until": int(time.time()) + STATE_SECONDS}
        return {
            "resultType": "input_required",
            "inputRequests": {KEY: {"method": "elicitation/create", "params": self.form(tool, arguments)}},
            "requestState": self._sealer().seal(json.dumps(state).encode(), PURPOSE),
        }

    def form(self, tool: Tool, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The question."""
        shown = json.dumps(arguments, ensure_ascii=False, indent=1)
        if len(shown) > SHOWN_CHARACTERS_MAX:
            shown = f"{shown[:SHOWN_CHARACTERS_MAX]}\n... ({len(shown)} characters in all)"
        return {
            "mode": "form",
            "message": f"Run {tool.name} with these arguments?\n{shown}",
            "requestedSchema": {
                "type": "object",
                "properties": {"approve": {"type": "boolean", "title": "Run it", "default": False}},
                "required": ["approve"],
            },
        }

    def answer(
        self, tool: Tool, arguments: Mapping[str, Any], who: Principal, params: Mapping[str, Any]
    ) -> bool | None:
        """Whether the user approved; None if nobody was asked. Raises RpcError for a state that is not of this call."""
        state, responses = params.get("requestState"), as_object(params.get("inputResponses"))
        if state is None:
            return None
        try:
            found: Any = json.loads(self._sealer().open(str(state), PURPOSE))
        except (CannotOpen, ValueError):
            raise RpcError(INVALID_PARAMS, "requestState is not one of this server's") from None
        is_same = found["call"] == call_digest(tool.name, arguments) and found["who"] == who.id
        if not is_same or found["until"] < time.time():
            raise RpcError(INVALID_PARAMS, "requestState is for another call, or too old; send the call without it")
        given = responses.get(KEY)
        if not is_object(given):
            return None
        return given.get("action") == "accept" and as_object(given.get("content")).get("approve") is True
