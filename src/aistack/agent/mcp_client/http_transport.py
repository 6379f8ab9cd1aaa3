"""Messages over HTTP (Streamable HTTP): a POST each, answered by JSON or by a stream of events.

The server gets the headers that were configured for it, and nothing else of ours.
"""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import Any

import httpx

from aistack.agent.mcp_client.failures import ConnectionEnded, Refused, ServerFailed
from aistack.agent.mcp_client.transport import MESSAGE_BYTES_MAX, answer_to, decode, encode, is_response, result_of
from aistack.chassis.web.public_web import FetchFailed, PublicWeb

SESSION_HEADER = "mcp-session-id"
SESSION_CHARACTERS_MAX = 512
JSON_TYPE, EVENT_TYPE = "application/json", "text/event-stream"
SENT = {
    "content-type": JSON_TYPE, "accept": f"{JSON_TYPE}, {EVENT_TYPE}", "accept-encoding": "identity",
    "user-agent": "aistack-agent",
}  # fmt: skip
SILENCE_SECONDS, END_SECONDS = 120.0, 5.0
UNAUTHORIZED, FORBIDDEN, NOT_FOUND = 401, 403, 404


class HttpTransport:
    """`headers` are the person's own for this server. `web` refuses addresses that are not public."""

    def __init__(self, web: PublicWeb, url: str, headers: Mapping[str, str]) -> None:
        self._web = web
        self._url = url
        self._headers = dict(headers)
        self._session = ""

    async def begin(self) -> None:
        self._session = ""

    async def request(self, message: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, Any]:
        try:
            async with self._send(message, headers) as response:
                if message["method"] == "initialize":
                    self._session = response.headers.get(SESSION_HEADER, "")[:SESSION_CHARACTERS_MAX]
                media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
                if media_type == EVENT_TYPE:
                    return await self._from_events(response, message["id"], headers)
                found = await _whole(response)
                if media_type == JSON_TYPE and (found or response.is_success):
                    body = decode(found)
                    if response.is_success or "error" in body:
                        return self._checked(body, message["id"], 0 if response.is_success else response.status_code)
                raise Refused(f"it answered HTTP {response.status_code}", status=response.status_code)
        except FetchFailed as failed:
            raise ServerFailed(str(failed)) from None

    async def notify(self, message: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        try:
            async with self._send(message, headers):
                pass
        except FetchFailed as failed:
            raise ServerFailed(str(failed)) from None

    async def close(self) -> None:
        """Ends the session, if the server keeps one."""
        if self._session:
            with contextlib.suppress(FetchFailed):
                own = {**self._headers, SESSION_HEADER: self._session}
                async with self._web.exchange(self._url, b"", own, method="DELETE", seconds_max=END_SECONDS):
                    self._session = ""

    @contextlib.asynccontextmanager
    async def _send(self, message: Mapping[str, Any], headers: Mapping[str, str]) -> AsyncGenerator[httpx.Response]:
        sent = {**self._headers, **SENT, **headers}
        if self._session and message.get("method") != "initialize":
            sent[SESSION_HEADER] = self._session
        async with self._web.exchange(self._url, encode(message), sent, seconds_max=SILENCE_SECONDS) as response:
            if response.status_code in (UNAUTHORIZED, FORBIDDEN):
                raise ServerFailed(f"it refused the credentials (HTTP {response.status_code}); set its headers")
            if response.has_redirect_location:
                raise ServerFailed("it redirects to another address; enter that one")
            if response.status_code == NOT_FOUND and SESSION_HEADER in sent:
                self._session = ""
                raise ConnectionEnded
            yield response

    def _checked(self, body: Mapping[str, Any], request_id: int, status: int) -> dict[str, Any]:
        if "error" not in body and not is_response(body, request_id):
            raise ServerFailed("it answered another request than this one")
        return result_of(body, status)

    async def _from_events(
        self, response: httpx.Response, request_id: int, headers: Mapping[str, str]
    ) -> dict[str, Any]:
        async for data in _event_data(response):
            message = decode(data)
            if is_response(message, request_id):
                return result_of(message)
            answer = answer_to(message)
            if answer is not None:
                await self.notify(answer, headers)
        raise ServerFailed("its answer ended early")


async def _whole(response: httpx.Response) -> bytes:
    return b"".join([piece async for piece in _bounded(response)])


async def _bounded(response: httpx.Response) -> AsyncIterator[bytes]:
    """The body as it was sent. Raises ServerFailed if it is too long, or compressed in spite of our request."""
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise ServerFailed("it compressed its answer, which was not asked for")
    size = 0
    async for piece in response.aiter_raw():
        size += len(piece)
        if size > MESSAGE_BYTES_MAX:
            raise ServerFailed(f"its answer is longer than {MESSAGE_BYTES_MAX} bytes")
        yield piece


async def _event_data(response: httpx.Response) -> AsyncIterator[str]:
    """The data of server-sent events."""
    rest, data = b"", list[str]()
    async for piece in _bounded(response):
        *lines, rest = (rest + piece).replace(b"\r\n", b"\n").split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                data.append(line[5:].removeprefix(b" ").decode("utf-8", "replace"))
            elif not line and data:
                yield "\n".join(data)
                data = []
