"""Every environment variable that the stack reads: `.env.example` is made of it, and mistyped names are found by it."""

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from aistack.chassis.settings import ServiceSettings, aliases_of, env_name, is_secret
from aistack.deploy.settings import named, notes_on
from aistack.stack.catalogue import ADMIN_KEY, CATALOGUE
from aistack.stack.description import Stack
from aistack.stack.environment import ENV_FILE_VARIABLE, is_service_link, source_of
from aistack.stack.errors import StackError

WIDTH = 118
OF_PROCESS_ONLY = ("AISTACK_STACK", ENV_FILE_VARIABLE)
# Of our own processes, of Compose files and of images: known, but not the operator's to set in `.env`.
INTERNAL = {
    "AISTACK_MIGRATE", "AISTACK_HELD", "AISTACK_PUBLISH", "AISTACK_PUBLISH_HTTP", "AISTACK_PUBLISH_HTTPS",
    "AISTACK_BASE", "AISTACK_TESTS_DOCKER", "GATEWAY_INTERFACE", "QUERY_STRING", "API_PORT",
}  # fmt: skip
OURS = ("AISTACK_", "GATEWAY_", "RAG_")  # nobody else's; names that begin with QUERY_ may be
# What libraries and the interpreter read themselves.
OF_LIBRARIES = re.compile(
    r"(AWS|PYTHON|OMP|OPENBLAS|MKL|LC|SSL_CERT|XDG|UV|PIP|COMPOSE|DOCKER|TESSDATA|OTEL|MALLOC)_.+"
    r"|PYTHON\w+|(HTTP|HTTPS|ALL|NO)_PROXY|TZ|LANG|LANGUAGE|PATH|HOME|USER|TMPDIR|TERM|NO_COLOR",
    re.IGNORECASE,
)
# RAG_SERVICE_HOST, RAG_PORT_8011_TCP_ADDR (Kubernetes), RAG_NAME and RAG_ENV_... (Docker's links).
OF_LINKS = re.compile(r".+(_SERVICE_(HOST|PORT)(_\w+)?|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?|_ENV_\w+)")
LIKE_PROCESS, LIKE_FILE = 0.87, 0.6  # how alike a name must be: of the process, of `.env`
SHORT = 8  # names as short as AI_PORT are too much like others


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable: what it means, what holds without it, and whether it may lie in a file (`NAME_FILE`)."""

    name: str
    about: str
    default: str = ""
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Warned:
    """A variable that is set and does nothing."""

    name: str
    text: str


STACK = (
    Variable("AISTACK_STACK", "the description of the stack; from the environment only", "stack.toml"),
    Variable(ENV_FILE_VARIABLE, "another file than .env beside stack.toml; from the environment only"),
    Variable("AISTACK_DATA_DIR", "where everything is stored", "~/.aistack"),
    Variable("AISTACK_IDENTITY", "true asks every caller for a key", "false"),
    Variable("CREDENTIALS_DIRECTORY", "a folder of secrets, each in a file named like its variable in small letters"),
    Variable(ADMIN_KEY, "the first administrator's API key; made in the data folder without it", secret=True),
)
GENERAL = (
    Variable("LLM_BASE_URL", "an OpenAI-compatible server, for the answers of rag and ai; needs LLM_DEFAULT_MODEL"),
    Variable("LLM_API_KEY", "the key for LLM_BASE_URL", secret=True),
    Variable("OPENAI_MODEL", "the model to ask there, where LLM_DEFAULT_MODEL is not set"),
    Variable("POSTGRES_URL", "postgresql://USER:PASSWORD@HOST/NAME: the records of every service", secret=True),
    Variable("REDIS_URL", "redis://HOST:PORT/DB: the gateway's registry and limits, and the cache of rag", secret=True),
    Variable(
        "CHROMA_HOST", "the ChromaDB server with the vectors of rag: a name, address or https://NAME", secret=True
    ),
    Variable("CHROMA_PORT", "the port of CHROMA_HOST", "8000"),
    Variable("SECRET_KEY", "what the stack's services sign with, where AISTACK_SECRET is not set", secret=True),
    Variable("MAX_WORKERS", "processes of the gateway that carry requests, where GATEWAY_WORKERS is not set"),
    Variable("CACHE_TTL", "seconds that rag's cache keeps, where RAG_CACHE_TTL_SECONDS is not set"),
    Variable("RUST_LOG", "the log level, where LOG_LEVEL is not set; 'info,hyper=warn' means info"),
    Variable(
        "METRICS_PORT", "the gateway's /metrics on this port of 127.0.0.1, where GATEWAY_METRICS_LISTEN is not set"
    ),
)
COMMAND = (
    Variable("AISTACK_API_KEY", "the key that the command shows to the gateway; the administrator's without it"),
    Variable("AISTACK_MODELS_MIRROR", "where `aistack models pull` fetches models from, instead of the hub"),
)
LIBRARIES = (
    Variable("AWS_ACCESS_KEY_ID", "for files in S3", secret=True),
    Variable("AWS_SECRET_ACCESS_KEY", "for files in S3", secret=True),
    Variable("AWS_REGION", "for files in S3"),
    Variable("AWS_ENDPOINT_URL", "another server that speaks S3, as http://minio:9000"),
    Variable("AWS_ALLOW_HTTP", "true lets that server be reached without TLS", "false"),
)


def groups() -> dict[str, list[Variable]]:
    """All variables that an operator may set, by the headings of `.env.example`."""
    kinds = {name: named(service.settings) for name, service in CATALOGUE.items()}
    shared = [key for key in ServiceSettings.model_fields if _env(ServiceSettings, "x", key, own=False)]
    found = {
        "The stack": list(STACK),
        "Names that other projects use, too; each service's own names win": list(GENERAL),
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
    return found | {"The aistack command": list(COMMAND), "Read by libraries": list(LIBRARIES)}


def _env(kind: type[ServiceSettings], service: str, key: str, *, own: bool) -> str:
    """The name of a setting's variable; with `own` False only one that all services share."""
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
    if isinstance(value, list):
        return ",".join(map(str, value))  # pyright: ignore[reportUnknownArgumentType] -- of texts
    return f"{value:g}" if isinstance(value, float) and value < 1e6 else str(value)


