"""Who work in the background acts as: its owner, with the rights of that moment."""

from dataclasses import replace
from typing import Any

from aistack.access.directory import Directory
from aistack.chassis.errors import Forbidden
from aistack.chassis.identity import Principal
from aistack.connection.rights import owner_of

KNOWN_ELSEWHERE = ("key:", "jwt:")  # owners that the directory of people does not list


class OwnerGone(Forbidden):
    """The owner does not exist any more, or is disabled."""


class Background:
    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    async def principal_of(self, owner: str, maker: dict[str, Any]) -> Principal:
        """The principal that an owner's work acts as. `maker` are the claims of the principal that made it.

        The limits of the key that made it stay. Raises OwnerGone, or Problem if the gateway does not answer.
        """
        made_by = Principal.from_claims(maker)
        if owner.startswith(KNOWN_ELSEWHERE) and owner_of(made_by) == owner:
            return made_by
        now = await self._directory.principal_of(owner)
        if now is None:
            raise OwnerGone("its owner no longer exists or is disabled")
        if owner_of(made_by) != owner:  # it was handed over
            return now
        return replace(
            now, id=made_by.id, kind=made_by.kind, name=made_by.name, services=made_by.services,
            read_only=made_by.read_only, things=made_by.things,
        )  # fmt: skip
