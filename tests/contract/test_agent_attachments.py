"""Files attached to messages of the agent service: read, considered, and what was left out is said."""

import io
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from aistack.agent.reading.workers import Workers
from harness.servers.openai_upstream import OpenAIUpstream, Script, openai_upstream
from harness.services.agent import Agent, agent_service, text_of

CSV = "city,people\n" + "".join(f"town{n},{n}\n" for n in range(500))


@pytest.fixture
async def model() -> AsyncIterator[OpenAIUpstream]:
    async with openai_upstream() as opened:
        yield opened


@pytest.fixture
async def agent(tmp_path: Path, model: OpenAIUpstream) -> AsyncIterator[Agent]:
    async with agent_service(tmp_path, None, llm_url=model.url, llm_model="m") as opened:
        yield opened


async def upload(agent: Agent, name: str, content: bytes) -> dict:
    answer = await agent.http.post("/upload", params={"name": name}, content=content)
    assert answer.status_code == 201, answer.text
    return {"upload": answer.json()["files"][0]["id"]}


def question(model: OpenAIUpstream) -> str:
    return next(one["content"] for one in reversed(model.received[-1].body["messages"]) if one["role"] == "user")


async def test_a_long_text_is_considered_where_it_fits_the_question(agent: Agent, model: OpenAIUpstream):
    lines = [f"line {n} says nothing of interest\n" for n in range(20_000)]
    lines[15_000] = "The capital of Zanzibar trade was vanilla.\n"
    attached = await upload(agent, "long.txt", "".join(lines).encode())
    answer = await agent.ask("What was the capital of Zanzibar trade?", attachments=[attached])
    assert "Zanzibar trade was vanilla" in question(model)
    assert "long.txt: characters 1–" in text_of(answer["message"]) and "were read" in text_of(answer["message"])
    events = await agent.events(answer["run"]["id"])
    (left,) = [one["value"] for one in events if one.get("name") == "left_out"]
    assert "long.txt" in left["parts"]
    page = await agent.get(f"/sessions/{answer['session_id']}/messages")
    assert "were read" in page["messages"][0]["parts"][0]["data"]["read"]["part"]
    assert (await agent.get("/search", q="zanzibar vanilla"))[0]["role"] == "user"
    await agent.ask("And again?", answer["session_id"])
    assert "were read" not in json.dumps(
        [one for one in model.received[-1].body["messages"] if one["role"] == "assistant"]
    )


async def test_tables_are_asked_with_sql(agent: Agent, model: OpenAIUpstream):
    attached = await upload(agent, "城市.csv", CSV.encode("gb18030"))
    sql = {"sql": "SELECT sum(people) AS total FROM 城市"}
    called = {"name": "query_tables", "arguments": [json.dumps(sql)]}
    model.script(Script(text=(), tool_calls=[called], finish="tool_calls"), Script(text=("124750",)))
    answer = await agent.ask("How many people?", attachments=[attached])
    assert "500 rows" in question(model) and "town499" not in question(model)
    (result,) = [one for one in answer["message"]["parts"] if one["kind"] == "tool_result"]
    assert result["data"]["data"]["rows"] == [[124750]]
    assert "rows 21 to 500" in text_of(answer["message"])


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('/etc/passwd')", "SELECT * FROM '/etc/passwd'", "COPY (SELECT 1) TO '{folder}/out'",
        "SET enable_external_access = true", "SELECT 1; SELECT 2", "ATTACH '{folder}/a.db'", "INSTALL httpfs",
        "DROP TABLE t", "PRAGMA database_list", "SELECT repeat('x', 2000000000)",
    ],
)  # fmt: skip
async def test_sql_over_tables_reaches_nothing_else(tables: Workers, sql: str, tmp_path: Path):
    path = tmp_path / "t.csv"
    path.write_text(CSV)
    file = {"path": str(path), "name": "t.csv", "media_type": "text/csv", "copy": str(tmp_path / "copy")}
    before = sorted(tmp_path.iterdir())
    with pytest.raises(Exception, match=r"\w"):
        await tables.tables([file], sql.format(folder=tmp_path), 10)
    assert sorted(tmp_path.iterdir()) == before
    assert (await tables.tables([file], "SELECT count(*) FROM t", 10))["rows"] == [[500]]


@pytest.fixture
async def tables(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Workers]:
    from aistack.agent.settings import AgentSettings

    workers = Workers(AgentSettings(service="agent", port=1, data_dir=tmp_path_factory.mktemp("data")))
    yield workers
    await workers.close()


async def test_a_file_that_cannot_be_read_is_named_with_the_reason(agent: Agent, model: OpenAIUpstream):
    attached = await upload(agent, "setup.exe", b"MZ" + bytes(500))
    answer = await agent.ask("这是什么？", attachments=[attached])
    assert "无法读取 setup.exe" in text_of(answer["message"]) and "could not be read" in question(model)


async def test_files_go_with_the_last_session_that_uses_them(agent: Agent):
    attached = await upload(agent, "a.txt", b"Cats purr.")
    first = await agent.ask("Read", attachments=[attached])
    second = await agent.ask("Read", attachments=[attached])
    for session, left in ((first, 1), (second, 0)):
        assert (await agent.http.delete(f"/v1/agent/sessions/{session['session_id']}")).status_code == 204
        assert len((await agent.http.get("/upload")).json()["files"]) == left


async def test_without_a_model_the_attachment_answers(tmp_path: Path):
    async with agent_service(tmp_path, None) as agent:
        attached = await upload(agent, "pets.md", b"# Pets\n\nCats purr when they are content.\n")
        answer = await agent.ask("When do cats purr?", attachments=[attached])
    assert "Cats purr when they are content" in text_of(answer["message"])
    assert "without a language model" in text_of(answer["message"])


async def test_pictures_are_described_by_a_vision_model(tmp_path: Path, model: OpenAIUpstream):
    picture = io.BytesIO()
    Image.new("RGB", (20, 20)).save(picture, "PNG")
    async with agent_service(tmp_path, None, llm_url=model.url, llm_model="m", vision_model="eyes") as agent:
        await agent.ask("What is it?", attachments=[await upload(agent, "p.png", picture.getvalue())])
    sent = model.received[0].body
    assert sent["model"] == "eyes" and sent["messages"][0]["content"][1]["type"] == "image_url"
    assert "Hello" in question(model)


async def test_text_in_pictures_is_read_by_ocr(agent: Agent, model: OpenAIUpstream):
    pytest.importorskip("rapidocr_onnxruntime")
    image, picture = Image.new("RGB", (900, 200), "white"), io.BytesIO()
    ImageDraw.Draw(image).text((40, 60), "INVOICE 20418", fill="black", font_size=72)
    image.save(picture, "PNG")
    await agent.ask("What does it say?", attachments=[await upload(agent, "scan.png", picture.getvalue())])
    assert "20418" in question(model) and "read by OCR" in question(model)


async def test_an_absent_extra_is_named(agent: Agent, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Workers, "has_speech", False)
    recording = b"RIFF" + (36).to_bytes(4, "little") + b"WAVEfmt " + bytes(64)
    answer = await agent.ask("Listen", attachments=[await upload(agent, "note.wav", recording)])
    assert "pip install 'aistack[voice]'" in text_of(answer["message"])
