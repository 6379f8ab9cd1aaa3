"""The list of a server's tools as it is pinned: what of them reaches the model, and a digest of exactly that."""

import hashlib
import json
import re
from collections.abc import Sequence
from typing import Any

from aistack.agent.json_values import as_list, as_object, is_object
from aistack.agent.mcp_client.failures import ServerFailed
from aistack.agent.mcp_client.peer import Peer

TOOLS_MAX = 200
PAGES_MAX = 20
CHARACTERS_MAX = 1_000_000  # of the whole list, as JSON
NAME = re.compile(r"[A-Za-z0-9_./-]{1,128}")


async def read_tools(peer: Peer) -> list[dict[str, Any]]:
    """Name, description, parameters and hint of each usable tool, by name. Raises ServerFailed."""
    found: dict[str, dict[str, Any]] = {}
    cursor, size = None, 0
    for _ in range(PAGES_MAX):
        page = await peer.request("tools/list", {"cursor": cursor} if cursor else {})
        for one in as_list(page.get("tools")):
            tool = _pinned(one)
            if tool is not None:
                found.setdefault(tool["name"], tool)
                size += len(json.dumps(tool))
        if len(found) > TOOLS_MAX or size > CHARACTERS_MAX:
            raise ServerFailed(f"its list is too long: at most {TOOLS_MAX} tools and {CHARACTERS_MAX} characters")
        cursor = page.get("nextCursor")
        if not isinstance(cursor, str) or not cursor:
            return [found[name] for name in sorted(found)]
    raise ServerFailed(f"its list of tools has more than {PAGES_MAX} pages")


def digest_of(tools: Sequence[dict[str, Any]]) -> str:
    """The SHA-256 of a list of tools."""
    form = json.dumps(tools, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(form.encode("utf-8", "surrogatepass")).hexdigest()


def _pinned(tool: Any) -> dict[str, Any] | None:
    if not is_object(tool) or not isinstance(tool.get("name"), str) or not NAME.fullmatch(tool["name"]):
        return None
    parameters = tool.get("inputSchema")
    if not is_object(parameters) or parameters.get("type", "object") != "object":
        return None
    hints = as_object(tool.get("annotations"))
    description = tool.get("description") or tool.get("title") or ""
    pinned = {
        "name": tool["name"], "description": str(description), "parameters": parameters,
        "says_it_reads": hints.get("readOnlyHint") is True,
    }  # fmt: skip
    return json.loads(json.dumps(pinned).replace("\\u0000", ""))  # which PostgreSQL cannot store
