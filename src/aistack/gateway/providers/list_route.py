"""`/gateway/providers`: the ways in which people sign in, for administrators."""

from typing import Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from sqlalchemy import func, select

from aistack.gateway.providers.people import provider_key
from aistack.gateway.routes.scope_guard import administrators_only
from aistack.gateway.sign_in.tables import ProviderLink
from aistack.stack.identity.settings import IdentitySettings, Unknown
from aistack.stores.records import Records


class ProviderView(BaseModel):
    """An identity provider. `linked` is the number of accounts that signed in with it, None where none are linked."""

    name: str
    title: str
    kind: Literal["openid-connect", "proxy-header"]
    issuer: str = Field(description="the provider's address, or the name of the proxy's header")
    unknown: Unknown = Field(description="what happens to people without an account")
    linked: int | None = None


class SignInView(BaseModel):
    """What people can sign in with."""

    passwords: bool
    passkeys: bool
    providers: list[ProviderView]


def provider_list_routes(settings: IdentitySettings, records: Records) -> APIRouter:
    router = APIRouter(prefix="/gateway", tags=["people"], dependencies=[Depends(administrators_only)])

    @router.get("/providers")
    async def list_providers() -> SignInView:
        """The identity providers, and whether passwords and passkeys are accepted. They are set in stack.toml."""
        query = select(ProviderLink.provider, func.count().label("linked")).group_by(ProviderLink.provider)
        async with records.read() as connection:
            linked = {row.provider: row.linked for row in await connection.execute(query)}
        providers = [
            ProviderView(
                name=one.name, title=one.title, kind="openid-connect", issuer=one.issuer, unknown=one.unknown,
                linked=linked.get(provider_key(one), 0),
            )
            for one in settings.providers
        ]  # fmt: skip
        proxy = settings.proxy
        if proxy.header:
            view = ProviderView(
                name="proxy", title="", kind="proxy-header", issuer=proxy.header, unknown=proxy.unknown
            )  # fmt: skip
            providers.append(view)
        return SignInView(passwords=settings.passwords, passkeys=settings.passkeys, providers=providers)

    return router
