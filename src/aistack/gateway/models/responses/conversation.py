"""Conversations of `/v1/responses`: earlier items come before a request's own, and answers are kept before they end."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast
from urllib.parse import parse_qs

from pydantic_core import to_json

from aistack.chassis.runtime.tasks import Tasks
from aistack.chassis.telemetry.logs import get_log
from aistack.gateway.models.answers.reply import ForwardedReply, Reply
from aistack.gateway.models.connection import HeldCall
from aistack.gateway.models.formats.errors import JSON_LINE, BadRequest, CallError, invalid
from aistack.gateway.models.formats.responses_answer import ResponsesAnswer
from aistack.gateway.models.responses.client import KeepingFailed, KeptResponses

RESPONSE_ID = re.compile(r"resp_[A-Za-z0-9._:-]{1,150}")
PAGE_DEFAULT, PAGE_MAX = 20, 100


def input_items(given: Mapping[str, Any]) -> list[Any]:
    """A request's input as items."""
    entered = given.get("input")
    if isinstance(entered, str):
        return [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": entered}]}]
    return cast("list[Any]", entered) if isinstance(entered, list) else []


def no_response(response_id: str, param: str | None = None) -> CallError:
    message = f"no response with the id {response_id!r} is kept; those of requests with store: true are"
    if param is not None:
        return CallError(400, message, "previous_response_not_found", param)  # as OpenAI answers
    return CallError(404, message, "response_not_found")


def is_response_id(text: str) -> bool:
    """Whether a text can be the id of a response; only such ones become a part of a path."""
    return bool(RESPONSE_ID.fullmatch(text))


class PendingCall:
    """Work that goes before a call, such as reading what it continues from; then that call. Implements HeldCall."""

    def __init__(self, tasks: Tasks, reply: Reply, work: Callable[[], Awaitable[HeldCall | None]]) -> None:
        self._call: HeldCall | None = None
        self._reply = reply
        self._holds = False
        self._task = tasks.start(self._run(work), "models:responses")

    async def _run(self, work: Callable[[], Awaitable[HeldCall | None]]) -> None:
        try:
            self._call = await work()
        except KeepingFailed as error:
            _refuse(self._reply, CallError(503, str(error), "responses_unavailable"))
        except BadRequest as bad:
            _refuse(self._reply, bad.error)
        else:
            if self._call is not None and self._holds:
                self._call.hold(True)

    def client_gone(self) -> None:
        if self._call is not None:
            self._call.client_gone()
        else:
            self._task.cancel()

    def hold(self, hold: bool) -> None:
        self._holds = hold
        if self._call is not None:
            self._call.hold(hold)


class KeepingReply(ForwardedReply):
    """Keeps the response before the client has all of it.

    So whoever has the whole response can continue from it, at any worker or gateway.
    """

    def __init__(self, reply: Reply, tasks: Tasks, keep: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
        super().__init__(reply)
        self.answer: ResponsesAnswer | None = None  # of the current attempt
        self._tasks = tasks
        self._keep = keep

    def respond(self, status: int, lines: bytes, body: bytes) -> None:
        if status != 200 or self.answer is None:
            self._reply.respond(status, lines, body)
            return
        self._tasks.start(self._keep_first(lambda: self._reply.respond(status, lines, body)), "models:keep")

    def end(self, data: bytes) -> None:
        self._tasks.start(self._keep_first(lambda: self._reply.end(data)), "models:keep")

    async def _keep_first(self, finish: Callable[[], None]) -> None:
        response = None if self.answer is None else self.answer.response
        try:
            if response is not None and response["status"] in ("completed", "incomplete"):
                await self._keep(response)
        except KeepingFailed as error:
            get_log("gateway").error("models.response_not_kept", response=response and response["id"], error=str(error))
        finally:
            finish()


class ResponseRequests:
    """Answers `GET` and `DELETE /v1/responses/ID`, and `GET /v1/responses/ID/input_items`."""

    def __init__(self, kept: Callable[[], KeptResponses], tasks: Tasks) -> None:
        self._kept = kept
        self._tasks = tasks

    def answer(self, reply: Reply, method: bytes, path: str, query: str, owner: str) -> HeldCall:
        """`path` is what follows `/v1/responses/`. Raises BadRequest."""
        response_id, _, part = path.partition("/")
        allowed = {"": (b"GET", b"DELETE"), "input_items": (b"GET",)}.get(part)
        if allowed is None or not response_id:
            raise BadRequest(CallError(404, f"/v1/responses/{path} is no path of the model API", "not_found"))
        if method not in allowed:
            lines = b"allow: %b\r\n" % b", ".join(allowed)
            raise BadRequest(CallError(405, "this method is not allowed here", "method_not_allowed", lines=lines))
        return PendingCall(self._tasks, reply, lambda: self._answer(reply, method, response_id, part, query, owner))

    async def _answer(
        self, reply: Reply, method: bytes, response_id: str, part: str, query: str, owner: str
    ) -> HeldCall | None:
        is_id = is_response_id(response_id)
        if method == b"DELETE":
            if not is_id or not await self._kept().delete(owner, response_id):
                raise BadRequest(no_response(response_id))
            body: object = {"id": response_id, "object": "response", "deleted": True}
        else:
            found = await self._kept().get(owner, response_id) if is_id else None
            if found is None:
                raise BadRequest(no_response(response_id))
            body = _page(found["input"], query) if part else found["response"]
        reply.respond(200, JSON_LINE, to_json(body))
        return None


def _page(items: list[dict[str, Any]], query: str) -> dict[str, Any]:
    """A page of items, newest first unless the query says otherwise. Raises BadRequest."""
    asked = {name: values[-1] for name, values in parse_qs(query).items()}
    limit, order, after = asked.get("limit", str(PAGE_DEFAULT)), asked.get("order", "desc"), asked.get("after", "")
    if not limit.isdecimal() or not 1 <= int(limit) <= PAGE_MAX:
        raise BadRequest(invalid(f"limit must be from 1 to {PAGE_MAX}", "limit"))
    if order not in ("asc", "desc"):
        raise BadRequest(invalid("order must be asc or desc", "order"))
    numbered = [{"id": f"item_{number}"} | item for number, item in enumerate(items)]
    if order == "desc":
        numbered.reverse()
    ids = [one["id"] for one in numbered]
    if after and after not in ids:
        raise BadRequest(invalid(f"there is no item {after!r}", "after"))
    start = ids.index(after) + 1 if after else 0
    page = numbered[start : start + int(limit)]
    return {
        "object": "list", "data": page, "has_more": start + len(page) < len(numbered),
        "first_id": page[0]["id"] if page else None, "last_id": page[-1]["id"] if page else None,
    }  # fmt: skip


def _refuse(reply: Reply, error: CallError) -> None:
    body = error.shaped(reply.path, reply.request_id)
    reply.respond(error.status, JSON_LINE + error.lines + reply.limit_lines(), body)
