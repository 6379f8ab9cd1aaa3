"""`/gateway/models/NAME/access`: whose an entry of the model table is, and who may use it."""

from typing import NamedTuple

from fastapi import APIRouter

from aistack.access.access import Thing
from aistack.access.routes import access_routes
from aistack.access.rules import needed_level
from aistack.chassis.identity import Principal, principal
from aistack.gateway.models.administration import ModelAdministration
from aistack.gateway.models.table.ownership import ModelOwnership
from aistack.gateway.people.people import People
from aistack.gateway.tables import MODEL


class _Directory(NamedTuple):
    people: People

    async def principal_of(self, subject: str) -> Principal | None:
        return self.people.principal_of(subject)


def model_access_routes(models: ModelAdministration, ownership: ModelOwnership, people: People) -> APIRouter:
    async def find(name: str) -> Thing:
        models.find(name, principal.get(), needed_level())
        return ownership.thing(name)

    return access_routes(
        "/gateway/models", MODEL, ownership, find, ("models",), ownership.held_on, "thing:path",
        people=_Directory(people),
    )  # fmt: skip
