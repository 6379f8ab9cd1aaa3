"""Rerank and tokenize, which upstreams that have them answer."""

from harness.servers.openai_upstream import OpenAIUpstream
from harness.services.gateway import Gateway


async def test_rerank(gateway: Gateway, upstream: OpenAIUpstream):
    body = {"model": "small", "query": "q", "documents": ["a", "b"], "top_n": 1}
    answer = await gateway.client.post("/v1/rerank", json=body)
    assert [one["index"] for one in answer.json()["results"]] == [0, 1]
    assert answer.json()["model"] == "small"
    assert upstream.received[0].path == "/v1/rerank"
    assert upstream.received[0].body == body | {"model": "upstream-small"}
    rows = (await gateway.client.get("/gateway/usage")).json()["rows"]
    assert rows[0]["prompt_tokens"] == 11


async def test_tokenize_is_above_v1_at_upstreams(gateway: Gateway, upstream: OpenAIUpstream):
    answer = await gateway.client.post("/tokenize", json={"model": "small", "prompt": "hello"})
    assert answer.json()["count"] == 3
    assert upstream.received[0].path == "/tokenize"
