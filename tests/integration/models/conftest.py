"""A gateway with one model at a scripted upstream."""

from collections.abc import AsyncIterator

import openai
import pytest

from harness.servers.openai_upstream import OpenAIUpstream, openai_upstream
from harness.services.gateway import Gateway


@pytest.fixture
async def upstream() -> AsyncIterator[OpenAIUpstream]:
    async with openai_upstream() as running:
        yield running


@pytest.fixture
def settings_toml() -> str:
    """More keys of the gateway's table."""
    return ""


@pytest.fixture
def models_toml(upstream: OpenAIUpstream) -> str:
    return f"[models.small]\nupstreams = [{{ url = '{upstream.url}', model = 'upstream-small' }}]\n"


@pytest.fixture
def gateway_toml(settings_toml: str, models_toml: str) -> str:
    return f"{settings_toml}\n{models_toml}"


@pytest.fixture
async def client(gateway: Gateway) -> AsyncIterator[openai.AsyncOpenAI]:
    """The official client, which retries twice as it does by default."""
    key = gateway.admin if gateway.identity else "none"
    async with openai.AsyncOpenAI(base_url=f"{gateway.url}/v1", api_key=key) as made:
        yield made
