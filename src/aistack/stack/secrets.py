"""The secrets of a stack with identity on: created once, in files that only this user can read.

The stack's secret is shared by all its services: they sign with it what they send each other. The admin key is the
first API key. On several machines both come from the environment instead.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from aistack.stack.data_paths import DataPaths
from aistack.stack.environment import Environment, source_of
from aistack.stack.errors import StackError

STACK_SECRET_VARIABLES = ("AISTACK_SECRET", "SECRET_KEY")
ADMIN_KEY_VARIABLE = "GATEWAY_ADMIN_KEY"
CREDENTIALS_VARIABLE = "CREDENTIALS_DIRECTORY"
KEY_PREFIX = "ask_"
SERVICE_KEY_PREFIX = "ass_"
SECRET_BYTES = 32
CHARACTERS_MIN = 32
DISTINCT_MIN = 10


def new_key() -> str:
    """A new API key: 256 random bits."""
    return KEY_PREFIX + new_secret()


def new_secret() -> str:
    """A new secret: 256 random bits."""
    return secrets.token_urlsafe(SECRET_BYTES)


def stack_secret(paths: DataPaths, environ: Mapping[str, str] = os.environ) -> str:
    """The secret shared by the stack's services; created when missing. Raises StackError."""
    for variable in STACK_SECRET_VARIABLES:
        given = _given(variable, environ)
        if given:
            return given
    return _read_or_create(paths.stack_secret, new_secret())


def admin_key(paths: DataPaths, environ: Mapping[str, str] = os.environ) -> str:
    """The first administrator's key; created when missing. Raises StackError."""
    return _given(ADMIN_KEY_VARIABLE, environ) or _read_or_create(paths.admin_key, new_key())


def encryption_keys(given: str, paths: DataPaths) -> list[str]:
    """The keys that encrypt secrets at rest, the current one first, from a comma-separated list.

    With an empty list, one is created and kept in a file. Raises StackError.
    """
    try:
        keys = check_encryption_keys(given)
    except ValueError as error:
        raise StackError(f"ENCRYPTION_KEY: {error}") from None
    return keys or [_read_or_create(paths.encryption_key, new_secret())]


def check_encryption_keys(given: str) -> list[str]:
    """The keys in a comma-separated text. Raises ValueError when one of them is weak."""
    keys = [key.strip() for key in given.split(",") if key.strip()]
    if any(is_weak(key) for key in keys):
        raise ValueError(f"one of the keys is too weak; use at least {CHARACTERS_MIN} random characters for each")
    return keys


def service_key(secret: str, service: str) -> str:
    """The API key that a service of the stack sends to the gateway, which derives the same key."""
    return SERVICE_KEY_PREFIX + hmac.new(secret.encode(), f"service {service}".encode(), hashlib.sha256).hexdigest()


@lru_cache(maxsize=1024)
def verification_key(secret: str, service: str) -> str:
    """The key that signs principals sent to a service. It is the only secret that a third-party service gets."""
    return hmac.new(secret.encode(), f"principal for {service}".encode(), hashlib.sha256).hexdigest()


def read_secret(path: Path) -> str:
    """The secret in a file, without comments; empty when there is no such file. Raises StackError."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise StackError(f"{path} cannot be read: {error}") from None
    return next((line.strip() for line in lines if line.strip() and not line.startswith("#")), "")


def secret_from_environment(variable: str, environ: Mapping[str, str] = os.environ) -> tuple[str, str]:
    """A secret and its source; two empty strings when it is not set. Raises StackError.

    Looked up in this order: the variable itself, the file named by `VARIABLE_FILE`, and the file named like the
    variable in lower case in `CREDENTIALS_DIRECTORY` (systemd's `LoadCredential`, a container's secrets).
    """
    if variable in environ:
        return environ[variable], source_of(environ, variable)
    by_file = f"{variable}_FILE"
    if environ.get(by_file):
        path = _path(environ, by_file)
        value = read_secret(path)
        if not value:
            raise StackError(f"{source_of(environ, by_file)} names {path}, which contains no secret")
        return value, source_of(environ, by_file)
    if not environ.get(CREDENTIALS_VARIABLE):
        return "", ""
    path = _path(environ, CREDENTIALS_VARIABLE) / variable.lower()
    value = read_secret(path)
    return (value, str(path)) if value else ("", "")


def _path(environ: Mapping[str, str], name: str) -> Path:
    return environ.path(name) if isinstance(environ, Environment) else Path(environ[name])


def _given(variable: str, environ: Mapping[str, str]) -> str:
    value, source = secret_from_environment(variable, environ)
    if value and is_weak(value):
        raise StackError(f"{source} is too weak; use at least {CHARACTERS_MIN} random characters")
    return value


def is_weak(secret: str) -> bool:
    """Whether a secret is too short, or has too few distinct characters."""
    return len(secret) < CHARACTERS_MIN or len(set(secret)) < DISTINCT_MIN


def create_secret(path: Path, value: str, mode: int) -> None:
    """Writes a secret into a new file with these permissions. Raises OSError, FileExistsError included."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(value + "\n")


def _read_or_create(path: Path, value: str) -> str:
    existing = read_secret(path)
    if existing:
        if is_weak(existing):
            raise StackError(
                f"{path} is too weak; replace it with at least {CHARACTERS_MIN} random characters, or delete it"
            )
        return existing
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        create_secret(path, value, 0o600)
    except FileExistsError:
        return read_secret(path)
    except OSError as error:
        raise StackError(f"{path} cannot be written: {error.strerror}") from None
    return value
