"""LangChain's classes for OpenAI, unchanged."""

import pytest

from harness.processes import NotInstalled
from harness.servers.openai_upstream import OpenAIUpstream, Script
from harness.services.gateway import Gateway

try:
    from langchain_openai import ChatOpenAI, OpenAIEmbeddings
except ImportError:
    ChatOpenAI = OpenAIEmbeddings = None


@pytest.fixture(autouse=True)
def installed() -> None:
    if ChatOpenAI is None:
        raise NotInstalled("langchain-openai")


async def test_chat_streamed_with_tools(gateway: Gateway, upstream: OpenAIUpstream):
    model = ChatOpenAI(base_url=f"{gateway.url}/v1", api_key="x", model="small")
    assert (await model.ainvoke("hello")).content == "Hello"
    assert "".join([str(part.content) async for part in model.astream("hello")]) == "Hello"
    upstream.script(Script(text=(), finish="tool_calls", tool_calls=[{"name": "f", "arguments": ['{"a":', "1}"]}]))
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}
    answer = await model.bind_tools([tool]).ainvoke("hello")
    assert answer.tool_calls[0]["args"] == {"a": 1}


async def test_embeddings_without_its_tokenizer(gateway: Gateway):
    embeddings = OpenAIEmbeddings(
        base_url=f"{gateway.url}/v1", api_key="x", model="small", check_embedding_ctx_length=False
    )
    assert await embeddings.aembed_documents(["a", "b"]) == [[0.25, -0.5, 1.0]] * 2
