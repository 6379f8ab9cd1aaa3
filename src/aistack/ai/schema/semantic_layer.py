"""The semantic layer: what a database's tables and columns mean to the people who ask about it.

People write it in YAML; `Layer` is its model. Names and words may be in any language.
"""

from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from aistack.chassis.errors import InvalidInput

LAYER_CHARACTERS_MAX = 1_000_000
NAMES_MAX = 200

Name = Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]
Names = Annotated[list[Name], Field(max_length=NAMES_MAX)]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ColumnLayer(Part):
    """`most` and `least` are adjectives: the `longest` river is the one with the highest `length`.

    With `extreme_of` the column itself holds an extreme: the `highest_point` of a state is a place, and the highest
    of all states is found by `highest_elevation`.
    """

    names: Names = []
    about: str = Field(default="", max_length=2000)
    type: Literal["", "number", "text", "time", "boolean"] = ""
    most: Names = []
    least: Names = []
    extreme_of: str = ""
    extreme: Literal["most", "least"] = "most"


class Quality(Part):
    """A word for some rows of a table: `major` cities are those with `population > 150000`."""

    names: Names = []
    where: str = Field(min_length=1, max_length=2000)


class TableLayer(Part):
    names: Names = []
    about: str = Field(default="", max_length=2000)
    key: Names = []
    label: Names = []
    time: str = ""
    rows_repeat: bool = False
    columns: dict[Name, ColumnLayer] = {}
    qualities: dict[Name, Quality] = {}


class JoinLayer(Part):
    """`match` is a condition such as `orders.customer_id = customers.id`; `names` are verbs for the join.

    `only_named`: the join is used only where a question has one of its names: `billed to`, not just `of`.
    """

    match: str = Field(min_length=3, max_length=1000)
    names: Names = []
    only_named: bool = False


class RelationLayer(Part):
    """Verbs for a path of several joins."""

    names: Names = Field(min_length=1)
    path: Annotated[list[str], Field(min_length=1, max_length=6)]


class MetricLayer(Part):
    """A metric: `expression` is an SQL aggregate over the columns of `table`."""

    names: Names = []
    about: str = Field(default="", max_length=2000)
    table: str
    expression: str = Field(min_length=1, max_length=2000)
    where: str = Field(default="", max_length=2000)
    time: str = ""


class DimensionLayer(Part):
    """A column that metrics are grouped by, under the names that people use."""

    names: Names = []
    column: str


class Layer(Part):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"tables": {"orders": {"names": ["订单"]}}, "values": {"orders.status": {"paid": ["已付款"]}}}]
        },
    )

    tables: dict[Name, TableLayer] = {}
    joins: list[JoinLayer] = []
    relations: list[RelationLayer] = []
    metrics: dict[Name, MetricLayer] = {}
    dimensions: dict[Name, DimensionLayer] = {}
    values: dict[Name, dict[str, Names]] = {}
    glossary: dict[Name, str] = Field(default={}, description="a term of your organization, and what it means")

    @model_validator(mode="after")
    def is_bounded(self) -> Self:
        if sum(len(words) for words in self.values.values()) > 100_000:
            raise ValueError("values: 100,000 at most")
        return self


def parse_layer(text: str) -> Layer:
    """From YAML. Raises InvalidInput that names the first problem."""
    if len(text) > LAYER_CHARACTERS_MAX:
        raise InvalidInput(f"a semantic layer may have at most {LAYER_CHARACTERS_MAX:,} characters")
    try:
        given: Any = _load(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise InvalidInput(f"not YAML: {error}") from None
    return validate_layer(given or {})


def validate_layer(given: Any) -> Layer:
    """Raises InvalidInput that names the first key that is wrong."""
    try:
        return Layer.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(one) for one in first["loc"]) or "the layer"
        raise InvalidInput(f"{where}: {first['msg'].removeprefix('Value error, ')}") from None


def _load(text: str) -> Any:
    for token in yaml.scan(text):  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] -- loose stubs
        if isinstance(token, (yaml.AliasToken, yaml.AnchorToken)):
            raise yaml.YAMLError("anchors and aliases are not allowed")  # a small text could expand to a huge one
    return yaml.safe_load(text)
