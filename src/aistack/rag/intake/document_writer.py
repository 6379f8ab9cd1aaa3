"""Adds and deletes documents, so that files, records and indexes change together."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from aistack.chassis.errors import Conflict
from aistack.rag.collections import DEFAULT, Collections
from aistack.rag.documents import DocumentStore
from aistack.rag.graph.store import GraphStore
from aistack.rag.indexes.lexical import LexicalIndex
from aistack.rag.indexes.semantic import SemanticIndex
from aistack.rag.intake.ingest import IngestRunner, content_key
from aistack.rag.intake.job_queue import JobQueue
from aistack.rag.intake.uploads import StagedFile
from aistack.stores.files import FileStore
from aistack.stores.records import AnyRow

PUTS_AT_ONCE = 8


class DocumentWriter:
    """Adds files through the ingest queue, and deletes documents and collections."""

    def __init__(
        self,
        collections: Collections,
        documents: DocumentStore,
        files: FileStore,
        lexical: LexicalIndex,
        semantic: SemanticIndex,
        graphs: GraphStore,
        jobs: JobQueue,
        ingest: IngestRunner,
        staging: Path,
    ) -> None:
        self.collections = collections
        self.documents = documents
        self.files = files
        self.lexical = lexical
        self.semantic = semantic
        self.graphs = graphs
        self.jobs = jobs
        self.ingest = ingest
        self.staging = staging

    def clear_staging(self) -> None:
        """Creates the staging folder, or deletes the files of uploads that a crash interrupted."""
        self.staging.mkdir(parents=True, exist_ok=True, mode=0o700)
        for file in self.staging.iterdir():
            file.unlink()

    async def add(self, collection_id: int, files: Sequence[StagedFile]) -> str:
        """Stores the contents of the files and enqueues them. Returns the id of the job.

        The files are durable when this returns. The staged files are deleted in any case. Raises Unavailable if the
        queue is full.
        """
        try:
            slots = asyncio.Semaphore(PUTS_AT_ONCE)

            async def put(staged: StagedFile) -> None:
                async with slots:
                    await self.files.put(content_key(staged.sha256), staged.path)

            await asyncio.gather(*(put(staged) for staged in files if not staged.error))
            job_id = await self.jobs.enqueue(collection_id, files)
        finally:
            for staged in files:
                staged.discard()
        self.ingest.wake()
        return job_id

    async def delete_document(self, collection_id: int, document_id: str) -> None:
        """Deletes a document from the records, the indexes and the file store. Raises NotFound."""
        chunk_ids, unused = await self.documents.delete_document(collection_id, document_id)
        await self.lexical.remove(collection_id, chunk_ids)
        await self.semantic.remove(collection_id, chunk_ids)
        await self._delete_contents(unused)

    async def delete_collection(self, collection: AnyRow) -> None:
        """Deletes a collection with all its documents and grants. Raises Conflict for the default collection."""
        if collection.name == DEFAULT:
            raise Conflict("the default collection cannot be deleted; delete its documents instead")
        unused = await self.collections.delete(collection)
        await self.lexical.drop(collection.id)
        await self.semantic.drop(collection.id)
        self.graphs.drop(collection.id)
        await self._delete_contents(unused)

    async def _delete_contents(self, sha256s: list[str]) -> None:
        for sha256 in sha256s:
            await self.files.delete(content_key(sha256))
