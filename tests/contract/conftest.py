"""The rag service on SQLite and on PostgreSQL, without a network."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from harness.servers.postgres import new_database
from harness.services.rag import Rag, rag_service
from harness.services.sql_people import People, sql_people


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    if request.param == "sqlite":
        return ""
    return asyncio.run(new_database(request.getfixturevalue("postgres")))


@pytest.fixture
def start(tmp_path: Path, database_url: str):
    """Starts the service with settings: `async with start(...) as rag`."""
    return partial(rag_service, tmp_path, database_url=database_url)


@pytest.fixture
async def rag(start) -> AsyncIterator[Rag]:
    async with start() as running:
        yield running


@pytest.fixture
async def people(tmp_path: Path) -> AsyncIterator[People]:
    """The database services and people who use them."""
    async with sql_people(tmp_path) as made:
        yield made
