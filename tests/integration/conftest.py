"""Gateways that act as one."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from harness.processes import free_port
from harness.servers.postgres import new_database
from harness.servers.redis import RedisServer
from harness.services.gateway import Gateway
from tests.integration.test_gateway_redis import ended


@pytest.fixture
async def three(tmp_path: Path, postgres: str, redis: RedisServer) -> AsyncIterator[list[Gateway]]:
    """Three gateways with identity on, over one Redis and one PostgreSQL."""
    toml = f"database_url = '{await new_database(postgres)}'\nredis_url = '{redis.url}'\n"
    gateways: list[Gateway] = []
    for name in ("a", "b", "c"):
        folder = tmp_path / name
        folder.mkdir()
        if gateways:
            shutil.copytree(gateways[0].folder / "secrets", folder / "secrets")  # one stack has one secret
        gateways.append(Gateway(folder, free_port(), toml, identity=True))
        await gateways[-1].start()
    yield gateways
    await ended(gateways)
