"""Wires the ai service together."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from aistack.access.belongings import belongings_routes
from aistack.access.rules import show_rules
from aistack.ai.databases import Databases
from aistack.ai.export import ai_exports
from aistack.ai.generation.candidate_generator import CandidateGenerator
from aistack.ai.generation.execution import Executor
from aistack.ai.generation.verified_queries import VerifiedQueries
from aistack.ai.pipeline import Pipeline
from aistack.ai.prepared_databases import PreparedDatabases
from aistack.ai.question_history import QuestionHistory
from aistack.ai.routes.feedback import feedback_routes
from aistack.ai.routes.layers import layer_routes
from aistack.ai.routes.questions import question_routes
from aistack.ai.routes.statements import statement_routes
from aistack.ai.schema.layer_access import LayerAccess
from aistack.ai.schema.layer_versions import LayerVersions
from aistack.ai.settings import AiSettings
from aistack.ai.tables import HEAD, LAYER, LESSON, QUESTION, VERSION_TABLE
from aistack.chassis.app import create_service_app
from aistack.chassis.identity import on_callers_behalf
from aistack.chassis.runtime.periodic import Periodic
from aistack.chassis.settings import ServiceSettings
from aistack.connection.client import ConnectionClient
from aistack.llm.chat import ChatModel
from aistack.llm.embeddings import Embedder
from aistack.llm.factory import open_embedder
from aistack.llm.stack_model import StackModel
from aistack.query.client import QueryClient
from aistack.rag.client import RagClient
from aistack.stack.data_paths import DataPaths
from aistack.stack.description import Stack
from aistack.stores.records import service_records

MIGRATIONS = Path(__file__).with_name("migrations")
CLEANUP_SECONDS = 3600.0
SLACK_SECONDS = 15.0  # beyond a statement's time limit, before a call to the query service times out


def create_app(settings: AiSettings) -> FastAPI:
    """The ai service; its records open when it starts."""

    @asynccontextmanager
    async def resources(app: FastAPI) -> AsyncGenerator[None]:
        folder = settings.data_dir / "ai"
        async with AsyncExitStack() as stack:
            opening = service_records(settings.database_url, folder, MIGRATIONS, HEAD, VERSION_TABLE)
            records = await stack.enter_async_context(opening)
            url, key = settings.gateway_url, settings.api_key
            connections = await stack.enter_async_context(ConnectionClient(url, key))
            queries = await stack.enter_async_context(QueryClient(url, key, settings.seconds_max + SLACK_SECONDS))
            documents = await stack.enter_async_context(RagClient(url, key))
            databases = Databases(connections, queries, settings)
            layers, verified = LayerVersions(records, databases), VerifiedQueries(records)
            history = QuestionHistory(records, settings.questions_days)
            prepared = PreparedDatabases(databases, layers, _embedder(settings))
            pipeline = Pipeline(settings, databases, prepared, verified, history, Executor(settings, databases))
            pipeline.generator = _generator(settings, documents, pipeline.executor)
            stack.push_async_callback(_close_models, pipeline)
            stack.push_async_callback(Periodic(CLEANUP_SECONDS, history.delete_old, "ai:forget").stop)

            async def forget_gone() -> None:
                """Deletes the layers and lessons of connections that were deleted."""
                known = {*await layers.connections(), *await verified.connections()}
                for connection_id in known - await databases.existing(sorted(known)):
                    await layers.forget(connection_id)
                    await verified.forget(connection_id)

            stack.push_async_callback(Periodic(CLEANUP_SECONDS, forget_gone, "ai:gone").stop)

            async def reload(changed: ServiceSettings, _described: Stack) -> None:
                assert isinstance(changed, AiSettings)
                generator, embedder = pipeline.generator, prepared.embedder
                pipeline.settings = pipeline.executor.settings = changed
                history.days = changed.questions_days
                pipeline.generator = _generator(changed, documents, pipeline.executor)
                prepared.embedder = _embedder(changed)
                if generator is not None:
                    await generator.close()
                if embedder is not None:
                    await embedder.close()

            access = LayerAccess(records, databases)
            deletions = {LAYER: layers.forget, QUESTION: history.remove, LESSON: verified.delete}
            app.include_router(layer_routes(prepared, layers, access))
            app.include_router(question_routes(pipeline))
            app.include_router(statement_routes(prepared))
            app.include_router(feedback_routes(databases, history, verified))
            app.include_router(belongings_routes("/api/ai", access.store, deletions, ai_exports(access.store)))
            show_rules(app)
            app.state.databases = databases
            app.state.lifecycle.checks["records"] = records.ping
            app.state.lifecycle.on_reload.append(reload)
            yield

    return create_service_app(settings, resources)


def _generator(settings: AiSettings, documents: RagClient, executor: Executor) -> CandidateGenerator:
    """With the models at `llm_url`; otherwise with those of the model table, for the caller at hand."""
    default, precise = settings.llm_default_model, settings.llm_high_precision_model
    if settings.llm_url:
        return CandidateGenerator(
            settings, _model(settings, default), _model(settings, precise) if precise else None, documents, executor
        )
    return CandidateGenerator(
        settings, _stack_model(settings, "default"), _stack_model(settings, "precise"), documents, executor
    )


def _model(settings: AiSettings, name: str) -> ChatModel:
    return ChatModel(settings.llm_url, name, settings.llm_key, settings.llm_seconds_max)


def _stack_model(settings: AiSettings, role: str) -> ChatModel:
    secret = settings.secret if settings.identity else ""
    return StackModel(
        settings.gateway_url, role, settings.api_key, settings.llm_seconds_max,
        lambda: on_callers_behalf(secret, settings.service, "models"),
    )  # fmt: skip


def _embedder(settings: AiSettings) -> Embedder | None:
    where = DataPaths(settings.data_dir).model(settings.embedder)
    return open_embedder(where, settings.embedder_model, settings.embedder_key)


async def _close_models(pipeline: Pipeline) -> None:
    if pipeline.generator is not None:
        await pipeline.generator.close()
    if pipeline.prepared.embedder is not None:
        await pipeline.prepared.embedder.close()
