"""`/gateway/keys` and `/gateway/audit`: for administrators, the callers whose keys have no restriction."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request

from aistack.chassis.errors import InvalidInput, Problem
from aistack.chassis.identity import principal
from aistack.gateway.identity.api_keys import ApiKeyStore
from aistack.gateway.identity.audit_log import AuditLog
from aistack.gateway.routes.scope_guard import actor_of
from aistack.gateway.tables import PAGE_MAX
from aistack.gateway.wire import AuditView, KeyCreated, KeyList, KeyRequest, KeyView
from aistack.stores.records import AnyRow

KeyId = Annotated[str, Path(pattern=r"^[0-9a-f]{12}$")]


def administrators_only() -> None:
    """Raises 403 for callers restricted to some services, and for services themselves."""
    who = principal.get()
    if who.services is not None or who.kind not in ("key", "jwt"):
        raise Problem("only an administrator can do this; use an unrestricted API key", code="forbidden", status=403)


def key_routes(keys: ApiKeyStore, audit: AuditLog) -> APIRouter:
    router = APIRouter(prefix="/gateway", tags=["keys"], dependencies=[Depends(administrators_only)])

    @router.get("/keys")
    async def list_keys() -> KeyList:
        """All keys, newest first. The keys themselves are not stored."""
        return KeyList(keys=[_view(row) for row in await keys.all_keys()])

    @router.post("/keys", status_code=201)
    async def create_key(wanted: KeyRequest, request: Request) -> KeyCreated:
        """Creates a key. It is shown in this response and never again."""
        expires_at = wanted.expires_at
        if expires_at is not None and expires_at.tzinfo is None:
            raise InvalidInput("expires_at needs a time zone, as in 2027-01-31T00:00:00Z")
        key, row = await keys.create(wanted.name, wanted.services, wanted.rate, expires_at)
        await audit.note("key.created", row.id, f"{row.name}: {_reach(row)}", _address(request))
        return KeyCreated(key=key, **_view(row).model_dump())

    @router.delete("/keys/{key_id}")
    async def revoke_key(key_id: KeyId, request: Request) -> KeyView:
        """Revokes a key immediately, on every gateway of the stack."""
        row = await keys.revoke(key_id)
        await audit.note("key.revoked", row.id, row.name, _address(request))
        return _view(row)

    @router.get("/audit")
    async def read_audit(
        before: Annotated[int | None, Query(ge=1)] = None, limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 50
    ) -> list[AuditView]:
        """Keys, registrations, rejections, failed logins; newest first. `before` is the previous page's last id."""
        rows = await audit.page(before, limit)
        return [AuditView.model_validate(row, from_attributes=True) for row in rows]

    return router


def _view(row: AnyRow) -> KeyView:
    state = "valid"
    if row.revoked_at is not None:
        state = "revoked"
    elif row.expires_at is not None and row.expires_at <= datetime.now(row.expires_at.tzinfo):
        state = "expired"
    return KeyView(
        id=row.id,
        name=row.name,
        start=row.start,
        state=state,
        services=row.services,
        rate=row.rate,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )


def _reach(row: AnyRow) -> str:
    return "all services" if row.services is None else ", ".join(row.services) or "no service"


def _address(request: Request) -> str:
    return actor_of(request.scope).address
