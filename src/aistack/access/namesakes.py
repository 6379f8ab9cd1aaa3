"""Names that are unique among the things of an owner, and what becomes of them when a thing gets another owner.

The thing gets a number behind its name if the owner has one of the name, which keeps it.
"""

import itertools
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from aistack.access.access import Thing
from aistack.access.tables import Things

CHARACTERS_MAX = 100


async def keep_apart(
    connection: AsyncConnection, things: Things, name: ColumnElement[Any], thing: Thing, heir: str
) -> None:
    """Renames a thing before it goes to an owner who has one of the same name."""
    its_name: str | None = await connection.scalar(select(name).where(things.key == thing.id))
    others = select(name).where(things.owner == heir, things.key != thing.id)
    taken = set(await connection.scalars(others))
    if its_name is not None and its_name in taken:
        free = free_name(its_name, taken)
        await connection.execute(update(things.id.table).where(things.key == thing.id).values({name: free}))


def free_name(name: str, taken: set[str]) -> str:
    """`name-2`, `name-3` and so on: the first that is not taken."""
    numbered = (f"{name[: CHARACTERS_MAX - 8]}-{number}" for number in itertools.count(2))
    return next(one for one in numbered if one not in taken)
