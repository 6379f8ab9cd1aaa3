"""The HTTP endpoint of the MCP server (Streamable HTTP): one POST, one answer, as JSON or as a short event stream."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from aistack.access.rules import needs
from aistack.agent.mcp_server.eras import client_of
from aistack.agent.mcp_server.protocol import (
    INTERNAL_ERROR,
    INVALID_REQUEST,
    STATUS,
    Client,
    Message,
    RpcError,
    is_reply,
    read_json,
    read_message,
)
from aistack.agent.mcp_server.server import McpServer
from aistack.chassis.errors import Forbidden, Problem, TooLarge
from aistack.chassis.event_streams import with_comments
from aistack.chassis.identity import principal
from aistack.chassis.telemetry.logs import get_log
from aistack.chassis.trusted_hosts import CROSS_SITE_DETAIL, SiteRules

BODY_BYTES_MAX = 4 * 1024 * 1024
STREAM_AFTER_SECONDS = 10.0
LOOK_SECONDS = 1.0
SESSION_HEADER = "mcp-session-id"
JSON_TYPE, EVENT_TYPE = "application/json", "text/event-stream"


def mcp_routes(server: McpServer, rules: Callable[[], SiteRules]) -> APIRouter:
    """`/mcp`. `rules` say whose pages may call it."""
    router = APIRouter(tags=["mcp"])

    @router.post("/mcp", dependencies=[needs("tool", "use")])
    async def mcp_message(request: Request) -> Response:
        """A message of the Model Context Protocol, revision 2026-07-28 or one with a handshake.

        Each tool acts with the rights of the caller.
        """
        refusal = _check_transport(request, rules())
        if refusal is not None:
            return refusal
        message: Message | None = None
        try:
            found = read_json(await _body(request))
            if is_reply(found):
                await server.asked.take(found, principal.get())
                return Response(status_code=202)
            message = read_message(found)
            client = _with_session(server, client_of(message, request.headers.items()), request)
        except RpcError as error:
            return JSONResponse(error.body(message.id if message is not None else None), STATUS.get(error.code, 400))
        if client is None:
            return JSONResponse(RpcError(INVALID_REQUEST, "the session has ended; begin another").body(message.id), 404)
        if message.id is None:
            return Response(status_code=202)
        return await _answered(server, message, client, request)

    return router


async def _answered(server: McpServer, message: Message, client: Client, request: Request) -> Response:
    """The answer. One that takes long is a stream, which no proxy gives up; leaving it cancels the work."""
    work = asyncio.create_task(_result(server, message, client), name="agent:mcp")
    question = _first_question(client)
    try:
        for _ in range(int(STREAM_AFTER_SECONDS / LOOK_SECONDS)):
            done, _ = await asyncio.wait((work, question), timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if work in done:
                question.cancel()
                return _response(work.result(), client, _session_headers(server, message))
            if question in done:
                break
            if await request.is_disconnected():
                work.cancel()
                return Response(status_code=499)
        if not _accepts(request, EVENT_TYPE):
            return _response(await work, client, {})
    except asyncio.CancelledError:
        work.cancel()
        question.cancel()
        raise

    async def event() -> AsyncIterator[str]:
        try:
            await asyncio.wait((work, question), return_when=asyncio.FIRST_COMPLETED)
            if question.done():
                yield _event(question.result())
            yield _event(await work)
        finally:
            work.cancel()
            question.cancel()

    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(with_comments(event()), media_type=EVENT_TYPE, headers=headers)


async def _result(server: McpServer, message: Message, client: Client) -> dict[str, Any]:
    try:
        return {"jsonrpc": "2.0", "id": message.id, "result": await server.answer(message, client)}
    except RpcError as error:
        return error.body(message.id)
    except Problem as problem:
        return RpcError(INTERNAL_ERROR, problem.detail).body(message.id)
    except Exception:
        get_log("agent").exception("mcp.failed", method=message.method)
        return RpcError(INTERNAL_ERROR, "an internal error; the service's log says more").body(message.id)


def _response(body: dict[str, Any], client: Client, headers: dict[str, str]) -> Response:
    code = body.get("error", {}).get("code", 0)
    return JSONResponse(body, STATUS.get(code, 200) if client.is_stateless else 200, headers)


def _event(message: dict[str, Any]) -> str:
    return f"event: message\ndata: {json.dumps(message, ensure_ascii=False)}\n\n"


def _first_question(client: Client) -> asyncio.Future[dict[str, Any]]:
    """What the client is asked before the answer: a call asks once. Never done for clients that cannot be asked."""
    if client.outgoing is None:
        return asyncio.get_running_loop().create_future()
    return asyncio.ensure_future(client.outgoing.get())


def _session_headers(server: McpServer, message: Message) -> dict[str, str]:
    is_hello = message.method == "initialize"
    session = server.asked.session_of(message.params.get("capabilities")) if is_hello else ""
    return {SESSION_HEADER: session} if session else {}


def _with_session(server: McpServer, client: Client, request: Request) -> Client | None:
    """The client with what its session says that it can do; None for a session that is not one of ours."""
    session = request.headers.get(SESSION_HEADER)
    if client.is_stateless or session is None:
        return client
    capabilities = server.asked.capabilities_of(session)
    if capabilities is None:
        return None
    can_be_asked = _accepts(request, EVENT_TYPE)
    return Client(client.version, capabilities, asyncio.Queue() if can_be_asked else None)


def _check_transport(request: Request, rules: SiteRules) -> Response | None:
    """Why the request cannot be one of MCP, or None. Raises Forbidden for a page of another site."""
    headers = request.headers
    host = headers.get("x-forwarded-host") or headers.get("host", "")
    if rules.foreign(
        host.encode("latin-1"), headers.get("origin", "").encode("latin-1"),
        headers.get("sec-fetch-site", "").encode("latin-1"),
    ):  # fmt: skip
        raise Forbidden(CROSS_SITE_DETAIL, code="cross-site-request")
    if headers.get("content-type", "").partition(";")[0].strip().lower() != JSON_TYPE:
        return Response(status_code=415)
    return None if _accepts(request, JSON_TYPE) else Response(status_code=406)


def _accepts(request: Request, media_type: str) -> bool:
    accepted = request.headers.get("accept", "*/*").lower()
    kinds = {one.partition(";")[0].strip() for one in accepted.split(",")}
    return bool(kinds & {media_type, f"{media_type.partition('/')[0]}/*", "*/*"})


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > BODY_BYTES_MAX:
            raise TooLarge(f"a message is at most {BODY_BYTES_MAX} bytes")
    return bytes(body)
