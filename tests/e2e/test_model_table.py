"""Services use the model table: what it says is in force at once, and whoever asks pays."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.processes import until
from harness.servers.openai_upstream import OpenAIUpstream, Script
from harness.sql.store import make_store_sqlite
from harness.stack import Stack

pytestmark = pytest.mark.heavy

ADMIN_KEY = "ask_model-table-tests-0123456789-abcdef"
QUESTION = "What is the lens polished with?"


@pytest.fixture(scope="module")
def keyed_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    one = Stack(
        tmp_path_factory.mktemp("keyed"),
        AISTACK_IDENTITY="true", GATEWAY_ADMIN_KEY=ADMIN_KEY, AISTACK_API_KEY=ADMIN_KEY,
    )  # fmt: skip
    one.http.headers["authorization"] = f"Bearer {ADMIN_KEY}"
    one.up()
    one.finished(one.upload(("lamp.md", b"# The lamp\n\nThe lens is polished with chamois leather every Friday.\n")))
    yield one
    one.down()


def put_model(stack: Stack, upstream: OpenAIUpstream) -> None:
    answer = stack.http.put("/gateway/models/small", json={"upstreams": [{"url": upstream.url, "model": "m"}]})
    assert answer.status_code == 200, answer.text


def test_answers_are_written_by_the_default_model_while_there_is_one(keyed_stack: Stack, upstream: OpenAIUpstream):
    assert keyed_stack.answer(QUESTION)["mode"] == "extractive"
    put_model(keyed_stack, upstream)
    upstream.script(Script(text=("The lens is polished ", "with chamois leather [1].")))
    answer = keyed_stack.answer(QUESTION)
    assert answer["mode"] == "generated" and "chamois" in answer["answer"]
    assert upstream.received[-1].body["model"] == "m"
    assert keyed_stack.http.delete("/gateway/models/small").status_code == 204
    assert keyed_stack.answer(QUESTION)["mode"] == "extractive"


def test_the_key_that_asks_is_billed_and_held_to_its_budget(keyed_stack: Stack, upstream: OpenAIUpstream):
    put_model(keyed_stack, upstream)
    made = keyed_stack.http.post("/gateway/keys", json={"name": "reader", "services": ["rag"]}).json()
    upstream.script(Script(text=("The lens is polished with chamois leather [1].",)))
    headers = {"authorization": f"Bearer {made['key']}"}
    body = {"question": QUESTION}
    until(lambda: keyed_stack.http.get("/v1/rag/collections", headers=headers).status_code == 200, 60, "the key")
    assert keyed_stack.http.post("/v1/rag/answer", json=body, headers=headers).json()["mode"] == "generated"
    rows = keyed_stack.http.get("/gateway/usage").json()["rows"]
    assert {row["key"] for row in rows if row["key"].endswith(made["id"])}, rows
    keyed_stack.http.delete("/gateway/models/small")


def test_questions_about_data_are_put_to_the_default_model(
    keyed_stack: Stack, upstream: OpenAIUpstream, tmp_path: Path
):
    path = make_store_sqlite(tmp_path / "store.sqlite")
    keyed_stack.http.post("/api/connections", json={"name": "store", "engine": "sqlite", "path": str(path)})
    put_model(keyed_stack, upstream)
    upstream.script(Script(text=("```sql\nSELECT 42 AS answer\n```",)))
    asked = {"connection_id": "store", "question": "What is the meaning of all this?"}
    answer = keyed_stack.http.post("/api/ai/query", json=asked).json()
    assert answer["result"]["rows"] == [[42]], answer
    keyed_stack.http.delete("/gateway/models/small")
