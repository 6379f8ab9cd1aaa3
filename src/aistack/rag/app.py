"""Wires the rag service together."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from aistack.access.belongings import Delete, belongings_routes
from aistack.access.directory import Directory
from aistack.access.routes import access_routes
from aistack.access.rules import show_rules
from aistack.chassis.app import create_service_app
from aistack.chassis.identity import on_callers_behalf
from aistack.chassis.runtime.periodic import Periodic
from aistack.chassis.settings import ServiceSettings
from aistack.chassis.telemetry.logs import get_log
from aistack.llm.chat import ChatModel
from aistack.llm.factory import open_reranker
from aistack.llm.stack_model import StackModel
from aistack.rag.answers.answerer import Answerer
from aistack.rag.collections import COLLECTION, SOURCE, Collections
from aistack.rag.documents import DocumentStore
from aistack.rag.graph.model_extraction import ModelExtractor
from aistack.rag.graph.store import GraphStore
from aistack.rag.indexes.embedders import EmbedderConfig
from aistack.rag.indexes.lexical import LexicalIndex
from aistack.rag.indexes.merged_bm25 import MergedBM25
from aistack.rag.indexes.rebuild import IndexRebuild
from aistack.rag.indexes.semantic import SemanticIndex
from aistack.rag.indexes.sync import IndexSync, reconcile
from aistack.rag.intake.collection_export import collection_exports
from aistack.rag.intake.content_files import ContentFiles
from aistack.rag.intake.document_writer import DocumentWriter
from aistack.rag.intake.fetcher import Fetcher
from aistack.rag.intake.ingest import IngestRunner
from aistack.rag.intake.job_queue import JobQueue
from aistack.rag.intake.sources import Sources
from aistack.rag.retrieval.feedback import Feedback
from aistack.rag.retrieval.retriever import Retriever
from aistack.rag.routes.documents import document_routes
from aistack.rag.routes.graph import graph_routes
from aistack.rag.routes.questions import question_routes
from aistack.rag.routes.sources import source_routes
from aistack.rag.settings import RagSettings
from aistack.rag.tables import HEAD, VERSION_TABLE
from aistack.stack.data_paths import DataPaths
from aistack.stack.description import Stack
from aistack.stores.cache import open_cache
from aistack.stores.files import FileStore
from aistack.stores.records import service_records
from aistack.stores.vectors_factory import open_vectors

MAINTENANCE_SECONDS = 5.0
POLL_SECONDS = 1.0
REBUILD_SECONDS_MAX = 86_400.0
MIGRATIONS = Path(__file__).with_name("migrations")


def create_app(settings: RagSettings) -> FastAPI:
    """The rag service; its stores open when it starts."""

    @asynccontextmanager
    async def resources(app: FastAPI) -> AsyncGenerator[None]:
        folder = settings.data_dir / "rag"
        async with AsyncExitStack() as exit_stack:
            opening = service_records(settings.database_url, folder, MIGRATIONS, HEAD, VERSION_TABLE)
            records = await exit_stack.enter_async_context(opening)
            files = ContentFiles(FileStore(settings.files_url, folder / "files"), records)
            lexical = LexicalIndex(folder / "lexical.sqlite3")
            await lexical.open()
            exit_stack.push_async_callback(lexical.close)
            maintenance = Periodic(MAINTENANCE_SECONDS, lexical.maintain, "lexical:maintain")
            exit_stack.push_async_callback(maintenance.stop)
            documents, collections = DocumentStore(records), Collections(records)
            await collections.ensure_default()
            changed = await reconcile(documents, lexical)
            if changed:
                get_log("rag").warning("lexical.reconciled", entries=changed)
            rebuild = IndexRebuild(documents, lexical, app.state.metrics.registry)
            rebuilding = Periodic(MAINTENANCE_SECONDS, rebuild.check, "lexical:rebuild", REBUILD_SECONDS_MAX)
            exit_stack.push_async_callback(rebuilding.stop)
            cache = open_cache(settings.cache_url, lambda why: get_log("rag").warning("cache.unavailable", error=why))
            exit_stack.push_async_callback(cache.close)
            vectors = open_vectors(settings.vectors_url, folder / "vectors")
            semantic = SemanticIndex(documents, vectors, cache, settings.cache_ttl_seconds)
            exit_stack.push_async_callback(semantic.close)
            await semantic.start(_embedder(settings))
            graphs = GraphStore(records)
            exit_stack.push_async_callback(graphs.close)
            jobs = JobQueue(records, settings.instance, settings.lease_seconds, settings.queue_items_max)
            ingest = IngestRunner(settings, records, files, lexical, semantic, jobs, _extractor(settings))
            exit_stack.push_async_callback(ingest.close)
            writer = DocumentWriter(
                collections, documents, files, lexical, semantic, graphs, jobs, ingest, folder / "staging"
            )
            writer.clear_staging()

            fetcher = Fetcher(writer.staging, settings.file_bytes_max, allow_private=settings.fetch_private)
            directory = Directory(settings.gateway_url, settings.api_key, identity=settings.identity)
            exit_stack.push_async_callback(directory.close)
            app.state.directory = directory
            sources = Sources(records, writer, fetcher, settings.watch_folders, directory)
            app.include_router(document_routes(writer, jobs, sources, rebuild, settings))
            app.include_router(source_routes(sources, collections))
            access = collections.access
            find = collections.find_thing
            app.include_router(access_routes("/v1/rag/collections", COLLECTION, access, find, people=directory))
            deletions, exports = _deletions(writer, sources), collection_exports(writer)
            app.include_router(belongings_routes("/v1/rag", access, deletions, exports))
            reranker = open_reranker(DataPaths(settings.data_dir).model(settings.reranker))
            if reranker is not None:
                exit_stack.push_async_callback(reranker.close)
            feedback = Feedback(records, lexical)
            retriever = Retriever(documents, MergedBM25(lexical), semantic, graphs, feedback, reranker)
            answerer = Answerer(retriever, _chat(settings))
            exit_stack.push_async_callback(_close_model, answerer)

            async def reload(changed: ServiceSettings, _described: Stack) -> None:
                assert isinstance(changed, RagSettings)
                await semantic.use(_embedder(changed))
                semantic.cache_seconds = changed.cache_ttl_seconds
                previous = answerer.model, ingest.extractor
                answerer.model, ingest.extractor = _chat(changed), _extractor(changed)
                for one in previous:
                    if one is not None:
                        await one.close()

            app.include_router(question_routes(answerer, collections))
            app.include_router(graph_routes(graphs, collections, retriever))
            app.state.collections, app.state.sources = collections, sources
            app.state.lifecycle.checks["records"] = records.ping
            app.state.lifecycle.on_reload.append(reload)
            if not records.embedded:
                sync = Periodic(POLL_SECONDS, IndexSync(documents, lexical, semantic).check, "lexical:follow")
                exit_stack.push_async_callback(sync.stop)
            await ingest.start()
            if records.embedded:
                await sources.check_soon()
            polling = Periodic(POLL_SECONDS, sources.poll, "sources:look")
            exit_stack.push_async_callback(polling.stop)
            yield

    app = create_service_app(settings, resources)
    show_rules(app)
    return app


def _deletions(writer: DocumentWriter, sources: Sources) -> dict[str, Delete]:
    async def delete_collection(public_id: str) -> None:
        row = await writer.collections.with_id(public_id)
        if row is not None:
            await writer.delete_collection(row)

    return {COLLECTION: delete_collection, SOURCE: sources.remove_any}


def _embedder(settings: RagSettings) -> EmbedderConfig:
    place = DataPaths(settings.data_dir).model(settings.embedder)
    return EmbedderConfig(place, settings.embedder_model, settings.embedder_key)


def _chat(settings: RagSettings) -> ChatModel:
    """The model at `chat_url`; otherwise the default of the model table, for the caller at hand."""
    if settings.chat_url:
        return ChatModel(settings.chat_url, settings.chat_model, settings.chat_key, settings.chat_seconds)
    secret = settings.secret if settings.identity else ""
    return StackModel(
        settings.gateway_url, "default", settings.api_key, settings.chat_seconds,
        lambda: on_callers_behalf(secret, settings.service, "models"),
    )  # fmt: skip


def _extractor(settings: RagSettings) -> ModelExtractor | None:
    return ModelExtractor(_chat(settings)) if settings.graph_by_model else None


async def _close_model(answerer: Answerer) -> None:
    if answerer.model is not None:
        await answerer.model.close()
