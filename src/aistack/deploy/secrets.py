"""Secrets as files: what the services share, and in production what the stores around them are opened with."""

import os
import secrets
from pathlib import Path

from aistack.stack.catalogue import ADMIN_KEY
from aistack.stack.description import Stack
from aistack.stack.errors import StackError
from aistack.stack.secrets import is_weak, new_key, read_secret

FOLDER_MODE = 0o700
FILE_MODE = 0o444  # a container's user must read it; the folder keeps others out


def make_secrets(stack: Stack, folder: Path, *, production: bool) -> list[Path]:
    """Writes what is missing; the paths that were written. Raises StackError, also for a weak one that is there."""
    names = {secret.lower() for service in stack.enabled for secret in service.entry.secrets}
    values = {name: new_key() if name == ADMIN_KEY.lower() else _random() for name in names}
    held = {path.name: read_secret(path) for path in folder.glob("*") if path.is_file()}
    for name in names & held.keys():
        if is_weak(held[name]):
            raise StackError(f"{folder / name} is too weak; delete it to have a strong one made")
    if production:
        values |= _of_stores(stack, held)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
        made: list[Path] = []
        for name, value in sorted(values.items()):
            if not held.get(name):
                made.append(_write(folder / name, value))
    except OSError as error:
        raise StackError(f"{folder} cannot be written: {error.strerror}; give another folder with --out") from None
    return made


def _of_stores(stack: Stack, held: dict[str, str]) -> dict[str, str]:
    """Passwords of the stores, and the URLs that hold them."""
    words = {name: held.get(name) or _random() for name in ("postgres_password", "redis_password", "grafana_password")}
    database = f"postgresql://ai_stack:{words['postgres_password']}@postgres:5432/ai_stack"
    redis = f"redis://:{words['redis_password']}@redis:6379"
    urls = {f"{service.name}_database_url": database for service in stack.enabled}
    return words | urls | {
        "gateway_redis_url": f"{redis}/0",
        "rag_cache_url": f"{redis}/1",
        "aws_access_key_id": secrets.token_hex(10),
        "aws_secret_access_key": _random(),
    }  # fmt: skip


def _random() -> str:
    return secrets.token_urlsafe(32)


def _write(path: Path, value: str) -> Path:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE), "w") as file:
        file.write(value + "\n")
    return path
