"""The export of somebody's semantic layers, questions and lessons."""

from collections.abc import AsyncGenerator

from sqlalchemy import select

from aistack.access.access import Thing
from aistack.access.exporting.exports import (
    Export,
    ExportedFile,
    columns_of,
    grants_of,
    json_file,
    json_pages,
    row_pages,
)
from aistack.access.grants import AccessStore
from aistack.ai.tables import LAYER, LESSON, QUESTION, LayerVersion, Lesson, OwnedLayer, Question


def ai_exports(access: AccessStore) -> dict[str, Export]:
    """By kind of thing."""
    records = access.records

    async def layers(subject: str) -> AsyncGenerator[ExportedFile]:
        mine = select(OwnedLayer).where(OwnedLayer.owner == subject)
        async for _, owned in row_pages(records, mine, [OwnedLayer.id]):
            for layer in owned:
                shared = grants_of(await access.of(Thing(LAYER, layer.id, subject)))
                yield json_file(f"layers/{layer.id}/layer.json", {"connection": layer.id, "shared_with": shared})
                versions = select(LayerVersion).where(LayerVersion.connection == layer.id)
                async for _, rows in row_pages(records, versions, [LayerVersion.version]):
                    for row in rows:
                        path = f"layers/{layer.id}/version-{row.version}"
                        yield ExportedFile(f"{path}.yaml", row.text.encode())
                        yield json_file(f"{path}.json", columns_of(row, "number", "text"))

    async def questions(subject: str) -> AsyncGenerator[ExportedFile]:
        mine, keys = select(Question).where(Question.owner == subject), [Question.created_at, Question.id]
        async for file in json_pages(records, mine, keys, "questions", lambda row: columns_of(row, "owner")):
            yield file

    async def lessons(subject: str) -> AsyncGenerator[ExportedFile]:
        mine, keys = select(Lesson).where(Lesson.owner == subject), [Lesson.created_at, Lesson.id]
        async for file in json_pages(records, mine, keys, "lessons", lambda row: columns_of(row, "owner", "rules")):
            yield file

    return {LAYER: layers, QUESTION: questions, LESSON: lessons}
