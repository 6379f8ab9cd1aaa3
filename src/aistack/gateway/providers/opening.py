"""Opens the identity providers of `stack.toml`."""

from contextlib import AsyncExitStack

import httpx
from fastapi import FastAPI

from aistack.gateway.providers.list_route import provider_list_routes
from aistack.gateway.providers.people import ProviderAccounts
from aistack.gateway.providers.provider import ANSWER_SECONDS_MAX, Provider
from aistack.gateway.providers.proxy_header import proxy_routes
from aistack.gateway.providers.routes import PREFIX, provider_routes
from aistack.gateway.sign_in.entrance import Entrance


async def open_providers(app: FastAPI, entrance: Entrance, held: AsyncExitStack) -> None:
    """Adds the routes of the providers, and of a proxy that signs people in. Raises ValueError for a missing secret."""
    settings = entrance.settings
    accounts = ProviderAccounts(entrance.people, entrance.credentials)
    app.include_router(provider_list_routes(settings, entrance.people.changes.records))
    if settings.proxy.header:
        app.include_router(proxy_routes(entrance, accounts))
    if not settings.providers:
        return
    for one in settings.providers:
        if one.secret_variable and not one.client_secret:
            raise ValueError(f"the provider {one.name} needs its client secret in the variable {one.secret_variable}")
    limits = httpx.Limits(max_connections=20, max_keepalive_connections=4)
    http = await held.enter_async_context(httpx.AsyncClient(timeout=ANSWER_SECONDS_MAX, limits=limits))
    providers = {
        one.name: Provider(one, f"{settings.public_url}{PREFIX}/{one.name}/callback", http)
        for one in settings.providers
    }
    app.include_router(provider_routes(entrance, providers, accounts, entrance.people.changes.records))
