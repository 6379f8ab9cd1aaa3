"""LlamaIndex's OpenAI class, unchanged."""

import asyncio

import pytest

from harness.servers.openai_upstream import OpenAIUpstream, Script
from harness.services.gateway import Gateway

llama_index = pytest.importorskip("llama_index.llms.openai")
NAME = "gpt-4o-mini"  # the class knows the contexts of its models by their names


@pytest.fixture
def models_toml(upstream: OpenAIUpstream) -> str:
    return f"[models.'{NAME}']\nupstreams = [{{ url = '{upstream.url}', model = 'upstream-small' }}]\n"


@pytest.fixture
def llm(gateway: Gateway):
    return llama_index.OpenAI(model=NAME, api_base=f"{gateway.url}/v1", api_key="none")


async def test_it_completes_and_chats(llm):
    from llama_index.core.llms import ChatMessage

    assert (await llm.acomplete("hello")).text == "Hello"
    assert (await llm.achat([ChatMessage(role="user", content="hello")])).message.content == "Hello"


async def test_it_streams(llm):
    pieces = [piece.delta async for piece in await llm.astream_complete("hello")]
    assert "".join(piece or "" for piece in pieces) == "Hello"


async def test_it_calls_tools(llm, upstream: OpenAIUpstream):
    from llama_index.core.tools import FunctionTool

    def weather(city: str) -> str:
        """Weather of a city."""
        return "sun"

    upstream.script(
        Script(text=(), finish="tool_calls", tool_calls=[{"name": "weather", "arguments": ['{"city":"R"}']}])
    )
    answer = await llm.achat_with_tools([FunctionTool.from_defaults(weather)], user_msg="weather?")
    (call,) = llm.get_tool_calls_from_response(answer)
    assert (call.tool_name, call.tool_kwargs) == ("weather", {"city": "R"})


async def test_its_blocking_calls(llm):
    assert (await asyncio.to_thread(llm.complete, "hello")).text == "Hello"
