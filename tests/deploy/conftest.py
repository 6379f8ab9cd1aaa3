"""A Docker engine, images on a base that is made here, and a database that containers can reach."""

import asyncio
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from harness.containers import images as made
from harness.containers.docker import Docker, docker_engine
from harness.servers.postgres import postgres
from harness.sql.shop import TABLES, statements_for


@pytest.fixture(scope="session")
def docker() -> Iterator[Docker]:
    with docker_engine() as engine:
        yield engine


@pytest.fixture(scope="session")
def base_image(docker: Docker) -> str:
    return made.base_image(docker)


@pytest.fixture(scope="session")
def images(docker: Docker, base_image: str) -> dict[str, str]:
    return made.build_images(docker)


@pytest.fixture(scope="session")
def shop() -> Iterator[dict]:
    """A PostgreSQL database that listens on every address, and how to connect it from a container."""
    with postgres(user="owner", everywhere=True) as url:
        asyncio.run(_fill(url))
        yield {
            "engine": "postgres", "host": made.HOST, "port": urlsplit(url).port, "database": "shop", "user": "reader",
            "tls": "off",
        }  # fmt: skip


async def _fill(url: str) -> None:
    import asyncpg

    owner = await asyncpg.connect(url)
    await owner.execute("CREATE DATABASE shop")
    await owner.execute("CREATE ROLE reader LOGIN")
    await owner.close()
    owner = await asyncpg.connect(url.rpartition("/")[0] + "/shop")
    for statement in statements_for(TABLES, "postgres"):
        await owner.execute(statement)
    await owner.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
    await owner.close()
