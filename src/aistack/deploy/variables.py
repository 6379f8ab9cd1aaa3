"""Every environment variable that the stack reads, for `.env.example` and for finding mistyped names."""

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from aistack.chassis.settings import MASK, Origin, ServiceSettings, aliases_of, env_name, is_secret
from aistack.deploy.settings import load_attribute, notes_on_settings
from aistack.stack.catalogue import ADMIN_KEY, CATALOGUE, PROGRAMS, SIDECAR
from aistack.stack.description import DescribedService, Stack
from aistack.stack.environment import ENV_FILE_VARIABLE, is_service_link, source_of
from aistack.stack.errors import StackError

WIDTH = 118
SIDECAR_SETTINGS = "aistack.inference.sidecar.settings:SidecarSettings"
OF_PROCESS_ONLY = ("AISTACK_STACK", ENV_FILE_VARIABLE)
# Used by our own processes, Compose files and images: known, but not for operators to set in `.env`.
INTERNAL = {
    "AISTACK_MIGRATE", "AISTACK_HELD", "AISTACK_PUBLISH", "AISTACK_PUBLISH_HTTP", "AISTACK_PUBLISH_HTTPS",
    "AISTACK_BASE", "AISTACK_TESTS_DOCKER", "AISTACK_PARENT", "GATEWAY_INTERFACE", "QUERY_STRING", "API_PORT",
}  # fmt: skip
OURS = ("AISTACK_", "GATEWAY_", "RAG_")  # prefixes that no other software uses; QUERY_ is not one of them
# Read by libraries and the interpreter.
OF_LIBRARIES = re.compile(
    r"(AWS|LD|PYTHON|OMP|OPENBLAS|MKL|LC|SSL_CERT|XDG|UV|PIP|COMPOSE|DOCKER|TESSDATA|OTEL|MALLOC)_.+"
    r"|PYTHON\w+|(HTTP|HTTPS|ALL|NO)_PROXY|TZ|LANG|LANGUAGE|PATH|HOME|USER|TMPDIR|TERM|NO_COLOR",
    re.IGNORECASE,
)
# Service links: RAG_SERVICE_HOST, RAG_PORT_8011_TCP_ADDR (Kubernetes), RAG_NAME and RAG_ENV_... (Docker).
OF_LINKS = re.compile(r".+(_SERVICE_(HOST|PORT)(_\w+)?|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?|_ENV_\w+)")
PROCESS_SIMILARITY, FILE_SIMILARITY = 0.87, 0.6  # how similar a mistyped name must be: in the process, in `.env`
SHORT_NAME = 8  # names as short as AI_PORT resemble too many others


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable: its meaning and default. A secret can also come from a file (`NAME_FILE`)."""

    name: str
    about: str
    default: str = ""
    secret: bool = False


@dataclass(frozen=True, slots=True)
class IgnoredVariable:
    """A variable that is set but has no effect."""

    name: str
    text: str


STACK = (
    Variable("AISTACK_STACK", "path of stack.toml; can only be set in the environment", "stack.toml"),
    Variable(
        ENV_FILE_VARIABLE, "a file to read instead of .env next to stack.toml; can only be set in the environment"
    ),
    Variable("AISTACK_DATA_DIR", "folder for all data", "~/.aistack"),
    Variable("AISTACK_IDENTITY", "true requires an API key from every caller", "false"),
    Variable("AISTACK_PUBLIC_URL", "where people open the stack, such as https://ai.example.com; set in [identity]"),
    Variable("AISTACK_PASSWORDS", "false: people sign in only with identity providers and passkeys", "true"),
    Variable("AISTACK_BREACHED_PASSWORDS_FILE", "a list of passwords that nobody may choose: texts or SHA-1 hashes"),
    Variable("AISTACK_SESSION_IDLE_SECONDS", "a session ends after this time without requests", "43200"),
    Variable("AISTACK_SESSION_SECONDS", "a session ends after this time at the latest", "1209600"),
    Variable("CREDENTIALS_DIRECTORY", "a folder of secrets, each in a file named like its variable in lower case"),
    Variable(ADMIN_KEY, "the first administrator's API key; empty creates one in the data folder", secret=True),
)
GENERAL = (
    Variable(
        "LLM_BASE_URL",
        "an OpenAI-compatible server for /v1 and for the answers of rag and ai; needs LLM_DEFAULT_MODEL",
    ),
    Variable("LLM_API_KEY", "the API key for LLM_BASE_URL", secret=True),
    Variable("ARK_API_KEY", "the API key for Volcengine Ark, used for /v1 when LLM_BASE_URL is not set", secret=True),
    Variable("OPENAI_MODEL", "the model there, when LLM_DEFAULT_MODEL is not set"),
    Variable("OPENAI_TEMPERATURE", "the temperature of requests to /v1 that set none, for these models"),
    Variable(
        "POSTGRES_URL", "PostgreSQL for the records of every service: postgresql://USER:PASSWORD@HOST/NAME", secret=True
    ),
    Variable(
        "REDIS_URL",
        "Redis for the gateway's registry and limits and for rag's cache: redis://HOST:PORT/DB",
        secret=True,
    ),
    Variable("CHROMA_HOST", "ChromaDB for the vectors of rag: a host name, an address or https://NAME", secret=True),
    Variable("CHROMA_PORT", "the port of CHROMA_HOST", "8000"),
    Variable("SECRET_KEY", "the stack's signing secret, when AISTACK_SECRET is not set", secret=True),
    Variable("MAX_WORKERS", "gateway processes that handle requests, when GATEWAY_WORKERS is not set"),
    Variable(
        "CACHE_TTL", "lifetime of cache entries of rag and of models in seconds, unless they are set on their own"
    ),
    Variable("RUST_LOG", "the log level, when LOG_LEVEL is not set; 'info,hyper=warn' means info"),
    Variable("METRICS_PORT", "port of the gateway's /metrics on 127.0.0.1, when GATEWAY_METRICS_LISTEN is not set"),
)
WORKER = (
    Variable("WORKER_MODELS", "models that run on this machine, comma-separated: NAME or NAME=PLACE; empty runs none"),
    Variable("WORKER_KEEP_ALIVE", "a model that is idle for so long is unloaded; 0 keeps it", "10m"),
    Variable("WORKER_CONTEXT", "tokens of a request and its answer", "4096"),
    Variable("WORKER_PARALLEL", "requests at the same time to one model", "16"),
    Variable("WORKER_THREADS", "threads of a model; 0: one for each core", "0"),
    Variable("WORKER_ANSWER_TOKENS", "tokens of an answer to a request without max_tokens", "2048"),
    Variable("WORKER_PRELOAD", "false loads no model before its first request", "true"),
    Variable("WORKER_ADAPTERS", "LoRA adapters, comma-separated: NAME=FILE.gguf"),
    Variable("WORKER_SOCKET", "the worker's Unix socket; empty: in the data folder"),
    Variable("WORKER_UPSTREAM_KEY", "the API key for models that are URLs", secret=True),
    Variable("WORKER_LOG_LEVEL", "the worker's log level; empty: LOG_LEVEL"),
    Variable("WORKER_LOG_FORMAT", "the worker's log format; empty: LOG_FORMAT"),
    Variable("AISTACK_SIDECAR_HOST", "the host at which the gateway reaches the sidecar", "127.0.0.1"),
)
COMMAND = (
    Variable("AISTACK_API_KEY", "the API key that the command sends to the gateway; empty uses the administrator's"),
    Variable("AISTACK_MODELS_MIRROR", "a mirror from which `aistack models pull` downloads models"),
)
LIBRARIES = (
    Variable("AWS_ACCESS_KEY_ID", "access key for files in S3", secret=True),
    Variable("AWS_SECRET_ACCESS_KEY", "secret key for files in S3", secret=True),
    Variable("AWS_REGION", "region of the S3 bucket"),
    Variable("AWS_ENDPOINT_URL", "an S3-compatible server, such as http://minio:9000"),
    Variable("AWS_ALLOW_HTTP", "true allows S3 over HTTP, without TLS", "false"),
)


def groups() -> dict[str, list[Variable]]:
    """All variables that an operator can set, by the headings of `.env.example`."""
    kinds = {name: load_attribute(service.settings) for name, service in CATALOGUE.items()}
    shared = [key for key in ServiceSettings.model_fields if _env(ServiceSettings, "x", key, own=False)]
    found = {
        "The stack": list(STACK),
        "Common names that other projects use as well; a service's own variable takes precedence": list(GENERAL),
    }
    found["Every service"] = [
        _variable(ServiceSettings, "x", key) for key in shared if key not in ("data_dir", "identity")
    ]
    seen = {one.name for group in found.values() for one in group}
    for name, kind in kinds.items():
        keys = [key for key in kind.model_fields if key != "service"]
        own = [_variable(kind, name, key, port=CATALOGUE[name].port) for key in keys]
        found[f"{CATALOGUE[name].title}: {name}"] = [one for one in own if one.name not in seen]
        seen |= {one.name for one in own}
    found["Local models: the worker, `[services.worker]`"] = list(WORKER)
    found["Local models: the sidecar, `[services.sidecar]` and `aistack sidecar`"] = _of_sidecar()
    return found | {"The aistack command": list(COMMAND), "Read by libraries": list(LIBRARIES)}


def program_origins(program: DescribedService, stack: Stack) -> list[Origin]:
    """The settings of the worker or the sidecar, as they are described, and their sources."""
    environ, prefix = stack.environment_of(program), f"{program.name.upper()}_"
    found: list[Origin] = []
    for one in WORKER if program.name == "worker" else _of_sidecar():
        key = one.name.removeprefix(prefix).lower()
        if not one.name.startswith(prefix) or one.name == "SIDECAR_CONFIG":
            continue
        value, source = one.default, "default"
        if environ.get(one.name):
            value, source = environ[one.name], source_of(environ, one.name)
        elif key in program.settings:
            value, source = _text(program.settings[key]), str(stack.source)
        found.append(Origin(key, MASK if one.secret and value else value, source, one.name, one.about))
    return found


def _of_sidecar() -> list[Variable]:
    settings = load_attribute(SIDECAR_SETTINGS)
    keys = [
        Variable(f"SIDECAR_{one.name.upper()}", one.metadata["about"], _text(one.default)) for one in fields(settings)
    ]
    return [
        Variable("SIDECAR_CONFIG", "`aistack sidecar`: the file to read instead of sidecar.toml in the current folder"),
        Variable("SIDECAR_PORT", "the sidecar's port in a stack", str(PROGRAMS[SIDECAR].port)),
        Variable("SIDECAR_LISTEN", "the address that the sidecar listens on in a stack", "127.0.0.1"),
        *keys,
    ]


def _env(kind: type[ServiceSettings], service: str, key: str, *, own: bool) -> str:
    """The name of a setting's variable; with `own` off, only when all services share it."""
    name = env_name(kind, service, key)
    return name if own or not name.startswith(f"{service.upper()}_") else ""


