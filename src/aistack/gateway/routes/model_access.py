"""`/gateway/models/NAME/access`: whose an entry of the model table is, and who may use it."""

from fastapi import APIRouter

from aistack.access.access import Thing
from aistack.access.routes import access_routes
from aistack.access.rules import needed_level
from aistack.chassis.identity import principal
from aistack.gateway.models.administration import ModelAdministration
from aistack.gateway.models.table.ownership import ModelOwnership
from aistack.gateway.tables import MODEL


def model_access_routes(models: ModelAdministration, ownership: ModelOwnership) -> APIRouter:
    async def find(name: str) -> Thing:
        models.find(name, principal.get(), needed_level())
        return ownership.thing(name)

    held_on, tags = ownership.held_on, ("models",)
    return access_routes("/gateway/models", MODEL, ownership, find, tags, held_on, "thing:path")
