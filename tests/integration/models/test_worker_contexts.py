"""How long the contexts of workers' models are, as the list of models says."""

import asyncio
from collections.abc import Iterator

import pytest

from harness.services.gateway import Gateway
from harness.services.inference_worker import inference_worker


@pytest.fixture
def models_toml(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = tmp_path_factory.mktemp("worker") / "w.sock"
    with inference_worker(path, "models=a,b", "model.a.context=3000", "model.c.context=many"):
        yield f"""
        [models]
        other-name = "known"
        [models.known]
        upstreams = [{{ worker = "a", sidecar = "unix:{path}" }}]
        [models.named]
        upstreams = [{{ worker = "a", sidecar = "unix:{path}" }}]
        context_length = 1000
        [models.not-loaded]
        upstreams = [{{ worker = "b", sidecar = "unix:{path}" }}]
        [models.nonsense]
        upstreams = [{{ worker = "c", sidecar = "unix:{path}" }}]
        [models.also-elsewhere]
        upstreams = [{{ worker = "a", sidecar = "unix:{path}" }}, {{ url = "http://127.0.0.1:1/v1" }}]
        [models.away]
        upstreams = [{{ worker = "a", sidecar = "unix:{path}.none" }}]
        """


async def test_the_worker_says_the_context_of_a_model_and_its_aliases(gateway: Gateway):
    async with asyncio.timeout(60):
        while True:
            listed = (await gateway.client.get("/v1/models")).json()["data"]
            found = {one["id"]: one.get("context_length", 0) for one in listed}
            if found["known"]:
                break
            await asyncio.sleep(0.05)
    assert all(one.get("max_model_len", 0) == found[one["id"]] for one in listed)
    expected = dict.fromkeys(("known", "other-name", "default", "precise", "vision"), 3000) | {"named": 1000}
    assert {name: context for name, context in found.items() if context} == expected