def _variable(kind: type[ServiceSettings], service: str, key: str, *, port: int = 0) -> Variable:
    field = kind.model_fields[key]
    about = "port" if key == "port" else field.description or ""
    default = str(port) if key == "port" else _text(field.default)
    return Variable(env_name(kind, service, key), about, default, is_secret(kind, key))


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))  # pyright: ignore[reportUnknownArgumentType] -- strings
    return f"{value:g}" if isinstance(value, float) and value < 1e6 else str(value)


def known_names() -> set[str]:
    """Every name that is read, and `NAME_FILE` of those that can come from a file."""
    names: set[str] = set(INTERNAL)
    for one in (one for group in groups().values() for one in group):
        names |= {one.name, f"{one.name}_FILE"} if one.secret else {one.name}
    for kind in (load_attribute(service.settings) for service in CATALOGUE.values()):
        for alias in (alias for key in kind.model_fields for alias in aliases_of(kind, key)):
            names |= {alias.variable, *alias.beside}
    return names


def env_example() -> str:
    """The text of `.env.example`: every variable, its meaning and its default, commented out."""
    lines = [
        "# Settings of AI Stack. Copy this file to .env next to stack.toml and uncomment what you want to change.",
        "# The environment overrides .env, which overrides stack.toml; `aistack config` shows the source of a value.",
        "# A secret can also be in a file: set NAME_FILE to its path. Generated by `aistack config --env-example`.",
    ]
    for title, variables in groups().items():
        lines += ["", f"# {'-' * 3} {title} {'-' * (WIDTH - 8 - len(title))}"]
        for one in variables:
            secret = " (secret)" if one.secret else ""
            about = _capitalized(one.about)
            lines += ["", f"# {about}{secret}", f"# {one.name}={one.default}".rstrip()]
    return "\n".join(lines) + "\n"


