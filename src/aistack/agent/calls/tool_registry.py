"""Which tools there are for a person: the service's own, and those of sources such as other servers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from aistack.agent.calls.toolbox import Toolbox
from aistack.agent.tool_protocol import Tool
from aistack.chassis.identity import Principal


@dataclass(frozen=True, slots=True)
class Offer:
    """Tools that can be used now. `off` says of others, by name, why they cannot be used."""

    tools: Sequence[Tool] = ()
    off: Mapping[str, str] = field(default_factory=dict[str, str])


class ToolSource(Protocol):
    """Tools that depend on the machine, on who asks, or on another server."""

    async def offer(self, who: Principal) -> Offer:
        """Is asked once a turn, so that it has to answer from what it knows. Never raises."""
        ...


class ToolRegistry:
    """Tools of one name: the service's own one counts, then the first source's."""

    def __init__(self, own: Sequence[Tool] = ()) -> None:
        self._own = own
        self._sources = list[ToolSource]()

    def add(self, source: ToolSource) -> None:
        self._sources.append(source)

    async def offer(self, who: Principal) -> Offer:
        tools = {one.name: one for one in self._own}
        off = dict[str, str]()
        for source in self._sources:
            offered = await source.offer(who)
            tools = {one.name: one for one in offered.tools} | tools
            off = dict(offered.off) | off
        return Offer(list(tools.values()), {name: why for name, why in off.items() if name not in tools})

    async def toolbox(self, who: Principal, allowed: Sequence[str] | None = None) -> Toolbox:
        """The tools of a turn; `allowed` limits them to some names."""
        return Toolbox((await self.offer(who)).tools, allowed)
