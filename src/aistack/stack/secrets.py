"""The secrets of a stack with identity on: made once, kept in files that only this user can read.

`stack` is shared by all services of the stack: it signs what they tell each other. `admin` is the first API key.
On several machines both come from the environment instead.
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
CHARACTERS_MIN = 32
DISTINCT_MIN = 10


def new_key() -> str:
    """A fresh API key: 256 random bits."""
    return KEY_PREFIX + secrets.token_urlsafe(32)


def stack_secret(places: DataPaths, environ: Mapping[str, str] = os.environ) -> str:
    """The secret shared by the stack's services; made when it is not there yet. Raises StackError."""
    for variable in STACK_SECRET_VARIABLES:
        given = _given(variable, environ)
        if given:
            return given
    return _kept(places.stack_secret, secrets.token_urlsafe(32))


def admin_key(places: DataPaths, environ: Mapping[str, str] = os.environ) -> str:
    """The first administrator's key; made when it is not there yet. Raises StackError."""
    return _given(ADMIN_KEY_VARIABLE, environ) or _kept(places.admin_key, new_key())


def encryption_keys(given: str, places: DataPaths) -> list[str]:
    """The keys that seal secrets at rest, the present one first, separated by commas in `given`.

    Without any, one is made and kept. Raises StackError.
    """
    try:
        keys = check_encryption_keys(given)
    except ValueError as error:
        raise StackError(f"ENCRYPTION_KEY: {error}") from None
    return keys or [_kept(places.encryption_key, secrets.token_urlsafe(32))]


def check_encryption_keys(given: str) -> list[str]:
    """The keys in a comma-separated text. Raises ValueError when one of them is weak."""
    keys = [key.strip() for key in given.split(",") if key.strip()]
    if any(is_weak(key) for key in keys):
        raise ValueError(f"it holds a weak key; give at least {CHARACTERS_MIN} random characters each")
    return keys


def service_key(secret: str, service: str) -> str:
    """The key that a service of the stack shows to the gateway, which can work it out too."""
    return SERVICE_KEY_PREFIX + hmac.new(secret.encode(), f"service {service}".encode(), hashlib.sha256).hexdigest()


@lru_cache(maxsize=1024)
def verification_key(secret: str, service: str) -> str:
    """The key that principals sent to a service are signed with: all that a service of somebody else's is given."""
    return hmac.new(secret.encode(), f"principal for {service}".encode(), hashlib.sha256).hexdigest()


def read_secret(path: Path) -> str:
    """What a secret's file holds, comments aside; empty when there is no such file. Raises StackError."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise StackError(f"{path} cannot be read: {error}") from None
    return next((line.strip() for line in lines if line.strip() and not line.startswith("#")), "")


def told(variable: str, environ: Mapping[str, str] = os.environ) -> tuple[str, str]:
    """A secret from outside and where it came from; two empty texts when nobody gave it. Raises StackError.

    Asked in turn: the variable itself, the file that `VARIABLE_FILE` names, and a file called like the variable in
    small letters in the folder `CREDENTIALS_DIRECTORY` (systemd's `LoadCredential`, the secrets of a container).
    """
    if variable in environ:
        return environ[variable], source_of(environ, variable)
    by_file = f"{variable}_FILE"
    if environ.get(by_file):
        path = _path(environ, by_file)
        value = read_secret(path)
        if not value:
            raise StackError(f"{source_of(environ, by_file)} names {path}, and there is no secret in it")
        return value, source_of(environ, by_file)
    if not environ.get(CREDENTIALS_VARIABLE):
        return "", ""
    path = _path(environ, CREDENTIALS_VARIABLE) / variable.lower()
    value = read_secret(path)
    return (value, str(path)) if value else ("", "")


def _path(environ: Mapping[str, str], name: str) -> Path:
    return environ.path(name) if isinstance(environ, Environment) else Path(environ[name])


def _given(variable: str, environ: Mapping[str, str]) -> str:
    value, source = told(variable, environ)
    if value and is_weak(value):
        raise StackError(f"{source} is too weak; give at least {CHARACTERS_MIN} random characters")
    return value


def is_weak(secret: str) -> bool:
    """Whether a secret is too short, or too much of the same, to be one."""
    return len(secret) < CHARACTERS_MIN or len(set(secret)) < DISTINCT_MIN


def _kept(path: Path, fresh: str) -> str:
    held = read_secret(path)
    if held:
        if is_weak(held):
            raise StackError(f"{path} is too weak; put at least {CHARACTERS_MIN} random characters there, or delete it")
        return held
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(fresh + "\n")
    except FileExistsError:
        return read_secret(path)
    except OSError as error:
        raise StackError(f"{path} cannot be written: {error.strerror}") from None
    return fresh
