"""`/gateway/keys` and `/gateway/audit`: all of them for administrators; everybody has their own keys."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request

from aistack.chassis.errors import Forbidden, InvalidInput, NotFound
from aistack.chassis.identity import OWNER, Principal, principal
from aistack.gateway.identity.api_keys import ApiKeyStore, Narrowing, no_key
from aistack.gateway.identity.audit_log import AuditLog
from aistack.gateway.models.accounting.budgets import parse_budget
from aistack.gateway.people.accounts import check_authority
from aistack.gateway.people.people import People
from aistack.gateway.routes.scope_guard import actor_of, administrators_only
from aistack.gateway.tables import PAGE_MAX
from aistack.gateway.wire.administration import AuditView, KeyCreated, KeyList, KeyModelRules, KeyRequest, KeyView
from aistack.stores.records import AnyRow

KeyId = Annotated[str, Path(pattern=r"^[0-9a-f]{12}$")]


Administrators = Depends(administrators_only)


def key_routes(keys: ApiKeyStore, people: People, audit: AuditLog) -> APIRouter:
    router = APIRouter(prefix="/gateway", tags=["keys"])

    @router.get("/keys")
    async def list_keys() -> KeyList:
        """The caller's keys, for administrators all keys; newest first. The keys themselves are not stored."""
        who = principal.get()
        rows = await keys.all_keys("" if who.is_administrator else who.subject)
        return KeyList(keys=[_view(row) for row in rows])

    @router.post("/keys", status_code=201)
    async def create_key(wanted: KeyRequest, request: Request) -> KeyCreated:
        """Creates a key, which never reaches further than whom it belongs to. It is shown only in this response."""
        expires_at = wanted.expires_at
        if expires_at is not None and expires_at.tzinfo is None:
            raise InvalidInput("expires_at needs a time zone, as in 2027-01-31T00:00:00Z")
        subject = _subject_for(principal.get(), wanted.subject, people)
        rules = checked_rules(wanted.model_rules)
        narrowing = Narrowing(wanted.services, wanted.read_only, wanted.things)
        key, row = await keys.create(wanted.name, narrowing, wanted.rate, expires_at, rules, subject)
        await audit.note("key.created", row.id, f"{row.name}: {_reach(row)}", _address(request))
        return KeyCreated(key=key, **_view(row).model_dump())

    @router.put("/keys/{key_id}/models", dependencies=[Administrators])
    async def set_model_rules(key_id: KeyId, wanted: KeyModelRules, request: Request) -> KeyView:
        """Sets the budget of a key, and which models it may use."""
        rules = checked_rules(wanted)
        check_authority(principal.get(), _role(await keys.get(key_id), people))
        row = await keys.set_model_rules(key_id, rules)
        await audit.note("key.models", row.id, f"{row.name}: {wanted.budget or 'no budget'}", _address(request))
        return _view(row)

    @router.delete("/keys/{key_id}")
    async def revoke_key(key_id: KeyId, request: Request) -> KeyView:
        """Revokes a key immediately, on every gateway of the stack."""
        who, row = principal.get(), await keys.get(key_id)
        if not who.is_administrator and row.subject != who.subject:
            raise NotFound(no_key(key_id))
        if who.is_administrator:
            check_authority(who, _role(row, people))
        row = await keys.revoke(key_id)
        await audit.note("key.revoked", row.id, row.name, _address(request))
        return _view(row)

    @router.get("/audit", dependencies=[Administrators])
    async def read_audit(
        before: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
        limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 50,
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
        model_rules=None if row.model_rules is None else KeyModelRules.model_validate(row.model_rules),
        subject=row.subject,
        read_only=row.read_only,
        things=row.things,
    )


def checked_rules(wanted: KeyModelRules | None) -> dict[str, Any] | None:
    """Rules as they are stored. Raises InvalidInput."""
    if wanted is None:
        return None
    if wanted.budget:
        try:
            parse_budget(wanted.budget)
        except ValueError as error:
            raise InvalidInput(f"budget: {error}") from None
    return wanted.model_dump()


def _subject_for(who: Principal, wanted: str, people: People) -> str:
    """Whom a new key belongs to. Raises Forbidden.

    A key of somebody who is no administrator cannot create keys: they would outlive it, and escape its limits.
    """
    own = who.subject if who.subject in people.directory.people else OWNER
    subject = wanted or own
    if not who.is_administrator and (who.kind != "user" or subject != who.subject):
        raise Forbidden("you can create keys for yourself, after signing in; ask an administrator for others")
    meant = people.principal_of(subject)
    check_authority(who, meant.role if meant else "member")
    return subject


def _role(row: AnyRow, people: People) -> str:
    """The role of whom a key belongs to, also when they are disabled."""
    owner = people.directory.people.get(row.subject)
    return "owner" if row.subject == OWNER else owner.role if owner else "member"


def _reach(row: AnyRow) -> str:
    """What a key reaches, for the audit log, such as "rag, read only, for user:0123456789ab"."""
    reach = ["all services" if row.services is None else ", ".join(row.services) or "no service"]
    if row.read_only:
        reach.append("read only")
    if row.things is not None:
        reach.append("only " + ", ".join(row.things))
    if row.subject != OWNER:
        reach.append("for " + row.subject)
    return ", ".join(reach)


def _address(request: Request) -> str:
    return actor_of(request.scope).address
