"""Secrets as files, for services that share no data folder: their own, and in production those of the stores."""

import secrets
from pathlib import Path

from aistack.stack.catalogue import ADMIN_KEY
from aistack.stack.description import DescribedService, Stack
from aistack.stack.errors import StackError
from aistack.stack.secrets import create_secret, is_weak, new_key, new_secret, read_secret

FOLDER_MODE = 0o700
FILE_MODE = 0o444  # a container's user must read it; the folder keeps other users out
S3_SECRETS = ("aws_access_key_id", "aws_secret_access_key")


def secret_names(service: DescribedService) -> list[str]:
    """The names of the secret files that a service needs."""
    return [one.lower() for one in service.entry.secrets]


def store_secret_names(service: DescribedService) -> list[str]:
    """The names of the secret files by which a service reaches shared stores: URLs with passwords, and S3's keys."""
    urls = [f"{service.name}_{key}" for key in service.entry.shared if key != "files_url"]
    return [*urls, *(S3_SECRETS if "files_url" in service.entry.shared else ())]


def make_secrets(stack: Stack, folder: Path, *, production: bool) -> list[Path]:
    """Creates the missing files; returns their paths. Raises StackError, also for an existing secret that is weak."""
    names = {name for service in stack.enabled for name in secret_names(service)}
    values = {name: new_key() if name == ADMIN_KEY.lower() else new_secret() for name in names}
    existing = {path.name: read_secret(path) for path in folder.glob("*") if path.is_file()}
    for name in names & existing.keys():
        if is_weak(existing[name]):
            raise StackError(f"{folder / name} is too weak; delete it, and run this again to create a strong one")
    if production:
        values |= _store_secrets(stack, existing)
    made: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
        for name, value in sorted(values.items()):
            if not existing.get(name):
                create_secret(folder / name, value, FILE_MODE)
                made.append(folder / name)
    except OSError as error:
        raise StackError(f"{folder} cannot be written: {error.strerror}; choose another folder with --out") from None
    return made


def _store_secrets(stack: Stack, existing: dict[str, str]) -> dict[str, str]:
    """The stores' passwords, and the URLs that contain them."""
    names = ("postgres_password", "redis_password", "grafana_password")
    passwords = {name: existing.get(name) or new_secret() for name in names}
    database = f"postgresql://ai_stack:{passwords['postgres_password']}@postgres:5432/ai_stack"
    redis = f"redis://:{passwords['redis_password']}@redis:6379"
    urls = {f"{service.name}_database_url": database for service in stack.enabled}
    return passwords | urls | {
        "gateway_redis_url": f"{redis}/0",
        "rag_cache_url": f"{redis}/1",
        "aws_access_key_id": secrets.token_hex(10),
        "aws_secret_access_key": new_secret(),
    }  # fmt: skip
