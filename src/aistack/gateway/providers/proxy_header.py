"""`/sign-in/proxy`: a proxy in front of the gateway has signed the person in, and says who it is in a header."""

from fastapi import APIRouter
from fastapi.responses import Response
from starlette.requests import Request

from aistack.chassis.errors import InvalidInput
from aistack.gateway.people.names import checked_email
from aistack.gateway.providers.people import ProviderAccounts
from aistack.gateway.sign_in.entrance import Entrance
from aistack.gateway.sign_in.pages.page import Page, redirect
from aistack.gateway.sign_in.pages.refused import Refused
from aistack.gateway.sign_in.pages.return_to import return_path, sign_in_path
from aistack.gateway.sign_in.proxied import proxied_name


def proxy_routes(entrance: Entrance, accounts: ProviderAccounts) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    settings = entrance.settings.proxy

    @router.get("/sign-in/proxy")
    async def sign_in(request: Request) -> Response:
        """Signs in whom the proxy names."""
        try:
            email = _email(request)
            async with entrance.counted(request):
                row = await entrance.credentials.with_email(email) or await accounts.create(settings.unknown, "", email)
            response = redirect(return_path(request.query_params.get("next", "")))
            await entrance.begin_session(request, response, row.id, entrance.signed_in(request, "proxy"))
            return response
        except Refused as refused:
            entrance.note_refused(request, "proxy", refused.key.removeprefix("error-"))
            page = Page(request, "sign-in")
            page.refuse(refused)
            page.link("sign-in", sign_in_path() + "?again=1")
            return page.response()

    def _email(request: Request) -> str:
        """The address in the header. Raises Refused."""
        name = proxied_name(request, settings)
        if not name:
            raise Refused("error-proxy", 403)
        try:
            return checked_email(name)
        except InvalidInput:
            raise Refused("error-unknown", 403) from None

    return router
