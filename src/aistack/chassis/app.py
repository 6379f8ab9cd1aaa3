"""The app factory: a FastAPI app with health checks, metrics, problem documents and request context."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from aistack import __version__
from aistack.chassis.errors import PROBLEM_MEDIA_TYPE, Problem, problem_body
from aistack.chassis.identity import PrincipalGuard
from aistack.chassis.registration import Registrar
from aistack.chassis.request_context import RequestContext, request_id
from aistack.chassis.runtime.lifecycle import Lifecycle
from aistack.chassis.settings import ServiceSettings
from aistack.chassis.telemetry.metrics import ServiceMetrics
from aistack.chassis.trusted_hosts import TrustedHosts
from aistack.stack.catalogue import CATALOGUE
from aistack.stack.description import Stack

Resources = Callable[[FastAPI], AbstractAsyncContextManager[None]]

PROBLEM_SCHEMA: dict[str, Any] = {
    "description": "A problem document (RFC 9457)",
    "content": {
        PROBLEM_MEDIA_TYPE: {
            "schema": {
                "type": "object",
                "properties": {
                    "type": {"type": "string", "example": "urn:ai-stack:problem:not-found"},
                    "title": {"type": "string"},
                    "status": {"type": "integer"},
                    "detail": {"type": "string"},
                    "request_id": {"type": "string"},
                },
                "required": ["type", "title", "status", "detail"],
            }
        }
    },
}


def create_service_app(settings: ServiceSettings, resources: Resources, *, front_door: bool = False) -> FastAPI:
    """The app of a service, without its own routes.

    `resources` opens what the service needs before it becomes ready and closes it after it has drained.
    The `front_door` (the gateway) does not register with itself, nor count its own requests twice.
    `app.state.lifecycle` and `app.state.metrics` are for the service's own modules.
    """
    entry = CATALOGUE[settings.service]
    lifecycle = Lifecycle()
    metrics = ServiceMetrics(settings.service, count_requests=not front_door)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with AsyncExitStack() as held:
            held.callback(metrics.watch_loop().stop)
            try:
                await held.enter_async_context(resources(app))
            except Exception as error:
                app.state.start_error = error
                raise
            if not front_door:
                registrar = Registrar(settings, entry)
                lifecycle.on_ready.append(registrar.start)
                lifecycle.before_stop.insert(0, registrar.stop)
            yield

    app = FastAPI(
        title=f"AI Stack: {entry.title}",
        summary=entry.summary,
        version=__version__,
        lifespan=lifespan,
        openapi_url=(entry.prefixes[0].rstrip("/") or "/gateway") + "/openapi.json",
        docs_url=None,
        redoc_url=None,
        responses={"4XX": PROBLEM_SCHEMA, "5XX": PROBLEM_SCHEMA},
    )
    app.state.settings = settings
    app.state.lifecycle = lifecycle
    app.state.metrics = metrics
    if settings.identity:
        app.add_middleware(PrincipalGuard, secret=settings.secret, service=settings.service)
    elif not front_door:  # requests reach the gateway's own app through its data plane
        _add_site_rules(app, settings, lifecycle)
    app.add_middleware(RequestContext, service=settings.service, metrics=metrics, log_requests=not front_door)
    app.add_exception_handler(Problem, _answer_problem)
    app.add_exception_handler(HTTPException, _answer_http_exception)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    _add_health(app, lifecycle, settings.service, front_door)
    if settings.metrics_enabled:
        app.add_route("/metrics", metrics.expose, include_in_schema=False)
    return app


def _add_site_rules(app: FastAPI, settings: ServiceSettings, lifecycle: Lifecycle) -> None:
    held = settings.site_rules

    async def reload(changed: ServiceSettings, _described: Stack) -> None:
        nonlocal held
        held = changed.site_rules

    lifecycle.on_reload.append(reload)
    app.add_middleware(TrustedHosts, rules=lambda: held)


def problem_response(problem: Problem) -> Response:
    return JSONResponse(
        problem.body(request_id.get()), problem.status, headers=problem.headers, media_type=PROBLEM_MEDIA_TYPE
    )


def _add_health(app: FastAPI, lifecycle: Lifecycle, service: str, front_door: bool) -> None:
    async def live() -> dict[str, str]:
        """The process answers."""
        return {"status": "live", "service": service}

    async def ready() -> JSONResponse:
        """The service accepts work: it has started, is not draining, and its dependencies are available."""
        failed = await lifecycle.failures()
        body = {
            "status": "unready" if failed else "ready",
            "service": service,
            "version": __version__,
            "failed": failed,
        }
        return JSONResponse(body, 503 if failed else 200)

    endpoints = {"/health/live": live, "/health/ready": ready} | ({} if front_door else {"/health": ready})
    for path, endpoint in endpoints.items():
        app.add_api_route(path, endpoint, tags=["health"], openapi_extra={"x-access": {"open": "everyone"}})
        app.add_api_route(path, endpoint, methods=["HEAD"], include_in_schema=False)


async def _answer_problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return problem_response(error)


async def _answer_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if error.status_code == 405 and (methods := _methods_of(request)):
        headers["Allow"] = ", ".join(sorted(methods))
    codes = {404: "not-found", 405: "method-not-allowed", 413: "too-large"}
    code = codes.get(error.status_code, "invalid-input" if error.status_code < 500 else "internal")
    return problem_response(Problem(str(error.detail), code=code, status=error.status_code, headers=headers))


def _methods_of(request: Request) -> set[str]:
    """The methods of all routes with the request's path; the framework only considers the first."""
    path = request.scope["path"]
    every = iter_route_contexts(request.app.routes)
    return {
        method
        for one in every
        if one.path is not None and compile_path(one.path)[0].match(path)
        for method in one.methods or ()
    }


async def _answer_invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = [
        {"at": ".".join(str(part) for part in item["loc"]), "message": item["msg"], "kind": item["type"]}
        for item in error.errors()[:20]
    ]
    detail = "; ".join(f"{item['at']}: {item['message']}" for item in errors[:3])
    body = problem_body("invalid-input", 422, detail, request_id.get()) | {"errors": errors}
    return JSONResponse(body, 422, media_type=PROBLEM_MEDIA_TYPE)
