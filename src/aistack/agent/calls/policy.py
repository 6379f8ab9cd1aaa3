"""Which calls a person must approve first, and what an approval is for.

Instructions found in documents, pages and results are data. Whatever they make the model ask for, a call that changes
something needs an approval, and so does one that can send something out, or spend, after the model has read what
others wrote.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from aistack.agent.tool_protocol import Permission


def reason_to_ask(permission: Permission, *, has_read_untrusted: bool) -> str:
    """Why a call needs an approval: `changes-data`, `may-send-data`, `may-spend`; empty if it needs none."""
    if permission is Permission.WRITE:
        return "changes-data"
    if not has_read_untrusted:
        return ""
    return {Permission.SEND: "may-send-data", Permission.SPEND: "may-spend"}.get(permission, "")


def call_digest(tool: str, arguments: Mapping[str, Any]) -> str:
    """The SHA-256 of a tool's name and its exact arguments."""
    form = json.dumps([tool, arguments], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(form.encode("utf-8", "surrogatepass")).hexdigest()
