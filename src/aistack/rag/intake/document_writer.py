"""Takes uploads in: contents into the file store first, then the job that refers to them."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from aistack.rag.documents import Library
from aistack.rag.graph.store import Graphs
from aistack.rag.indexes.lexical import LexicalIndex
from aistack.rag.indexes.semantic import SemanticIndex
from aistack.rag.intake.ingest import Ingest, content_key
from aistack.rag.intake.job_queue import JobBook
from aistack.rag.intake.uploads import StagedFile
from aistack.stores.files import FileStore

PUTS_AT_ONCE = 8


class Reception:
    """What changes the documents goes through here, so that files, records and index change together."""

    def __init__(
        self,
        library: Library,
        files: FileStore,
        lexical: LexicalIndex,
        semantic: SemanticIndex,
        graphs: Graphs,
        jobs: JobBook,
        ingest: Ingest,
        staging: Path,
    ) -> None:
        self.library = library
        self.files = files
        self.lexical = lexical
        self.semantic = semantic
        self.graphs = graphs
        self.jobs = jobs
        self.ingest = ingest
        self.staging = staging

    def clear_staging(self) -> None:
        """Removes what an upload that was cut off by a crash left behind."""
        self.staging.mkdir(parents=True, exist_ok=True, mode=0o700)
        for left in self.staging.iterdir():
            left.unlink()

    async def accept(self, collection: str, files: Sequence[StagedFile]) -> str:
        """Stores the contents and opens a job; its id. Once this returns the files survive anything."""
        try:
            collection_id = (await self.library.collection(collection)).id
            slots = asyncio.Semaphore(PUTS_AT_ONCE)

            async def put(staged: StagedFile) -> None:
                async with slots:
                    await self.files.put(content_key(staged.sha256), staged.path)

            await asyncio.gather(*(put(staged) for staged in files if not staged.error))
            job_id = await self.jobs.open(collection_id, files)
        finally:
            for staged in files:
                staged.discard()
        self.ingest.wake()
        return job_id

    async def delete_document(self, collection: str, document_id: str) -> None:
        collection_id = (await self.library.collection(collection)).id
        chunk_ids, unneeded = await self.library.delete_document(collection_id, document_id)
        await self.lexical.remove(collection_id, chunk_ids)
        await self.semantic.remove(collection_id, chunk_ids)
        await self._delete_contents(unneeded)

    async def delete_collection(self, collection: str) -> None:
        collection_id, unneeded = await self.library.delete_collection(collection)
        await self.lexical.drop(collection_id)
        await self.semantic.drop(collection_id)
        self.graphs.forget(collection_id)
        await self._delete_contents(unneeded)

    async def _delete_contents(self, sha256s: list[str]) -> None:
        for sha256 in sha256s:
            await self.files.delete(content_key(sha256))
