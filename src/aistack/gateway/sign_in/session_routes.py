"""`/gateway/sessions`: the open sessions, one's own and, for administrators, everyone's."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel

from aistack.chassis.errors import Forbidden, InvalidInput, NotFound
from aistack.chassis.identity import principal
from aistack.gateway.sign_in.entrance import Entrance
from aistack.gateway.sign_in.pages import cookies
from aistack.gateway.sign_in.sessions import NO_SESSION
from aistack.stores.records import AnyRow

LISTED_MAX = 500
SessionId = Annotated[str, Path(pattern=r"^[0-9a-f]{12}$")]
UserId = Annotated[str, Query(pattern=r"^([0-9a-f]{12}|\*)$")]


class SessionView(BaseModel):
    """An open session. `method` is how the person signed in, `current` is the one that asks."""

    id: str
    user_id: str
    method: str
    provider: str
    address: str
    agent: str
    created_at: datetime
    last_seen_at: datetime
    ends_at: datetime
    current: bool


class SessionList(BaseModel):
    sessions: list[SessionView]


class Ended(BaseModel):
    ended: int


def session_routes(entrance: Entrance) -> APIRouter:
    router = APIRouter(prefix="/gateway/sessions", tags=["people"])
    sessions = entrance.sessions

    @router.get("")
    async def list_sessions(request: Request, user: UserId = "") -> SessionList:
        """One's own sessions; for administrators those of a user, or of everyone (`*`)."""
        user_id = _whose(user)
        rows = await (sessions.every(LISTED_MAX) if user_id == "*" else sessions.of(user_id))
        return SessionList(sessions=[_view(row, cookies.session_of(request)) for row in rows])

    @router.delete("")
    async def end_sessions(request: Request, user: UserId = "") -> Ended:
        """Ends all sessions of a user, immediately and on every gateway; of one's own, all but this one."""
        user_id = _whose(user)
        if user_id == "*":
            raise InvalidInput("name a user: ?user=ID")
        _check_owner(entrance, user_id)
        count = await sessions.end_all(user_id, but=cookies.session_of(request))
        entrance.note(request, principal.get(), "session.ended", f"user:{user_id}", f"{count} sessions")
        return Ended(ended=count)

    @router.delete("/{session_id}")
    async def end_session(session_id: SessionId, request: Request) -> Ended:
        """Ends one session, immediately and on every gateway."""
        row = await sessions.get(session_id)
        who = principal.get()
        if not who.is_administrator and who.subject != f"user:{row.user_id}":
            raise NotFound(NO_SESSION)
        _check_owner(entrance, row.user_id)
        await sessions.end(session_id)
        entrance.note(request, who, "session.ended", f"user:{row.user_id}", session_id)
        return Ended(ended=1)

    return router


def _whose(wanted: str) -> str:
    """The user that a caller asks about. Raises Forbidden."""
    who = principal.get()
    own = who.subject.removeprefix("user:") if who.subject.startswith("user:") else ""
    wanted = wanted or own or "*"
    if wanted != own and not who.is_administrator:
        raise Forbidden("only an administrator can see the sessions of others")
    return wanted


def _check_owner(entrance: Entrance, user_id: str) -> None:
    """Raises Forbidden when an administrator ends a session of an owner."""
    who, whose = principal.get(), entrance.people.principal(user_id)
    if whose is not None and whose.role == "owner" and who.role != "owner":
        raise Forbidden("only an owner can end an owner's session")


def _view(row: AnyRow, current: str) -> SessionView:
    return SessionView(
        id=row.id,
        user_id=row.user_id,
        method=row.method,
        provider=row.provider,
        address=row.address,
        agent=row.agent,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        ends_at=row.ends_at,
        current=row.id == current,
    )
