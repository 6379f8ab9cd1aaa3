"""Tool calls that a model wrote as plain JSON, instead of in the form of its template, as small coding models do."""

import json
import re
from collections.abc import Collection
from typing import Any, cast

from aistack.inference.backends.backend import Json
from aistack.inference.backends.requests.tools import made_call

FENCE = re.compile(r"```(?:json|tool_call)?\s*(.*?)\s*```", re.DOTALL)
BEGINNINGS = ("{", "[", "```")
HELD_CHARACTERS_MAX = 64_000


def may_be_calls(text: str) -> bool:
    """Whether an answer that begins so may be nothing but tool calls."""
    begun = text.lstrip()[:3]
    return len(text) <= HELD_CHARACTERS_MAX and (
        not begun or any(begun.startswith(one) or one.startswith(begun) for one in BEGINNINGS)
    )


def written_calls(text: str, names: Collection[str]) -> list[Json]:
    """The calls, if the text is nothing but calls of these tools; else none."""
    stripped = text.strip()
    parts = FENCE.findall(stripped) if stripped.startswith("```") else [stripped]
    if stripped.startswith("```") and FENCE.sub("", stripped).strip():
        return []
    found: list[Any] = []
    try:
        for part in parts:
            decoded = json.loads(part)
            found += cast(list[Any], decoded) if isinstance(decoded, list) else [decoded]
    except (ValueError, RecursionError):
        return []
    if not found or not all(_is_call(one, names) for one in found):
        return []
    return [made_call(one, at) for at, one in enumerate(found)]


def _is_call(given: Any, names: Collection[str]) -> bool:
    if not isinstance(given, dict):
        return False
    call = cast(Json, given)
    return set(call) == {"name", "arguments"} and call["name"] in names and isinstance(call["arguments"], dict)
