"""The catalogue: every service that this installation can run, with the location of its parts.

Factories are strings, so reading the catalogue imports none of the services.
"""

from dataclasses import dataclass

STACK_SECRET, ADMIN_KEY, ENCRYPTION_KEY = "AISTACK_SECRET", "GATEWAY_ADMIN_KEY", "ENCRYPTION_KEY"
# Paths that the gateway answers itself.
GATEWAY_PREFIXES = ("/registry", "/gateway", "/health", "/api/health", "/metrics", "/console")


@dataclass(frozen=True, slots=True)
class Service:
    """One entry of the catalogue.

    `factory` and `settings` are `"module:attribute"`. `prefixes` are the paths that the gateway routes to the service;
    `body_bytes_max` is the largest request body that the gateway accepts for it. `memory_mib` and `reserved_mib` are
    the memory limit and reservation of one instance, on platforms that enforce them. `shared` are the settings of the
    stores that several instances have to share. `secrets` are the variables that it needs when it does not share a data
    folder with the other services.
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
            memory_mib=128,
            reserved_mib=32,
            shared=("redis_url", "database_url"),
            secrets=(STACK_SECRET, ADMIN_KEY),
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
