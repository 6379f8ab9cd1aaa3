"""Rules that limit what callers see of a database: masks, row filters, and the schemas and tables it is limited to."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from aistack.chassis.identity import Principal

Name = Field(min_length=1, max_length=200)


class Mask(BaseModel):
    """What everyone except those in `except_for` sees of a column: a keyed hash, its last characters, or nothing.

    Names may be written as in SQL: qualified or not, in quotes or not. `except_for` names people, groups and keys, as
    the roles do.
    """

    model_config = ConfigDict(extra="forbid")

    table: str = Name
    column: str = Name
    how: Literal["hash", "partial", "null"] = "null"
    except_for: list[str] = Field(default=[], max_length=1000)


class RowFilter(BaseModel):
    """A condition that the rows of a table must meet for everyone except those in `except_for`.

    It may name the caller: `{caller.groups}` and `{caller.roles}` in `IN (...)`, `{caller.id}`, `{caller.name}`,
    `{caller.email}`, and `{caller.claims.NAME}` for a claim of their token.
    """

    model_config = ConfigDict(extra="forbid")

    table: str = Name
    where: str = Field(min_length=1, max_length=2000)
    except_for: list[str] = Field(default=[], max_length=1000)


class Limited(BaseModel):
    """The schemas and tables that a connection shows to everyone; empty lists limit nothing.

    What is in neither list does not exist: not in the schema, in questions, or in statements.
    """

    model_config = ConfigDict(extra="forbid")

    schemas: list[str] = Field(default=[], max_length=1000, description="also the database's name on MySQL")
    tables: list[str] = Field(default=[], max_length=10_000)

    def __bool__(self) -> bool:
        return bool(self.schemas or self.tables)


class Rules(BaseModel):
    model_config = ConfigDict(extra="forbid")

    masks: list[Mask] = Field(default=[], max_length=1000)
    filters: list[RowFilter] = Field(default=[], max_length=1000)
    only: Limited = Limited()

    def against(self, who: Principal) -> "Rules":
        """The rules that apply to a principal."""
        return Rules(
            masks=[mask for mask in self.masks if not who.is_among(mask.except_for)],
            filters=[one for one in self.filters if not who.is_among(one.except_for)],
            only=self.only,
        )

    def __bool__(self) -> bool:
        return bool(self.masks or self.filters or self.only)


class Relation(BaseModel):
    """A table, view or partition as rules see it. `name` is the one in the schema, `held_by` the schema that holds it.

    `columns` are their types by name, `key` the primary key. `parents` are the tables whose partition or child it is,
    `reads` what it shows rows of, `references` the tables of its foreign keys. An `opaque` view reads what cannot be
    determined.
    """

    name: str
    held_by: str = ""
    columns: dict[str, str] = {}
    key: list[str] = []
    parents: list[str] = []
    reads: list[str] = []
    references: list[str] = []
    opaque: bool = False
