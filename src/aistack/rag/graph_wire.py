"""Request and response models of the knowledge graph."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from aistack.rag.wire import QUESTION_CHARACTERS_MAX, CollectionName, Place

ENTITY_PATTERN = r"^[0-9a-f]{16}$"


class EntityView(BaseModel):
    """`kind` is name, person, place, organisation, work, date, term or code. `chunks` is how many chunks mention it."""

    id: str
    name: str
    kind: str
    aliases: list[str]
    mentions: int
    chunks: int
    centrality: float = Field(description="sum of the weights of its relations")


class RelationView(BaseModel):
    """`phrases` are words of the documents that state the relation. Empty if the two only occur together."""

    source: str
    target: str
    phrases: list[str]
    count: int = Field(description="number of sentences that mention both")
    weight: float


class EvidenceView(RelationView):
    evidence: list[Place]


class EntityDetail(EntityView):
    relations: list[RelationView]
    neighbours: list[EntityView]
    evidence: list[Place] = Field(description="chunks that mention it, at most 20")


class EntityList(BaseModel):
    total: int = Field(description="number of entities in the whole graph")
    entities: list[EntityView]


class GraphView(BaseModel):
    """Entities and the relations among them."""

    entities: list[EntityView]
    relations: list[RelationView]


class Neighbourhood(GraphView):
    """`distance` is the number of relations to each entity, by its id."""

    distance: dict[str, int]


class PathView(BaseModel):
    """The entities on the path, and the relations between them with their evidence."""

    entities: list[EntityView]
    relations: list[EvidenceView]


class CommunityView(BaseModel):
    """Closely related entities. `summary` quotes sentences from the documents."""

    id: int
    title: str
    size: int
    entities: list[EntityView]
    summary: list[Place]


class GraphQuery(BaseModel):
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"question": "how do leases and health checks relate"}]}
    )

    question: str = Field(default="", max_length=QUESTION_CHARACTERS_MAX)
    entities: list[str] = Field(default_factory=list, max_length=100, description="ids to start from")
    collection: CollectionName = "default"
    depth: int = Field(default=1, ge=0, le=4)
    limit: int = Field(default=50, ge=1, le=5000)


class GraphAnswer(GraphView):
    """`named` holds the ids of the entities that the question mentions."""

    named: list[str]
    evidence: list[Place]


class Merge(BaseModel):
    model_config = ConfigDict(extra="forbid")

    into: str = Field(pattern=ENTITY_PATTERN, description="id of the entity that remains")


class Rename(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100)


class EditView(BaseModel):
    """`id` is that of the entity that was corrected."""

    id: str
    kind: Literal["merge", "rename", "hide"]
    key: str
    value: str