def known() -> set[str]:
    """Every name that is read, also `NAME_FILE` of those that may lie in a file."""
    names: set[str] = set(INTERNAL)
    for one in (one for group in groups().values() for one in group):
        names |= {one.name, f"{one.name}_FILE"} if one.secret else {one.name}
    for kind in (named(service.settings) for service in CATALOGUE.values()):
        for alias in (alias for key in kind.model_fields for alias in aliases_of(kind, key)):
            names |= {alias.variable, *alias.beside}
    return names


def env_example() -> str:
    """The text of `.env.example`: every variable, its meaning and its default, commented out."""
    lines = [
        "# Settings of AI Stack. Copy this file to .env beside stack.toml, and uncomment what you change.",
        "# The environment wins over .env, and .env over stack.toml; `aistack config` shows where a value came from.",
        "# A secret may lie in a file instead: NAME_FILE names it. Made by `aistack config --env-example`.",
    ]
    for title, variables in groups().items():
        lines += ["", f"# {'-' * 3} {title} {'-' * (WIDTH - 8 - len(title))}"]
        for one in variables:
            secret = " (secret)" if one.secret else ""
            about = one.about[:1].upper() + one.about[1:]
            lines += ["", f"# {about}{secret}", f"# {one.name}={one.default}".rstrip()]
    return "\n".join(lines) + "\n"


def warnings_of(stack: Stack) -> list[Warned]:
    """Variables that are set and do nothing: mistyped ones, and general ones that lack another."""
    return [*_unread(stack), *_uncounted(stack)]


def _unread(stack: Stack) -> Iterator[Warned]:
    names = known()
    environment = stack.environment
    for name in sorted(environment):
        in_file = environment.file_of(name) != ""
        if name in names and not (in_file and name in OF_PROCESS_ONLY):
            continue
        if _is_others(name, environment):
            continue
        where = source_of(environment, name)
        if in_file and name in OF_PROCESS_ONLY:
            yield Warned(name, f"{where} has no effect there; set it in the environment")
            continue
        near = _nearest(name, names, LIKE_FILE if in_file else LIKE_PROCESS)
        if in_file or name.upper().startswith(OURS) or (near and len(near) > SHORT):
            yield Warned(name, f"{where} is not a known setting" + (f"; did you mean {near}?" if near else ""))


def _uncounted(stack: Stack) -> Iterator[Warned]:
    try:
        for note in notes_on(stack):
            yield Warned(note.split()[0].removeprefix("$"), note)
    except StackError:  # the start says so itself
        return
    for name, needs in (("CHROMA_PORT", "CHROMA_HOST"), ("LLM_API_KEY", "LLM_BASE_URL")):
        lacks = not any(stack.environment.get(one) for one in (needs, "LLM_URL" if name == "LLM_API_KEY" else needs))
        is_in_table = name == "LLM_API_KEY" and bool(stack.services["ai"].settings.get("llm_url"))
        if stack.environment.get(name) and lacks and not is_in_table:
            yield Warned(name, f"{source_of(stack.environment, name)} is not used because {needs} is not set")


def _nearest(name: str, names: set[str], like: float) -> str:
    found = difflib.get_close_matches(name.upper(), sorted(names - INTERNAL), 1, like)
    return found[0] if found and not found[0].endswith(f"_{name}") else ""  # DATABASE_URL is no RAG_DATABASE_URL


def _is_others(name: str, environment: Mapping[str, str]) -> bool:
    if OF_LIBRARIES.fullmatch(name) or OF_LINKS.fullmatch(name) or is_service_link(name, environment[name]):
        return True
    return name.endswith("_NAME") and environment[name].startswith("/")


def is_open_to_others(stack: Stack) -> bool:
    """Whether other users can read a `.env` that holds a secret."""
    if stack.env_file is None or not stack.env_file.is_file() or not stack.env_file.stat().st_mode & 0o077:
        return False
    secret = {one.name for group in groups().values() for one in group if one.secret}
    environment, file = stack.environment, str(stack.env_file)
    return any(environment.get(name) and environment.file_of(name) == file for name in secret)