def _capitalized(text: str) -> str:
    """The text with a capital first letter, unless it starts with a URL."""
    return text if "://" in text.split(" ", 1)[0] else text[:1].upper() + text[1:]


def ignored_variables(stack: Stack) -> list[IgnoredVariable]:
    """Variables that are set but have no effect: mistyped ones, and common ones that need another."""
    return [*_unknown(stack), *_incomplete(stack)]


def _unknown(stack: Stack) -> Iterator[IgnoredVariable]:
    keys = {upstream.key.removeprefix("$") for model in stack.models for upstream in model.upstreams}
    keys |= {provider.secret_variable for provider in stack.sign_in.providers}
    names = known_names() | keys | {f"{key}_FILE" for key in keys}
    environment = stack.environment
    for name in sorted(environment):
        in_file = environment.file_of(name) != ""
        if name in names and not (in_file and name in OF_PROCESS_ONLY):
            continue
        if _belongs_to_others(name, environment):
            continue
        where = source_of(environment, name)
        if in_file and name in OF_PROCESS_ONLY:
            yield IgnoredVariable(name, f"{where} has no effect there; set it in the environment")
            continue
        nearest = _nearest(name, names, FILE_SIMILARITY if in_file else PROCESS_SIMILARITY)
        if in_file or name.upper().startswith(OURS) or (nearest and len(nearest) > SHORT_NAME):
            yield IgnoredVariable(
                name, f"{where} is not a known setting" + (f"; did you mean {nearest}?" if nearest else "")
            )


