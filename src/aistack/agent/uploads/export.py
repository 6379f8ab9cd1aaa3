"""The export of somebody's files, with their contents."""

from collections.abc import AsyncGenerator

from sqlalchemy import select

from aistack.access.exporting.exports import Export, ExportedFile, Omission, columns_of, json_file, row_pages
from aistack.access.exporting.file_names import FileNames, file_name
from aistack.agent.uploads.intake import Intake
from aistack.agent.uploads.tables import READY, Upload
from aistack.agent.uploads.upload_store import content_key


def upload_export(intake: Intake) -> Export:
    """The files of a subject; recordings that are not kept are named as left out."""

    async def uploads(subject: str) -> AsyncGenerator[ExportedFile | Omission]:
        names, mine = FileNames(), select(Upload).where(Upload.owner == subject, Upload.state == READY)
        async for _, rows in row_pages(intake.store.records, mine, [Upload.id]):
            for row in rows:
                path = f"uploads/{names.added(file_name(row.name))}"
                yield json_file(f"{path}.json", columns_of(row, "id", "created_by", "lease_until"))
                try:
                    async with intake.files.local(content_key(row)) as local:
                        yield ExportedFile(path, local)
                except FileNotFoundError:
                    yield Omission(path, "its content is not kept")

    return uploads
