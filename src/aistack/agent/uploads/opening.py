"""Opens what receives files."""

import asyncio
from contextlib import AsyncExitStack

from aistack.access.grants import AccessStore
from aistack.agent.settings import AgentSettings
from aistack.agent.uploads.intake import Intake
from aistack.agent.uploads.staging import Staging
from aistack.agent.uploads.upload_store import UploadStore
from aistack.stores.files import FileStore
from aistack.stores.records import Records


async def open_intake(settings: AgentSettings, records: Records, access: AccessStore, held: AsyncExitStack) -> Intake:
    """Receives files until `held` closes. Raises FilesFailed if the file store cannot be used."""
    folder = settings.data_dir / "agent"
    files = await asyncio.to_thread(FileStore, settings.files_url, folder / "files")
    staging = Staging(folder / "staging")
    await asyncio.to_thread(staging.clear)
    intake = Intake(settings, UploadStore(records, access), files, staging)
    held.push_async_callback(intake.close)
    return intake
