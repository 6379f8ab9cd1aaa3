"""Wires the rag service together."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from aistack.chassis.app import create_service_app
from aistack.chassis.runtime.periodic import Periodic
from aistack.chassis.settings import ServiceSettings
from aistack.chassis.telemetry.logs import get_log
from aistack.llm.chat import ChatModel
from aistack.llm.opening import open_reranker
from aistack.rag.accepting import Reception
from aistack.rag.answering import Answering
from aistack.rag.documents import Library
from aistack.rag.experiences import Experiences
from aistack.rag.fetching import Fetcher
from aistack.rag.following import Follower, reconcile
from aistack.rag.graph_routes import graph_routes
from aistack.rag.graphs import Graphs
from aistack.rag.ingest import Ingest
from aistack.rag.jobs import JobBook
from aistack.rag.lexical import LexicalIndex
from aistack.rag.naming import Naming
from aistack.rag.retrieval import Retrieval
from aistack.rag.routes import document_routes, question_routes
from aistack.rag.semantic import SemanticIndex, Wanted
from aistack.rag.settings import RagSettings
from aistack.rag.source_routes import source_routes
from aistack.rag.sources import Sources
from aistack.rag.tables import HEAD, VERSION_TABLE
from aistack.stack.data_paths import DataPaths
from aistack.stack.description import Stack
from aistack.stores.cache import open_cache
from aistack.stores.files import FileStore
from aistack.stores.records import service_records
from aistack.stores.vectors_factory import open_vectors

UPKEEP_SECONDS = 5.0
LOOK_SECONDS = 1.0
MIGRATIONS = Path(__file__).with_name("migrations")


def create_app(settings: RagSettings) -> FastAPI:
    """The rag service; its stores open when it starts."""

    @asynccontextmanager
    async def resources(app: FastAPI) -> AsyncGenerator[None]:
        folder = settings.data_dir / "rag"
        async with AsyncExitStack() as held:
            opening = service_records(settings.database_url, folder, MIGRATIONS, HEAD, VERSION_TABLE)
            records = await held.enter_async_context(opening)
            files = FileStore(settings.files_url, folder / "files")
            lexical = LexicalIndex(folder / "lexical.sqlite3")
            await lexical.open()
            held.push_async_callback(lexical.close)
            upkeep = Periodic(UPKEEP_SECONDS, lexical.maintain, "lexical:maintain")
            held.push_async_callback(upkeep.stop)
            library = Library(records)
            await library.ensure_default()
            changed = await reconcile(library, lexical)
            if changed:
                get_log("rag").warning("lexical.reconciled", entries=changed)
            cache = open_cache(settings.cache_url, lambda why: get_log("rag").warning("cache.away", error=why))
            held.push_async_callback(cache.close)
            vectors = open_vectors(settings.vectors_url, folder / "vectors")
            semantic = SemanticIndex(library, vectors, cache, settings.cache_ttl_seconds)
            held.push_async_callback(semantic.close)
            await semantic.start(_embedder(settings))
            graphs = Graphs(records)
            held.push_async_callback(graphs.close)
            jobs = JobBook(records, settings.instance, settings.lease_seconds, settings.queue_items_max)
            ingest = Ingest(settings, records, files, lexical, semantic, jobs, _naming(settings))
            held.push_async_callback(ingest.close)
            reception = Reception(library, files, lexical, semantic, graphs, jobs, ingest, folder / "staging")
            reception.clear_staging()

            fetcher = Fetcher(reception.staging, settings.file_bytes_max, allow_private=settings.fetch_private)
            sources = Sources(records, reception, fetcher, settings.watch_folders)
            app.include_router(document_routes(reception, jobs, sources, settings))
            app.include_router(source_routes(sources, library))
            reranker = open_reranker(DataPaths(settings.data_dir).model(settings.reranker))
            if reranker is not None:
                held.push_async_callback(reranker.close)
            retrieval = Retrieval(library, lexical, semantic, graphs, Experiences(records, lexical), reranker)
            answering = Answering(retrieval, _chat(settings))
            held.push_async_callback(_close_model, answering)

            async def reload(changed: ServiceSettings, _described: Stack) -> None:
                assert isinstance(changed, RagSettings)
                await semantic.use(_embedder(changed))
                semantic.cache_seconds = changed.cache_ttl_seconds
                before = answering.model, ingest.naming
                answering.model, ingest.naming = _chat(changed), _naming(changed)
                for one in before:
                    if one is not None:
                        await one.close()

            app.include_router(question_routes(answering))
            app.include_router(graph_routes(graphs, library, retrieval))
            app.state.lifecycle.checks["records"] = records.ping
            app.state.lifecycle.on_reload.append(reload)
            if not records.embedded:
                following = Periodic(LOOK_SECONDS, Follower(library, lexical, semantic).look, "lexical:follow")
                held.push_async_callback(following.stop)
            await ingest.start()
            looking = Periodic(LOOK_SECONDS, sources.look, "sources:look")
            held.push_async_callback(looking.stop)
            yield

    return create_service_app(settings, resources)


def _embedder(settings: RagSettings) -> Wanted:
    where = DataPaths(settings.data_dir).model(settings.embedder)
    return Wanted(where, settings.embedder_model, settings.embedder_key)


def _chat(settings: RagSettings) -> ChatModel | None:
    if not settings.chat_url:
        return None
    return ChatModel(settings.chat_url, settings.chat_model, settings.chat_key, settings.chat_seconds_max)


def _naming(settings: RagSettings) -> Naming | None:
    model = _chat(settings) if settings.graph_by_model else None
    return Naming(model) if model is not None else None


async def _close_model(answering: Answering) -> None:
    if answering.model is not None:
        await answering.model.close()
