"""Calls between services: always through the gateway, with the caller's request id and trace context."""

import asyncio
import ssl
from collections.abc import AsyncGenerator
from types import TracebackType
from typing import Any, Self

import httpx

from aistack.chassis.errors import TYPE_PREFIX, GatewayFailed, Problem
from aistack.chassis.request_context import request_id, traceparent, tracestate

TOO_MANY_REQUESTS = 429
RETRIES_MAX = 3
WAIT_SECONDS_MAX = 10


class GatewayClient:
    """The base class of every service's typed client. Use with `async with`.

    Failures are raised as Problem: the one that the other side sent, or GatewayFailed when it could not be reached.
    A rate-limited call (429) is retried a few times after the time in `Retry-After`.
    """

    def __init__(
        self,
        gateway_url: str,
        api_key: str = "",
        timeout_seconds: float = 60.0,
        uds: str | None = None,
        ca_file: str = "",
    ) -> None:
        """`ca_file` holds the authorities that are trusted instead of the public ones. Raises OSError if it is bad."""
        headers = {"authorization": f"Bearer {api_key}"} if api_key else {}
        transport = httpx.AsyncHTTPTransport(uds=uds) if uds else None
        self._http = httpx.AsyncClient(
            base_url=gateway_url,
            headers=headers,
            timeout=timeout_seconds,
            trust_env=False,
            transport=transport,
            verify=ssl.create_default_context(cafile=ca_file) if ca_file else True,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def call(self, method: str, path: str, **parts: Any) -> Any:
        """The decoded JSON response, or None when it has no body (204)."""
        headers = _traced(parts.pop("headers", None))
        try:
            answer = await self._http.request(method, path, headers=headers, **parts)
            for _ in range(RETRIES_MAX):
                if answer.status_code != TOO_MANY_REQUESTS or not 0 < _wait_seconds(answer) <= WAIT_SECONDS_MAX:
                    break
                await asyncio.sleep(_wait_seconds(answer))
                answer = await self._http.request(method, path, headers=headers, **parts)
        except httpx.HTTPError as error:
            raise self._failed(method, path, error) from error
        if answer.is_success:
            return answer.json() if answer.content else None
        raise _problem(answer)

    async def events(self, method: str, path: str, **parts: Any) -> AsyncGenerator[tuple[str, str]]:
        """The name and the data of each server-sent event of a response. Each has one line of data."""
        headers = _traced(parts.pop("headers", None))
        name = ""
        try:
            async with self._http.stream(method, path, headers=headers, **parts) as answer:
                if not answer.is_success:
                    await answer.aread()
                    raise _problem(answer)
                async for line in answer.aiter_lines():
                    if line.startswith("event: "):
                        name = line.removeprefix("event: ")
                    elif line.startswith("data: "):
                        yield name, line.removeprefix("data: ")
        except httpx.HTTPError as error:
            raise self._failed(method, path, error) from error

    async def stream(self, method: str, path: str, **parts: Any) -> AsyncGenerator[bytes]:
        """The body of a response, as it arrives."""
        headers = _traced(parts.pop("headers", None))
        try:
            async with self._http.stream(method, path, headers=headers, **parts) as answer:
                if not answer.is_success:
                    await answer.aread()
                    raise _problem(answer)
                async for chunk in answer.aiter_bytes():
                    yield chunk
        except httpx.HTTPError as error:
            raise self._failed(method, path, error) from error

    def _failed(self, method: str, path: str, error: httpx.HTTPError) -> GatewayFailed:
        where = f"{method} {str(self._http.base_url).rstrip('/')}{path}"
        return GatewayFailed(f"{where} did not answer ({type(error).__name__}: {error}); is the stack running?")


def _traced(given: dict[str, str] | None) -> dict[str, str]:
    """Headers, with the request id and the trace context of the request that is being handled."""
    headers = dict(given or {})
    if request_id.get():
        headers["x-request-id"] = request_id.get()
    if traceparent.get():
        headers["traceparent"] = traceparent.get()
        if tracestate.get():
            headers["tracestate"] = tracestate.get()
    return headers


def _wait_seconds(answer: httpx.Response) -> int:
    given = answer.headers.get("retry-after", "")
    return int(given) if given.isdecimal() else 0


def _problem(answer: httpx.Response) -> Problem:
    try:
        body = answer.json()
        code = str(body["type"]).removeprefix(TYPE_PREFIX)
        return Problem(str(body["detail"]), code=code, status=answer.status_code)
    except (ValueError, KeyError, TypeError):
        text = answer.text[:200]
        return GatewayFailed(f"{answer.request.method} {answer.request.url} answered {answer.status_code}: {text}")
