"""HTTP endpoint for the tools that answers may use."""

from fastapi import APIRouter

from aistack.access.rules import open_to
from aistack.agent.calls.tool_registry import ToolRegistry
from aistack.agent.wire import ToolView
from aistack.chassis.identity import principal


def tool_routes(registry: ToolRegistry) -> APIRouter:
    """`/v1/agent/tools`."""
    router = APIRouter(prefix="/v1/agent", tags=["agent"])

    @router.get("/tools", dependencies=[open_to("everyone")])
    async def list_tools() -> list[ToolView]:
        """The tools that answers may use, what each needs, and why others are off."""
        offer = await registry.offer(principal.get())
        tools = [
            ToolView(
                name=one.name, description=one.description, parameters=dict(one.parameters), permission=one.permission
            )
            for one in offer.tools
        ]
        off = [ToolView(name=name, off=why) for name, why in offer.off.items()]
        return sorted(tools + off, key=lambda one: one.name)

    return router
