"""Common variables that other projects use as well: `POSTGRES_URL`, `REDIS_URL`, `LLM_BASE_URL` and others.

An alias sets a setting when the setting's own variable is not set: one line serves all services, and each can still be
set on its own. A blank variable counts as not set.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aistack.stack.environment import source_of
from aistack.stack.secrets import secret_from_environment

CHROMA_PORT = 8000
LEVELS = {
    "trace": "debug", "debug": "debug", "info": "info", "warn": "warning", "warning": "warning", "error": "error",
    "critical": "error", "fatal": "error", "off": "error",
}  # fmt: skip
DRIVER = re.compile(r"(postgres|postgresql)(\+[a-z0-9]+)?://")
CHROMA = re.compile(r"(?:(https?)://)?(\[[^\]]+\]|[^:/\s]+|[0-9A-Fa-f:]+)(?::([0-9]{1,5}))?/?")


@dataclass(frozen=True, slots=True)
class Alias:
    """One common variable.

    `value` converts it to the setting's value: it takes the text and all variables, returns an empty string when the
    variable does not apply, and raises ValueError saying what is allowed. `beside` are other variables that it reads.
    `needs` are settings of the same service; the variable applies only when one of them is set.
    """

    variable: str
    value: Callable[[str, Mapping[str, str]], str] = lambda text, _environ: text
    beside: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    def read(self, environ: Mapping[str, str], *, secret: bool) -> tuple[str, str]:
        """The value and its source; two empty strings when it is not set. Raises ValueError, StackError."""
        if secret:
            text, source = secret_from_environment(self.variable, environ)
        else:
            text, source = environ.get(self.variable, ""), source_of(environ, self.variable)
        value = self.value(text.strip(), environ) if text.strip() else ""
        return (value, source) if value else ("", "")


def level(text: str) -> str:
    """Another logger's level as one of ours; an unknown one is returned unchanged."""
    return LEVELS.get(text.strip().lower(), text)


def _postgres(text: str, _environ: Mapping[str, str]) -> str:
    if not DRIVER.match(text):
        raise ValueError("allowed: a URL that starts with postgresql://")
    return DRIVER.sub("postgresql://", text, count=1)


def _redis(text: str, _environ: Mapping[str, str]) -> str:
    if not text.startswith(("redis://", "rediss://")):
        raise ValueError("allowed: a URL that starts with redis:// or rediss://")
    return text


def _http(text: str, _environ: Mapping[str, str]) -> str:
    if not text.lower().startswith(("http://", "https://")):
        raise ValueError("allowed: a URL that starts with http:// or https://, such as http://127.0.0.1:8000/v1")
    return text


def _chroma(text: str, environ: Mapping[str, str]) -> str:
    found = CHROMA.fullmatch(text)
    port = (found and found[3]) or environ.get("CHROMA_PORT", "").strip() or str(CHROMA_PORT)
    if found is None:
        raise ValueError(
            "allowed: the name or address of the ChromaDB server, such as chroma or https://chroma.example"
        )
    if not port.isascii() or not port.isdecimal() or not 1 <= int(port) <= 65535:
        raise ValueError("allowed with CHROMA_PORT: a port from 1 to 65535")
    host = f"[{found[2]}]" if ":" in found[2] and not found[2].startswith("[") else found[2]
    return f"{'chroma+https' if found[1] == 'https' else 'chroma'}://{host}:{port}"


def _loopback_port(text: str, _environ: Mapping[str, str]) -> str:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise ValueError("allowed: a port from 1 to 65535")
    return f"127.0.0.1:{int(text)}"


def _rust_level(text: str, _environ: Mapping[str, str]) -> str:
    """The level for everything in `info,hyper=warn`; none in `hyper=warn`."""
    words = [word.strip().lower() for word in text.partition("/")[0].split(",")]
    return next((LEVELS[word] for word in reversed(words) if word in LEVELS), "")


def _unless(variable: str) -> Callable[[str, Mapping[str, str]], str]:
    """A model or a key belongs to the server it was set with: it is never sent to a server that is set separately."""

    def value(text: str, environ: Mapping[str, str]) -> str:
        specific, general = environ.get(variable, ""), environ.get("LLM_BASE_URL", "").strip()
        return "" if specific and general and specific != general else text

    return value


def _with_base_url(variable: str) -> Callable[[str, Mapping[str, str]], str]:
    given = _unless(variable)
    return lambda text, environ: given(text, environ) if environ.get("LLM_BASE_URL", "").strip() else ""


POSTGRES_URL = Alias("POSTGRES_URL", _postgres)
REDIS_URL = Alias("REDIS_URL", _redis)
CHROMA_HOST = Alias("CHROMA_HOST", _chroma, beside=("CHROMA_PORT",))
METRICS_PORT = Alias("METRICS_PORT", _loopback_port)
RUST_LOG = Alias("RUST_LOG", _rust_level)
MAX_WORKERS = Alias("MAX_WORKERS")
CACHE_TTL = Alias("CACHE_TTL")
SECRET_KEY = Alias("SECRET_KEY")


def model_url(*needs: str) -> Alias:
    """`LLM_BASE_URL`, which applies only when a model is set."""
    return Alias("LLM_BASE_URL", _http, needs=needs)


def model_key(url_variable: str, *, with_base_url: bool) -> Alias:
    """`LLM_API_KEY`, unless the service has a server of its own, set by `url_variable`."""
    return Alias("LLM_API_KEY", _with_base_url(url_variable) if with_base_url else _unless(url_variable))


def model_name(variable: str, url_variable: str, *, with_base_url: bool) -> Alias:
    """The model at `LLM_BASE_URL`."""
    return Alias(variable, _with_base_url(url_variable) if with_base_url else _unless(url_variable))
