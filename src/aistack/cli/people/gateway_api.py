"""Calls of the gateway's own API with an administrator's key, for commands about keys and people."""

import asyncio
from pathlib import Path
from typing import Any, BinaryIO

from aistack.cli.output import api_key, fail, loaded_stack

CALL_SECONDS_MAX = 60
PAGE = 500


def call(method: str, path: str, **parts: Any) -> Any:
    """The decoded answer; exits with an error when there is none, or when identity is off."""
    from aistack.chassis.errors import Problem

    _require_identity()
    try:
        return try_call(method, path, **parts)
    except Problem as problem:
        fail(problem.detail)


def download(path: str, file: Path) -> None:
    """Writes an answer to a file, which only its owner can read. Exits with an error like `call`; raises OSError."""
    from aistack.chassis.errors import Problem
    from aistack.chassis.outgoing_http import GatewayClient

    async def copy(out: BinaryIO) -> None:
        async with GatewayClient(loaded_stack().gateway_url, api_key(), timeout_seconds=CALL_SECONDS_MAX) as client:
            async for chunk in client.stream("GET", path):
                out.write(chunk)

    _require_identity()
    file.touch(mode=0o600)
    try:
        with file.open("wb") as out:
            asyncio.run(copy(out))
    except Problem as problem:
        file.unlink(missing_ok=True)
        fail(problem.detail)


def try_call(method: str, path: str, **parts: Any) -> Any:
    """The decoded answer. Raises Problem."""
    from aistack.chassis.outgoing_http import GatewayClient

    async def ask() -> Any:
        async with GatewayClient(loaded_stack().gateway_url, api_key(), timeout_seconds=CALL_SECONDS_MAX) as client:
            return await client.call(method, path, **parts)

    return asyncio.run(ask())


def _require_identity() -> None:
    if not loaded_stack().identity:
        fail("identity is off, so there are no keys or users; set identity = true under [stack] in stack.toml")


def users(text: str = "") -> list[dict[str, Any]]:
    """All users and service accounts, or those whose name or e-mail address contains a text."""
    found: list[dict[str, Any]] = []
    after = ""
    while True:
        page = call("GET", "/gateway/users", params={"q": text, "after": after, "limit": PAGE})
        found += page["users"]
        after = page["next"]
        if not after:
            return found


def user_named(text: str) -> dict[str, Any]:
    """The user or service account with this id, subject, e-mail address or name; exits when it is not exactly one."""
    known, wanted = users(), text.casefold()
    by_field = (
        [one for one in known if one[field].casefold() == wanted] for field in ("id", "subject", "email", "name")
    )
    found = next((some for some in by_field if some), list[dict[str, Any]]())
    if not found:
        fail(f"there is no user {text}; see: aistack users list")
    if len(found) > 1:
        fail(f"{len(found)} users are named {text}; use an id: {', '.join(one['id'] for one in found)}")
    return found[0]


def subject_named(text: str) -> str:
    """The subject of a user or service account; `owner` is the stack's owners together."""
    return text if text == "owner" else str(user_named(text)["subject"])


def link_at(path: str) -> str:
    """A link's address: where people open the stack, or on this machine when that is not described."""
    stack = loaded_stack()
    return (stack.sign_in.public_url or stack.gateway_url) + path
