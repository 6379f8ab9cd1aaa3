"""Wires the agent service together."""

import math
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache
from pathlib import Path

from fastapi import FastAPI

from aistack.access.belongings import belongings_routes
from aistack.access.directory import Directory
from aistack.access.grants import AccessStore
from aistack.access.routes import access_routes
from aistack.access.rules import show_rules
from aistack.agent.calls.tool_registry import ToolRegistry
from aistack.agent.chat import Chat
from aistack.agent.conversations.history_search import HistorySearch
from aistack.agent.conversations.messages import MessageStore
from aistack.agent.conversations.plans import PlanStore
from aistack.agent.conversations.sessions import SessionStore
from aistack.agent.conversations.summaries import SummaryStore
from aistack.agent.exchange.importing import Importer
from aistack.agent.export import agent_exports
from aistack.agent.loop.attachments import Attachments
from aistack.agent.loop.model_loop import ModelLoop
from aistack.agent.loop.services import Services
from aistack.agent.mcp_client.command_file import read_commands
from aistack.agent.mcp_client.server_store import ServerStore
from aistack.agent.mcp_client.servers import McpServers
from aistack.agent.mcp_client.tables import MCP_SERVER, MCP_SERVER_THINGS
from aistack.agent.mcp_server.approval import Questions
from aistack.agent.mcp_server.endpoint import mcp_routes
from aistack.agent.mcp_server.questions_by_stream import StreamQuestions
from aistack.agent.mcp_server.server import McpServer
from aistack.agent.mcp_server.task_store import TaskStore
from aistack.agent.memory.facts import FactStore
from aistack.agent.memory.tool_memory import ToolMemory
from aistack.agent.models.chat_models import ChatModels
from aistack.agent.own_tools import open_tools
from aistack.agent.reading.file_tools import FileTools
from aistack.agent.reading.reader import Reader
from aistack.agent.routes.chat import RunRoutes, approval_routes, chat_routes
from aistack.agent.routes.exchange import exchange_routes
from aistack.agent.routes.mcp_servers import mcp_server_routes
from aistack.agent.routes.memory import memory_routes
from aistack.agent.routes.plans import plan_routes
from aistack.agent.routes.responses import response_routes
from aistack.agent.routes.retention import KeptKind, days, retention_routes
from aistack.agent.routes.sessions import session_routes
from aistack.agent.routes.tools import tool_routes
from aistack.agent.routes.uploads import upload_routes
from aistack.agent.runs.approvals import Approvals
from aistack.agent.runs.event_log import EventLog
from aistack.agent.runs.executor import Executor
from aistack.agent.runs.following import Following
from aistack.agent.runs.run_store import RunStore
from aistack.agent.settings import AgentSettings
from aistack.agent.tables import FACT, FACT_THINGS, GRANTS, HEAD, SESSION, SESSION_THINGS, VERSION_TABLE
from aistack.agent.tool_protocol import Tool
from aistack.agent.uploads.export import upload_export
from aistack.agent.uploads.intake import Intake
from aistack.agent.uploads.opening import open_intake
from aistack.agent.uploads.tables import UPLOAD, UPLOAD_THINGS
from aistack.chassis.app import create_service_app
from aistack.chassis.runtime.periodic import Periodic
from aistack.chassis.settings import ServiceSettings
from aistack.chassis.web.public_web import PublicWeb
from aistack.databases.sealing import sealer_of
from aistack.llm.embeddings import Embedder
from aistack.llm.factory import open_embedder
from aistack.stack.data_paths import DataPaths
from aistack.stack.description import Stack
from aistack.stores.records import service_records

MIGRATIONS = Path(__file__).with_name("migrations")
POLL_SECONDS = 1.0
BEATS_IN_A_LEASE = 5
CLEANUP_SECONDS = 600.0
IDLE_CHECK_SECONDS = 5.0
IDLE_LOOK_SECONDS = 60.0


