"""Behind a proxy that gives up silent responses, a late first token still arrives."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import openai
import pytest

from harness.processes import accepts, child, free_port, program, until
from harness.servers.openai_upstream import OpenAIUpstream, Script
from harness.services.gateway import Gateway

HELLO = [{"role": "user", "content": "hello"}]
PROXY_SECONDS, TOKEN_SECONDS = 15, 40
NGINX = """
worker_processes 1; daemon off; error_log stderr crit; pid {folder}/nginx.pid;
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{ listen 127.0.0.1:{port};
    location / {{ proxy_http_version 1.1; proxy_set_header Connection ""; proxy_read_timeout {seconds}s;
                  proxy_pass http://127.0.0.1:{gateway}; }} }}
}}
"""


@pytest.fixture
def proxy(gateway: Gateway, tmp_path: Path) -> Iterator[str]:
    """nginx in front of the gateway."""
    port = free_port()
    config = tmp_path / "nginx.conf"
    config.write_text(NGINX.format(folder=tmp_path, port=port, seconds=PROXY_SECONDS, gateway=gateway.port))
    with child([program("nginx"), "-c", config, "-p", tmp_path]):
        until(lambda: accepts(port), what="nginx")
        yield f"http://127.0.0.1:{port}"


async def after(seconds: float, gate: asyncio.Event) -> None:
    await asyncio.sleep(seconds)
    gate.set()


@pytest.mark.deep
async def test_a_first_token_after_forty_seconds(proxy: str, upstream: OpenAIUpstream):
    gate = asyncio.Event()
    upstream.script(Script(gate=gate))
    opening = asyncio.ensure_future(after(TOKEN_SECONDS, gate))
    async with openai.AsyncOpenAI(base_url=f"{proxy}/v1", api_key="none", max_retries=0) as client:
        stream = await client.chat.completions.create(model="small", messages=HELLO, stream=True)
        assert "".join([chunk.choices[0].delta.content or "" async for chunk in stream]) == "Hello"
    await opening


@pytest.mark.heavy
async def test_an_error_before_the_first_ping_keeps_its_status(proxy: str, upstream: OpenAIUpstream):
    upstream.script(Script(status=400, error={"error": {"message": "no", "type": "x", "code": "invalid_value"}}))
    async with openai.AsyncOpenAI(base_url=f"{proxy}/v1", api_key="none", max_retries=0) as client:
        with pytest.raises(openai.BadRequestError, match="no"):
            await client.chat.completions.create(model="small", messages=HELLO, stream=True)


@pytest.mark.heavy
async def test_chunks_are_not_held_up(proxy: str, upstream: OpenAIUpstream):
    later = asyncio.Event()
    upstream.script(Script(later=later))
    async with openai.AsyncOpenAI(base_url=f"{proxy}/v1", api_key="none", max_retries=0) as client:
        stream = await client.chat.completions.create(model="small", messages=HELLO, stream=True)
        first = await anext(aiter(stream))
        assert first.choices[0].delta.content == "Hel"
        later.set()
        assert (await anext(aiter(stream))).choices[0].delta.content == "lo"