def _incomplete(stack: Stack) -> Iterator[IgnoredVariable]:
    try:
        for note in notes_on_settings(stack):
            yield IgnoredVariable(note.split()[0].removeprefix("$"), note)
    except StackError:  # starting the stack reports it
        return
    for name, needs in (("CHROMA_PORT", "CHROMA_HOST"), ("LLM_API_KEY", "LLM_BASE_URL")):
        lacks = not any(stack.environment.get(one) for one in (needs, "LLM_URL" if name == "LLM_API_KEY" else needs))
        is_in_table = name == "LLM_API_KEY" and bool(stack.services["ai"].settings.get("llm_url"))
        if stack.environment.get(name) and lacks and not is_in_table:
            yield IgnoredVariable(name, f"{source_of(stack.environment, name)} is not used because {needs} is not set")


def _nearest(name: str, names: set[str], similarity: float) -> str:
    found = difflib.get_close_matches(name.upper(), sorted(names - INTERNAL), 1, similarity)
    return (
        found[0] if found and not found[0].endswith(f"_{name}") else ""
    )  # DATABASE_URL is not a mistyped RAG_DATABASE_URL


def _belongs_to_others(name: str, environment: Mapping[str, str]) -> bool:
    if OF_LIBRARIES.fullmatch(name) or OF_LINKS.fullmatch(name) or is_service_link(name, environment[name]):
        return True
    return name.endswith("_NAME") and environment[name].startswith("/")


def is_readable_by_others(stack: Stack) -> bool:
    """Whether other users can read a `.env` that contains a secret."""
    if stack.env_file is None or not stack.env_file.is_file() or not stack.env_file.stat().st_mode & 0o077:
        return False
    secret = {one.name for group in groups().values() for one in group if one.secret}
    environment, file = stack.environment, str(stack.env_file)
    return any(environment.get(name) and environment.file_of(name) == file for name in secret)
