"""Metadata of the MCP server as a protected resource (RFC 9728): who issues the tokens that it takes."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request

from aistack.chassis.errors import NotFound

PATH = "/.well-known/oauth-protected-resource"


def resource_metadata_routes(issuer: Callable[[], str]) -> APIRouter:
    """`issuer` of JWTs; empty if none is configured."""
    router = APIRouter(tags=["health"])

    @router.get(PATH, include_in_schema=False)
    @router.get(f"{PATH}/mcp")
    async def read_resource_metadata(request: Request) -> dict[str, Any]:
        """Where clients of `/mcp` get a token. 404 without GATEWAY_JWT_ISSUER."""
        if not issuer():
            raise NotFound("no issuer of tokens is configured; use an API key")
        headers = request.headers
        host = headers.get("x-forwarded-host") or headers.get("host", "")
        scheme = headers.get("x-forwarded-proto") or request.url.scheme
        return {
            "resource": f"{scheme}://{host}/mcp", "resource_name": "AI Stack",
            "authorization_servers": [issuer()], "bearer_methods_supported": ["header"],
        }  # fmt: skip

    return router
