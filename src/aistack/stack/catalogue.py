"""The catalogue: every service that this installation can run, with the location of its parts.

Factories are strings, so reading the catalogue imports none of the services.
"""

from dataclasses import dataclass

STACK_SECRET, ADMIN_KEY, ENCRYPTION_KEY = "AISTACK_SECRET", "GATEWAY_ADMIN_KEY", "ENCRYPTION_KEY"
# The console's pages besides `/`. Each stands for all paths below it.
CONSOLE_PREFIXES = ("/chat", "/documents", "/data", "/trends", "/models", "/operate")
# Paths that the gateway answers itself.
GATEWAY_PREFIXES = (
    "/registry", "/gateway", "/health", "/api/health", "/metrics", "/console", "/sign-in", "/account",
    *CONSOLE_PREFIXES,
)  # fmt: skip
MODELS = "models"  # the name under which keys may reach the models, and statistics count their requests
# Paths of the model API, which the gateway's data plane answers.
MODEL_PREFIXES = (
    "/v1/models", "/v1/chat", "/v1/completions", "/v1/embeddings", "/v1/messages", "/v1/responses", "/v1/rerank",
    "/v1/audio", "/tokenize",
)  # fmt: skip
RESERVED_PREFIXES = (*GATEWAY_PREFIXES, *MODEL_PREFIXES)


@dataclass(frozen=True, slots=True)
class Service:
    """One entry of the catalogue.

    `factory` and `settings` are `"module:attribute"`. `prefixes` are the paths that the gateway routes to the service;
    `body_bytes_max` is the largest request body that the gateway accepts for it. `memory_mib` and `reserved_mib` are
    the memory limit and reservation of one instance, on platforms that enforce them. `shared` are the settings of the
    stores that several instances have to share. `secrets` are the variables that it needs when it does not share a data
    folder with the other services. `cpus` are the processor cores of one instance.
    """

    name: str
    title: str
    summary: str
    port: int
    factory: str
    settings: str
    prefixes: tuple[str, ...]
    body_bytes_max: int
    required: bool
    memory_mib: int = 256
    reserved_mib: int = 64
    shared: tuple[str, ...] = ("database_url",)
    secrets: tuple[str, ...] = (STACK_SECRET,)
    cpus: float = 1.0


MIB = 1024 * 1024

CATALOGUE: dict[str, Service] = {
    service.name: service
    for service in (
        Service(
            name="gateway",
            title="Gateway",
            summary="Entry point: registry, routing, health checks, console",
            port=9000,
            factory="aistack.gateway.app:create_app",
            settings="aistack.gateway.settings:GatewaySettings",
            prefixes=("/",),
            body_bytes_max=10 * MIB,
            required=True,
            memory_mib=192,  # of which hashing passwords takes 24
            reserved_mib=32,
            shared=("redis_url", "database_url"),
            secrets=(STACK_SECRET, ADMIN_KEY, ENCRYPTION_KEY),
        ),
        Service(
            name="rag",
            title="Documents",
            summary="Document search and answers with citations",
            port=8011,
            factory="aistack.rag.app:create_app",
            settings="aistack.rag.settings:RagSettings",
            prefixes=("/v1/rag",),
            body_bytes_max=100 * MIB,
            required=True,
            memory_mib=1536,  # of which a parsing process may use 1024
            reserved_mib=128,
            shared=("database_url", "files_url"),
        ),
        Service(
            name="trend",
            title="Trends",
            summary="What is rising in news, feeds and documents",
            port=8014,
            factory="aistack.trend.app:create_app",
            settings="aistack.trend.settings:TrendSettings",
            prefixes=("/v1/trend",),
            body_bytes_max=32 * MIB,
            required=False,
            memory_mib=1024,  # of which the process that finds topics may use 768
            secrets=(STACK_SECRET, ENCRYPTION_KEY),
        ),
        Service(
            name="connection",
            title="Connections",
            summary="Database connections and their schemas",
            port=8081,
            factory="aistack.connection.app:create_app",
            settings="aistack.connection.settings:ConnectionSettings",
            prefixes=("/api/connections",),
            body_bytes_max=10 * MIB,
            required=False,
            secrets=(STACK_SECRET, ENCRYPTION_KEY),
        ),
        Service(
            name="query",
            title="Queries",
            summary="Safe SQL on the connected databases",
            port=8082,
            factory="aistack.query.app:create_app",
            settings="aistack.query.settings:QuerySettings",
            prefixes=("/api/query",),
            body_bytes_max=10 * MIB,
            required=False,
            memory_mib=512,
            shared=("database_url", "files_url"),
            secrets=(STACK_SECRET, ENCRYPTION_KEY),
        ),
        Service(
            name="ai",
            title="Questions",
            summary="Plain-language questions about the connected databases",
            port=8083,
            factory="aistack.ai.app:create_app",
            settings="aistack.ai.settings:AiSettings",
            prefixes=("/api/ai",),
            body_bytes_max=10 * MIB,
            required=False,
        ),
    )
}

SIDECAR, WORKER = "sidecar", "worker"
# Services that run local models. Each is a process of its own in every deployment, and has no HTTP API: `factory` is a
# function that runs it until a signal, `settings` one that checks its settings. Together they are the profile `models`.
PROGRAMS: dict[str, Service] = {
    service.name: service
    for service in (
        Service(
            name=WORKER,
            title="Model worker",
            summary="Runs models on this machine",
            port=0,  # it listens on a Unix socket
            factory="aistack.inference.worker.service_process:run",
            settings="aistack.inference.worker.service_process:check",
            prefixes=(),
            body_bytes_max=0,
            required=False,
            memory_mib=2048,
            reserved_mib=256,
            shared=(),
            secrets=(),
            cpus=2.0,
        ),
        Service(
            name=SIDECAR,
            title="Model sidecar",
            summary="Queues and relays calls to the worker",
            port=50051,
            factory="aistack.inference.sidecar.service_process:run",
            settings="aistack.inference.sidecar.service_process:check",
            prefixes=(),
            body_bytes_max=0,
            required=False,
            memory_mib=192,
            reserved_mib=48,
            shared=(),
            secrets=(),
        ),
    )
}
