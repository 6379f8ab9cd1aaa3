"""The cookies of signing in. Over TLS their names begin with `__Host-` or `__Secure-` (RFC 6265bis §4.1.3)."""

from starlette.requests import Request
from starlette.responses import Response

from aistack.gateway.http1.cookies import HOST_SESSION_COOKIE, SESSION_COOKIE
from aistack.gateway.identity.authentication import SESSION_HEADER
from aistack.gateway.sign_in.pages.words import LANGUAGE_COOKIE

LANGUAGE_SECONDS = 365 * 86_400


def is_secure(request: Request) -> bool:
    """Whether the browser uses TLS; the gateway's data plane sets this header itself."""
    return request.headers.get("x-forwarded-proto") == "https"


def session_of(request: Request) -> str:
    """The id of the session that the request belongs to, according to the data plane; empty for none."""
    return request.headers.get(SESSION_HEADER, "")


def set_session(response: Response, request: Request, token: str, seconds: float) -> None:
    """The session cookie, which the browser keeps for some time; the gateway may end the session earlier."""
    secure = is_secure(request)
    name = HOST_SESSION_COOKIE if secure else SESSION_COOKIE
    age = int(seconds)
    response.set_cookie(name, token, max_age=age, path="/", secure=secure, httponly=True, samesite="lax")


def clear_session(response: Response, request: Request) -> None:
    secure = is_secure(request)
    name = HOST_SESSION_COOKIE if secure else SESSION_COOKIE
    response.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="lax")


def set_step(response: Response, request: Request, name: str, value: str, seconds: int) -> None:
    """A cookie that connects one step of signing in with the next; only the pages of signing in get it."""
    response.set_cookie(
        _step_name(request, name), value, max_age=seconds, path="/sign-in", secure=is_secure(request), httponly=True,
        samesite="lax",
    )  # fmt: skip


def step_of(request: Request, name: str) -> str:
    return request.cookies.get(_step_name(request, name), "")


def clear_step(response: Response, request: Request, name: str) -> None:
    response.delete_cookie(
        _step_name(request, name), path="/sign-in", secure=is_secure(request), httponly=True, samesite="lax"
    )


def keep_language(response: Response, request: Request, language: str) -> None:
    response.set_cookie(
        LANGUAGE_COOKIE, language, max_age=LANGUAGE_SECONDS, path="/", secure=is_secure(request), httponly=True,
        samesite="lax",
    )  # fmt: skip


def _step_name(request: Request, name: str) -> str:
    return f"{'__Secure-' if is_secure(request) else ''}aistack-{name}"
