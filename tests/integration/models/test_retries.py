"""What the official client, which tries three times by default, sends again, and how often the upstream is asked."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import openai
import pytest

from harness.servers.openai_upstream import OpenAIUpstream, Script
from harness.services.gateway import Gateway

HELLO = [{"role": "user", "content": "hello"}]
THOUSAND = {"prompt_tokens": 1000, "completion_tokens": 1000, "total_tokens": 2000}


@dataclass
class Counted:
    """The official client, and the responses that it got."""

    client: openai.AsyncOpenAI
    responses: list[httpx.Response]

    async def ask(self, **fields: object) -> None:
        answer = await self.client.chat.completions.create(
            **{"model": "small", "messages": HELLO, "max_tokens": 10} | fields
        )
        if fields.get("stream"):
            async for _ in answer:
                pass

    async def fail(self, **fields: object) -> openai.APIError:
        with pytest.raises(openai.APIError) as failed:
            await self.ask(**fields)
        return failed.value

    @property
    def attempts(self) -> list[str | None]:
        return [response.headers.get("x-aistack-attempts") for response in self.responses]


@pytest.fixture
def identity() -> bool:
    return True


@pytest.fixture
async def counted(gateway: Gateway) -> AsyncIterator[Counted]:
    responses: list[httpx.Response] = []

    async def note(response: httpx.Response) -> None:
        responses.append(response)

    made = await gateway.client.post("/gateway/keys", json={"name": "k", "model_rules": {"budget": "2500 tokens"}})
    transport = httpx.AsyncClient(timeout=60, event_hooks={"response": [note]})
    base = f"{gateway.url}/v1"
    async with openai.AsyncOpenAI(base_url=base, api_key=made.json()["key"], http_client=transport) as client:
        yield Counted(client, responses)


@pytest.mark.parametrize("stream", [False, True])
async def test_a_spent_budget_is_asked_once(counted: Counted, upstream: OpenAIUpstream, stream: bool):
    upstream.script(Script(usage=THOUSAND))
    await counted.client.chat.completions.create(model="small", messages=HELLO, max_tokens=10)
    error = await counted.fail(stream=stream, max_tokens=1000)
    assert isinstance(error, openai.RateLimitError) and error.code == "insufficient_quota"
    assert len(upstream.received) == 1
    assert counted.attempts == ["1", "0"]


@pytest.mark.parametrize(
    "script",
    [Script(reset_after=0), Script(reset_after=1), Script(status=502), Script(status=504)],
    ids=["reset", "reset within the answer", "502", "504"],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_work_that_may_have_been_done_is_ordered_once(
    counted: Counted, upstream: OpenAIUpstream, stream: bool, script: Script
):
    upstream.script(script)
    await counted.fail(stream=stream)
    assert len(upstream.received) == 1
    assert counted.attempts == ["1"]


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_a_request_at_fault_is_sent_once(counted: Counted, upstream: OpenAIUpstream, status: int):
    upstream.script(Script(status=status))
    error = await counted.fail()
    assert isinstance(error, openai.APIStatusError) and error.status_code == status
    assert len(upstream.received) == 1
    assert counted.attempts == ["1"]


@pytest.mark.parametrize("status", [429, 503])
async def test_an_upstream_that_refused_the_work_is_asked_three_times(
    counted: Counted, upstream: OpenAIUpstream, status: int
):
    upstream.script(Script(status=status))
    await counted.fail()
    assert len(upstream.received) == 3
    assert counted.attempts == ["1", "1", "1"]


async def test_an_upstream_that_recovers_is_not_noticed(counted: Counted, upstream: OpenAIUpstream):
    upstream.script(Script(status=503), Script())
    answer = await counted.client.chat.completions.create(model="small", messages=HELLO)
    assert answer.choices[0].message.content == "Hello"
    assert len(upstream.received) == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"model": "nothing"},
        {"temperature": "hot"},
        {"messages": []},
        {"extra_headers": {"authorization": "Bearer wrong"}},
    ],
)
async def test_hard_refusals_reach_no_upstream(counted: Counted, upstream: OpenAIUpstream, fields: dict[str, object]):
    await counted.fail(**fields)
    assert not upstream.received
    assert len(counted.responses) == 1
