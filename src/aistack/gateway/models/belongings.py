"""What becomes of the model table's entries of a person who leaves."""

from aistack.chassis.identity import OWNER
from aistack.gateway.models.administration import ModelAdministration


class ModelBelongings:
    """The entries that belong to a subject."""

    def __init__(self, models: ModelAdministration) -> None:
        self._models = models

    async def names_of(self, subject: str) -> list[str]:
        return await (await self._models.opened_ownership()).names_of(subject)

    async def hand_over(self, subject: str, heir: str | None) -> None:
        """Gives a subject's entries to an heir, or deletes them, and removes the subject's grants and conversations.

        An entry of `stack.toml` is not deleted: it belongs to the stack's owners again. Raises InvalidInput for one
        that other entries need.
        """
        ownership = await self._models.opened_ownership()
        for name in await ownership.names_of(subject):
            if heir is None and name in self._models.stored:
                await self._models.delete(name)
            if heir is not None or self._models.exists(name):
                await ownership.transfer(ownership.thing(name), heir or OWNER)
        await ownership.forget(subject)
        await (await self._models.opened_responses()).forget(subject)
