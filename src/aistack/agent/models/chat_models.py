"""The chat models of conversations: the one at `AGENT_LLM_URL`, or those of the stack's model table."""

from aistack.agent.settings import AgentSettings
from aistack.chassis.identity import on_callers_behalf
from aistack.llm.chat import ChatModel
from aistack.llm.stack_model import StackModel

DEFAULT = "default"
KEPT_MAX = 100


class ChatModels:
    """Models by name. Calls through the gateway are on behalf of the run's principal, who also pays for them."""

    def __init__(self, settings: AgentSettings) -> None:
        self._settings = settings
        self._models: dict[str, ChatModel] = {}
        self._retired: list[ChatModel] = []

    def get(self, name: str) -> ChatModel | None:
        """The model of a name, the default one for an empty name; None if there is no gateway to ask."""
        settings = self._settings
        if settings.llm_url:
            name = name or settings.llm_model
        elif not settings.gateway_url:
            return None
        else:
            name = name or DEFAULT
        model = self._models.get(name)
        if model is None:
            model = self._open(name)
            if len(self._models) < KEPT_MAX:
                self._models[name] = model
        return model

    def replace(self, settings: AgentSettings) -> None:
        """Uses other settings from now on. Runs in progress keep their models."""
        self._settings = settings
        self._retired += self._models.values()
        self._models = {}

    async def close(self) -> None:
        for one in (*self._models.values(), *self._retired):
            await one.close()

    def _open(self, name: str) -> ChatModel:
        settings = self._settings
        if settings.llm_url:
            return ChatModel(settings.llm_url, name, settings.llm_key, settings.llm_seconds_max)
        secret = settings.secret if settings.identity else ""
        return StackModel(
            settings.gateway_url, name, settings.api_key, settings.llm_seconds_max,
            lambda: on_callers_behalf(secret, settings.service, "models"),
        )  # fmt: skip
