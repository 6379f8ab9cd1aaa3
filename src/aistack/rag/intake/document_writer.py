"""Adds and deletes documents, so that files, records and indexes change together."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from aistack.chassis.errors import Conflict
from aistack.rag.collections import DEFAULT, Collections
from aistack.rag.documents import DocumentStore
from aistack.rag.graph.store import GraphStore
from aistack.rag.indexes.lexical import LexicalIndex
from aistack.rag.indexes.semantic import SemanticIndex
from aistack.rag.intake.content_files import ContentFiles
from aistack.rag.intake.ingest import IngestRunner
from aistack.rag.intake.job_queue import JobQueue
from aistack.rag.intake.uploads import StagedFile
from aistack.stores.records import AnyRow


class DocumentWriter:
    """Adds files through the ingest queue, and deletes documents and collections."""

    def __init__(
        self,
        collections: Collections,
        documents: DocumentStore,
        files: ContentFiles,
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
        accepted = [staged for staged in files if not staged.error]
        try:
            async with self.files.stored(accepted):
                enqueued = await self.jobs.enqueue(collection_id, files, partial(self.files.put_missing, accepted))
        except BaseException:
            await self.files.delete_unused(staged.sha256 for staged in accepted)
            raise
        finally:
            for staged in files:
                staged.discard()
        self.ingest.wake()
        await self._clean(collection_id, enqueued.chunk_ids, enqueued.files)
        return enqueued.job_id

    async def delete_document(self, collection_id: int, document_id: str) -> None:
        """Deletes a document, and what no other document shares with it. Raises NotFound."""
        await self._clean(collection_id, *await self.documents.delete_document(collection_id, document_id))

    async def _clean(self, collection_id: int, chunk_ids: list[int], files: list[str]) -> None:
        if chunk_ids:
            await self.lexical.remove(collection_id, chunk_ids)
            await self.semantic.remove(collection_id, chunk_ids)
        await self.files.delete_unused(files)

    async def delete_collection(self, collection: AnyRow) -> None:
        """Deletes a collection with all its documents and grants. Raises Conflict for the default collection."""
        if collection.name == DEFAULT:
            raise Conflict("the default collection cannot be deleted; delete its documents instead")
        unused = await self.collections.delete(collection)
        await self.lexical.drop(collection.id)
        await self.semantic.drop(collection.id)
        self.graphs.drop(collection.id)
        await self.files.delete_unused(unused)
