"""Chat models of the stack's model table, by role: `default`, `precise`. Called through the gateway's `/v1`."""

from collections.abc import Callable, Mapping

import httpx

from aistack.llm.chat import ChatModel

RESOLVE_SECONDS_MAX = 5.0


class StackModel(ChatModel):
    """The model that a role stands for at the moment. `headers` says whom a call is for, who also pays for it."""

    def __init__(
        self, gateway_url: str, role: str, key: str, seconds_max: float, headers: Callable[[], Mapping[str, str]]
    ) -> None:
        base = gateway_url.rstrip("/") + "/v1"
        super().__init__(base, role, key, seconds_max, headers)
        self._role_url = f"{base}/models/{role}"

    async def resolve(self) -> str:
        """The model's name in the table; empty if none that services use has this role, or the gateway is away."""
        try:
            found = await self._http.get(self._role_url, headers=self._headers(), timeout=RESOLVE_SECONDS_MAX)
            view = found.json() if found.is_success else {"services": False}
            return str(view.get("alias_of") or view["id"]) if view.get("services", True) else ""
        except (httpx.HTTPError, ValueError, KeyError, AttributeError, RuntimeError):  # the last if a reload closed it
            return ""