def create_app(settings: AgentSettings, tools: Sequence[Tool] | None = None) -> FastAPI:
    """The agent service; its records open when it starts. `tools` replace its own ones."""

    @asynccontextmanager
    async def resources(app: FastAPI) -> AsyncGenerator[None]:
        async with AsyncExitStack() as held:
            opening = service_records(
                settings.database_url, settings.data_dir / "agent", MIGRATIONS, HEAD, VERSION_TABLE
            )
            records = await held.enter_async_context(opening)
            access = AccessStore(records, GRANTS, (SESSION_THINGS, FACT_THINGS, UPLOAD_THINGS, MCP_SERVER_THINGS))
            directory = Directory(settings.gateway_url, settings.api_key, identity=settings.identity)
            held.push_async_callback(directory.close)
            log = EventLog(records, settings.instance)
            held.push_async_callback(log.close)
            runs = RunStore(records, log, settings.instance, settings.lease_seconds)
            sessions, messages, approvals = SessionStore(records, access), MessageStore(records), Approvals(records)
            intake = await open_intake(settings, records, access, held)
            sessions.on_removed.append(intake.clean_up)
            models = ChatModels(settings)
            held.push_async_callback(models.close)
            embedder = _embedder(settings)
            if embedder is not None:
                held.push_async_callback(embedder.close)
            facts, plans = FactStore(records, embedder), PlanStore(records)
            memory = ToolMemory(facts, sessions)
            reader = Reader(intake, models.get)
            held.push_async_callback(reader.close)
            registry = open_tools(settings, held, memory, plans) if tools is None else ToolRegistry(tools)
            if tools is None:
                registry.add(FileTools(reader))
            sealer = cache(lambda: sealer_of(settings.encryption_key, settings.data_dir))
            server_store = ServerStore(records, access, sealer)
            web = PublicWeb("AGENT_MCP_PRIVATE", allow_private=settings.mcp_private)
            servers = McpServers(server_store, read_commands(settings.mcp_commands), web)
            held.push_async_callback(servers.close)
            registry.add(servers)
            services = Services(
                settings,
                runs,
                sessions,
                messages,
                approvals,
                models.get,
                registry,
                facts,
                plans,
                SummaryStore(records),
                Attachments(reader, runs),
            )
            loop = ModelLoop(services)
            executor = Executor(runs, loop.work, settings.runs_max, settings.lease_seconds)
            await executor.recover()
            held.push_async_callback(executor.close)
            chat = Chat(sessions, messages, runs, approvals, executor, intake.store)
            routes = RunRoutes(sessions, messages, runs, Following(records, log))
            app.include_router(chat_routes(routes, chat, executor))
            app.include_router(approval_routes(routes, chat, approvals))
            app.include_router(tool_routes(registry))
            app.include_router(response_routes(routes, chat, executor, approvals))
            app.include_router(session_routes(sessions, messages, HistorySearch(records, access), chat))
            tasks = TaskStore(records, settings.instance, settings.lease_seconds)
            asked = StreamQuestions(records, sealer)
            mcp = McpServer(
                registry, Questions(sealer), asked, tasks, asks=lambda: services.settings.mcp_approvals == "ask",
                task_after_seconds=settings.mcp_task_after_seconds,
            )  # fmt: skip
            held.push_async_callback(mcp.tasks.close)
            app.include_router(mcp_routes(mcp, lambda: services.settings.site_rules))
            app.include_router(plan_routes(sessions, plans))
            app.include_router(memory_routes(facts))
            app.include_router(retention_routes([*_kept(services), _kept_files(intake)]))
            deletions = {
                SESSION: sessions.remove, FACT: facts.remove_any, UPLOAD: intake.remove, MCP_SERVER: server_store.remove
            }  # fmt: skip
            app.include_router(mcp_server_routes(server_store, servers))
            app.include_router(
                access_routes("/v1/agent/mcp-servers", MCP_SERVER, access, server_store.find_thing, people=directory)
            )
            await servers.start()
            app.include_router(exchange_routes(sessions, messages, Importer(sessions)))
            app.include_router(
                access_routes("/v1/agent/sessions", SESSION, access, sessions.find_thing, people=directory)
            )
            app.include_router(upload_routes(intake))
            app.include_router(access_routes("/upload", UPLOAD, access, intake.store.find_thing, people=directory))
            exports = agent_exports(access, messages) | {UPLOAD: upload_export(intake)}
            app.include_router(belongings_routes("/v1/agent", access, deletions, exports))

            async def clean_up() -> None:
                limits = services.settings
                await sessions.remove_old(limits.retention_days, limits.temporary_hours)
                await facts.remove_old(limits.memory_days)
                await runs.purge_events(limits.events_hours)
                await intake.clean_up()
                await tasks.purge()
                await mcp.asked.purge()

            work = (
                (POLL_SECONDS, executor.poll, "runs:poll"),
                (min(POLL_SECONDS, settings.lease_seconds / BEATS_IN_A_LEASE), executor.beat, "runs:beat"),
                (min(POLL_SECONDS, settings.lease_seconds / BEATS_IN_A_LEASE), mcp.tasks.beat, "mcp:beat"),
                (CLEANUP_SECONDS, clean_up, "sessions:retention"),
                (IDLE_CHECK_SECONDS, intake.end_idle, "uploads:end-idle"),
                (IDLE_CHECK_SECONDS, reader.workers.end_idle, "reading:end-idle"),
                (IDLE_LOOK_SECONDS, servers.close_idle, "mcp:idle"),
            )
            for seconds, step, name in work:
                held.push_async_callback(Periodic(seconds, step, f"agent:{name}").stop)

            async def reload(changed: ServiceSettings, _described: Stack) -> None:
                assert isinstance(changed, AgentSettings)
                services.settings = intake.settings = changed
                models.replace(changed)

            app.state.lifecycle.checks["records"] = records.ping
            app.state.lifecycle.on_reload.append(reload)
            yield

    app = create_service_app(settings, resources)
    show_rules(app)
    return app


def _embedder(settings: AgentSettings) -> Embedder | None:
    where = DataPaths(settings.data_dir).model(settings.embedder)
    return open_embedder(where, settings.embedder_model, settings.embedder_key)


def _kept_files(intake: Intake) -> KeptKind:
    """Files stay as long as a session with them; those that no message uses, for a time."""
    unused = lambda: math.ceil(intake.settings.upload_unused_hours)  # noqa: E731
    return KeptKind("files", "AGENT_UPLOAD_UNUSED_HOURS", unused, intake.store.count, intake.remove_all)


def _kept(services: Services) -> list[KeptKind]:
    """What is kept of a person: see /v1/agent/retention."""
    sessions, facts, runs = services.sessions, services.facts, services.store

    async def facts_of(owner: str) -> int:
        return len(await facts.of(owner))

    return [
        KeptKind(
            "chats", "AGENT_RETENTION_DAYS", lambda: days(services.settings.retention_days), sessions.count,
            sessions.remove_all,
        ),
        KeptKind(
            "memory", "AGENT_MEMORY_DAYS", lambda: days(services.settings.memory_days), facts_of, facts.remove_all
        ),
        KeptKind(
            "traces", "AGENT_EVENTS_HOURS", lambda: services.settings.events_hours, runs.count_events,
            runs.remove_events,
        ),
    ]  # fmt: skip
