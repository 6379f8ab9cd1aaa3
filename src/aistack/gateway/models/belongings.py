"""What becomes of a person's entries of the model table and kept responses when they leave, and their export."""

from collections.abc import AsyncGenerator

from sqlalchemy import select

from aistack.access.exporting.exports import Export, ExportedFile, Omission, columns_of, grants_of, json_file, row_pages
from aistack.access.exporting.file_names import FileNames, file_name
from aistack.chassis.identity import OWNER
from aistack.gateway.models.administration import ModelAdministration
from aistack.gateway.tables import KeptResponse, StoredModel


class ModelBelongings:
    """The entries and responses that belong to a subject."""

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

    @property
    def exports(self) -> dict[str, Export]:
        """By kind. Entries of `stack.toml` are in that file; only their names are given."""
        return {"models": self._entries, "responses": self._responses}

    async def _entries(self, subject: str) -> AsyncGenerator[ExportedFile]:
        ownership = await self._models.opened_ownership()
        names = await ownership.names_of(subject)
        async with ownership.records.read() as connection:
            rows = await connection.execute(select(StoredModel).where(StoredModel.name.in_(names)))
            stored = {row.name: columns_of(row, "name", "sealed") for row in rows}
        shared = {name: grants_of(await ownership.of(ownership.thing(name))) for name in names}
        yield json_file(
            "models.json", [{"name": name} | stored.get(name, {}) | {"shared_with": shared[name]} for name in names]
        )

    async def _responses(self, subject: str) -> AsyncGenerator[ExportedFile | Omission]:
        records, responses = (await self._models.opened_ownership()).records, await self._models.opened_responses()
        names, mine = FileNames(), select(KeptResponse.id).where(KeptResponse.owner == subject)
        async for _, rows in row_pages(records, mine, [KeptResponse.id]):
            for row in rows:
                content = await responses.get(subject, row.id)
                if content is not None:  # it has not expired
                    yield json_file(f"responses/{names.added(file_name(row.id) + '.json')}", content)
