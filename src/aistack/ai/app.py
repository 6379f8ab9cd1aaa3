"""Wires the ai service together."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from aistack.ai.asking import Asking
from aistack.ai.databases import Databases
from aistack.ai.drafting import Drafting
from aistack.ai.knowing import Knowing
from aistack.ai.layer_routes import layer_routes
from aistack.ai.layers import Layers
from aistack.ai.lessons import Lessons
from aistack.ai.questions import Questions
from aistack.ai.routes import question_routes
from aistack.ai.settings import AiSettings
from aistack.ai.tables import HEAD, VERSION_TABLE
from aistack.chassis.app import create_service_app
from aistack.chassis.runtime.periodic import Periodic
from aistack.chassis.settings import ServiceSettings
from aistack.connection.client import ConnectionClient
from aistack.llm.chat import ChatModel
from aistack.llm.embeddings import Embedder
from aistack.llm.opening import open_embedder
from aistack.query.client import QueryClient
from aistack.rag.client import RagClient
from aistack.stack.data_paths import DataPaths
from aistack.stack.description import Stack
from aistack.stores.records import service_records

MIGRATIONS = Path(__file__).with_name("migrations")
FORGET_SECONDS = 3600.0
SLACK_SECONDS = 15.0  # over the time of a statement, until the other service is given up


def create_app(settings: AiSettings) -> FastAPI:
    """The ai service; its records open when it starts."""

    @asynccontextmanager
    async def resources(app: FastAPI) -> AsyncGenerator[None]:
        folder = settings.data_dir / "ai"
        async with AsyncExitStack() as held:
            opening = service_records(settings.database_url, folder, MIGRATIONS, HEAD, VERSION_TABLE)
            records = await held.enter_async_context(opening)
            place, key = settings.gateway_url, settings.api_key
            connections = await held.enter_async_context(ConnectionClient(place, key))
            queries = await held.enter_async_context(QueryClient(place, key, settings.seconds_max + SLACK_SECONDS))
            documents = await held.enter_async_context(RagClient(place, key))
            databases = Databases(connections, queries, settings)
            layers, lessons = Layers(records, databases), Lessons(records)
            questions = Questions(records, settings.questions_days)
            knowing = Knowing(databases, layers, _embedder(settings))
            asking = Asking(settings, databases, knowing, lessons, questions, None)
            _use_models(asking, settings, documents)
            held.push_async_callback(_close_models, asking)
            held.push_async_callback(Periodic(FORGET_SECONDS, questions.forget_old, "ai:forget").stop)

            async def reload(changed: ServiceSettings, _described: Stack) -> None:
                assert isinstance(changed, AiSettings)
                before, embedder = asking.drafting, knowing.embedder
                asking.settings, questions.days = changed, changed.questions_days
                _use_models(asking, changed, documents)
                knowing.embedder = _embedder(changed)
                if before is not None:
                    await before.close()
                if embedder is not None:
                    await embedder.close()

            app.include_router(layer_routes(knowing, layers))
            app.include_router(question_routes(asking))
            app.state.databases = databases
            app.state.lifecycle.checks["records"] = records.ping
            app.state.lifecycle.on_reload.append(reload)
            yield

    return create_service_app(settings, resources)


def _use_models(asking: Asking, settings: AiSettings, documents: RagClient) -> None:
    if not settings.llm_url:
        asking.drafting = None
        return
    names = settings.llm_default_model, settings.llm_high_precision_model
    usual, precise = (
        ChatModel(settings.llm_url, name, settings.llm_key, settings.llm_seconds_max) if name else None
        for name in names
    )
    assert usual is not None
    asking.drafting = Drafting(settings, usual, precise, documents)
    asking.drafting.attempt = asking.attempt


def _embedder(settings: AiSettings) -> Embedder | None:
    where = DataPaths(settings.data_dir).model(settings.embedder)
    return open_embedder(where, settings.embedder_model, settings.embedder_key)


async def _close_models(asking: Asking) -> None:
    if asking.drafting is not None:
        await asking.drafting.close()
    if asking.knowing.embedder is not None:
        await asking.knowing.embedder.close()
