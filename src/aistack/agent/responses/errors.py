"""Errors as OpenAI's clients read them: the house's problem documents with a member `error`."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute

from aistack.chassis.errors import PROBLEM_MEDIA_TYPE, InvalidInput, Problem
from aistack.chassis.request_context import request_id

SERVER_ERROR = 500


class OpenAIErrors(APIRoute):
    """Routes whose errors have both forms."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]  # as awaitable
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await handler(request)
            except Problem as problem:
                return _answer(problem)
            except RequestValidationError as error:
                first: Any = error.errors()[0]
                place = ".".join(map(str, first["loc"][1:]))
                return _answer(InvalidInput(f"{place}: {first['msg']}", status=422))

        return handle


def _answer(problem: Problem) -> Response:
    kind = "server_error" if problem.status >= SERVER_ERROR else "invalid_request_error"
    error = {"message": problem.detail, "type": kind, "code": problem.code, "param": None}
    body = problem.body(request_id.get()) | {"error": error}
    return JSONResponse(body, problem.status, headers=problem.headers, media_type=PROBLEM_MEDIA_TYPE)
