"""The ways in: checks of passwords and codes with their limits, and the session that follows."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from aistack.chassis.errors import InvalidInput, NotFound, Problem, Unavailable
from aistack.chassis.identity import ANONYMOUS, Principal, principal
from aistack.gateway.identity.audit_log import AuditLog, Refusal
from aistack.gateway.identity.authorization import Actor
from aistack.gateway.people.names import checked_email, email_key
from aistack.gateway.people.people import People
from aistack.gateway.routes.scope_guard import actor_of
from aistack.gateway.sign_in.credentials.attempts import SignInAttempts
from aistack.gateway.sign_in.credentials.credentials import Credentials
from aistack.gateway.sign_in.pages import cookies
from aistack.gateway.sign_in.pages.refused import Refused
from aistack.gateway.sign_in.sessions import SessionStore, SignedIn
from aistack.gateway.sign_in.steps import Steps
from aistack.stack.identity.settings import IdentitySettings
from aistack.stores.records import AnyRow

SECOND_STEP = "second-step"
SECOND_STEP_SECONDS = 300
AGENT = "user-agent"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whose browser it is: the account and the session that the request's cookie stands for."""

    user_id: str
    session: str
    who: Principal


@dataclass(frozen=True, slots=True)
class Entrance:
    """What all ways in share."""

    settings: IdentitySettings
    people: People
    credentials: Credentials
    sessions: SessionStore
    steps: Steps
    audit: AuditLog
    attempts: SignInAttempts

    async def check_password(self, request: Request, email: str, password: str) -> AnyRow:
        """The account. Raises Refused."""
        if not self.settings.passwords:
            raise Refused("error-passwords-off", 403)
        name, address = email_key(email[:512]), actor_of(request.scope).address
        await self._take(name, address)
        try:
            row = await self.credentials.check_password(email, password)
        except Unavailable:
            await self.attempts.succeeded(name, address)
            raise Refused("error-busy", 503) from None
        if row is None:
            self.note(request, ANONYMOUS, "sign-in.refused", _typed(email), "wrong e-mail address or password")
            raise Refused("error-credentials")
        await self.attempts.succeeded(name, address)
        return row

    async def check_code(self, request: Request, user_id: str, code: str) -> None:
        """Checks a code of the second step. Raises Refused."""
        name, address = f"second step of {user_id}", actor_of(request.scope).address
        await self._take(name, address)
        if not await self.credentials.check_code(user_id, code):
            self.note(request, ANONYMOUS, "sign-in.refused", f"user:{user_id}", "wrong code in the second step")
            raise Refused("error-code")
        await self.attempts.succeeded(name, address)

    async def begin_session(
        self, request: Request, response: Response, user_id: str, how: SignedIn, since: datetime | None = None
    ) -> None:
        """A new session in place of the browser's last one; as `SessionStore.begin`.

        Raises Refused for a disabled account.
        """
        who = self.people.principal(user_id)
        if who is None:
            raise Refused("error-disabled", 403)
        try:
            token = await self.sessions.begin(user_id, how, since)
        except NotFound:
            raise Refused("error-disabled", 403) from None
        viewer = self.viewer(request)
        if viewer is not None:
            await self.end_quietly(viewer.session)
        cookies.set_session(response, request, token, self.settings.session_seconds)
        cookies.clear_step(response, request, SECOND_STEP)
        detail = how.method if not how.provider else f"{how.method} {how.provider}"
        self.note(request, who, "sign-in.succeeded", who.id, detail)

    def signed_in(self, request: Request, method: str, **more: Any) -> SignedIn:
        address = actor_of(request.scope).address
        return SignedIn(method, address, request.headers.get(AGENT, ""), **more)

    async def end_quietly(self, session: str) -> None:
        """Ends a session that may have ended already."""
        try:
            await self.sessions.end(session)
        except NotFound:
            return

    def note(self, request: Request, who: Principal, action: str, subject: str, detail: str = "") -> None:
        """An entry of the audit log."""
        actor = Actor(who, actor_of(request.scope).address, identified=True)
        self.audit.record(actor, action, subject[:256], detail)

    def note_refused(self, request: Request, subject: str, reason: str) -> None:
        """An entry of the audit log for what anybody can cause, without a limit."""
        self.audit.count_refused(Refusal("sign-in.refused", subject[:256], actor_of(request.scope).address, reason))

    @asynccontextmanager
    async def counted(self, request: Request, *forgiven: type[Exception]) -> AsyncGenerator[None]:
        """An attempt of the browser's network, which counts if it ends with an exception that is not `forgiven`.

        Raises Refused.
        """
        address = actor_of(request.scope).address
        await self._take("", address)
        try:
            yield
        except forgiven:
            await self.attempts.succeeded("", address)
            raise
        await self.attempts.succeeded("", address)

    def viewer(self, request: Request) -> Viewer | None:
        """Whose browser it is; None when nobody is signed in there."""
        who, session = principal.get(), cookies.session_of(request)
        if who.kind != "user" or not session:
            return None
        return Viewer(who.subject.removeprefix("user:"), session, who)

    async def _take(self, name: str, address: str) -> None:
        try:
            await self.attempts.take(name, address)
        except Problem as problem:
            raise Refused("error-too-many", 429, seconds=problem.headers["retry-after"]) from None


def _typed(email: str) -> str:
    """What was given as the e-mail address, for the audit log; people also type their password there."""
    try:
        return checked_email(email)
    except InvalidInput:
        return "something that is not an e-mail address"
