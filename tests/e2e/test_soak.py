"""A stack in use for ten minutes: no request is lost, what is stored is found, and the process does not grow."""

import time

import pytest

from harness.acceptance import Load, StackClient
from harness.stack import Stack

pytestmark = [pytest.mark.heavy, pytest.mark.deep]

SOAK_SECONDS = 600.0
WARM_UP_SHARE = 0.3
GROWTH_MAX = 1.25
PATHS = ["/v1/rag/search", "/v1/rag/collections", "/api/connections", "/api/query/history", "/api/ai/questions"]


def test_ten_minutes_of_use_lose_no_request_and_add_no_memory(stack: Stack):
    stack.up()
    begun, warm, rounds = time.monotonic(), 0.0, 0
    with Load(StackClient(stack.url), PATHS) as load:
        while (spent := time.monotonic() - begun) < SOAK_SECONDS:
            rounds += 1
            word = f"word{rounds}x"
            done = stack.finished(stack.upload((f"{word}.md", f"# Lens\n\nThe lens {word} is clean.".encode())))
            assert done["done"] == 1, done
            hits = stack.http.post("/v1/rag/search", json={"query": word, "top_k": 3}).json()["hits"]
            assert [hit["name"] for hit in hits] == [f"{word}.md"]
            document = f"/v1/rag/collections/default/documents/{hits[0]['document']}"
            assert stack.http.delete(document).is_success
            if not warm and spent > SOAK_SECONDS * WARM_UP_SHARE:
                warm = stack.memory_mib()
    assert not load.lost, load.lost[:5]
    assert stack.memory_mib() <= warm * GROWTH_MAX, (warm, stack.memory_mib(), rounds)
