"""The assistant's history: search over many messages in both languages, and pages of a very long session.

The texts are random words, half of them Chinese, so that most terms are in many messages. The service answers in this
process, on SQLite; times are those of whole requests.
"""

import asyncio
import random
import statistics
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import insert, select, text, update

from aistack.agent.conversations.history_search import index_form
from aistack.agent.tables import Message, Part, Session
from aistack.chassis.telemetry.logs import configure_logs
from aistack.language.analysis import index_terms
from benchmarks.report import Row
from harness.services.agent import Agent, agent_service

MESSAGES, LONG_SESSION, SESSION_SIZE = 100_000, 10_000, 50
TEXTS, BATCH, ASKED = 2_000, 2_000, 100
SYLLABLES = ["ka", "lo", "mi", "ter", "sun", "vel", "ro", "pan", "dis", "que"]
CHARACTERS = "数据模型文档搜索会议报告客户订单系统部署测试网络服务城市历史经济科学"


def run(quick: bool) -> list[Row]:
    configure_logs("error", "json")
    return asyncio.run(_rows(1_000 if quick else MESSAGES, 300 if quick else LONG_SESSION))


async def _rows(count: int, long_session: int) -> list[Row]:
    chance = random.Random(7)
    texts = [_english(chance) if number % 2 else _chinese(chance) for number in range(TEXTS)]
    with TemporaryDirectory(prefix="aistack-bench-") as folder:
        async with agent_service(Path(folder), ()) as agent:
            first = await agent.post("/sessions", {"title": "long"})
            short = (await agent.post("/sessions", {"title": "short"}))["id"]
            await _fill(agent, first["id"], long_session, texts)
            await _fill(agent, short, SESSION_SIZE, texts)
            for start in range(long_session, count, SESSION_SIZE * 20):
                session = (await agent.post("/sessions", {}))["id"]
                await _fill(agent, session, min(SESSION_SIZE * 20, count - start), texts)
            english = [" ".join(chance.sample(chance.choice(texts[1::2]).split(), 2)) for _ in range(ASKED)]
            chinese = [_piece(chance, chance.choice(texts[::2])) for _ in range(ASKED)]
            search = {language: await _searches(agent, words) for language, words in
                      (("English", english), ("Chinese", chinese))}  # fmt: skip
            alone = await _pages(agent, short, ASKED)
            pages = await _pages(agent, first["id"], ASKED)
            together, _ = await asyncio.gather(_pages(agent, short, ASKED), _pages(agent, first["id"], ASKED))
    return [
        *(Row(f"search over {count} messages, {language}, median", _ms(statistics.median(times)), "ms", "<= 100")
          for language, times in search.items()),
        *(Row(f"search over {count} messages, {language}, p99", _ms(_p99(times)), "ms")
          for language, times in search.items()),
        Row(f"page of history of a session of {long_session} messages, median", _ms(statistics.median(pages)), "ms",
            "<= 50"),
        Row("page of history of a short session, p99", _ms(_p99(alone)), "ms"),
        Row("the same while the long session is read, p99", _ms(_p99(together)), "ms"),
    ]  # fmt: skip


async def _searches(agent: Agent, queries: Sequence[str]) -> list[float]:
    times: list[float] = []
    for words in queries:
        began = time.perf_counter()
        assert await agent.get("/search", q=words), words
        times.append(time.perf_counter() - began)
    return times


async def _pages(agent: Agent, session: str, count: int) -> list[float]:
    """Reads the newest page, and goes back from there; again from the newest one at the first message."""
    times: list[float] = []
    before: dict[str, Any] = {}
    for _ in range(count):
        began = time.perf_counter()
        page = await agent.get(f"/sessions/{session}/messages", **before)
        times.append(time.perf_counter() - began)
        shown = page["messages"]
        before = {"before": shown[0]["id"]} if len(shown) > 1 else {}
    return times


async def _fill(agent: Agent, session: str, count: int, texts: Sequence[str]) -> None:
    """Adds a branch of messages as the service would."""
    records = agent.app.state.lifecycle.checks["records"].__self__
    async with records.write() as connection:
        session_id = await connection.scalar(select(Session.id).where(Session.public_id == session))
        last = await connection.scalar(text("SELECT coalesce(max(id), 0) FROM agent_messages"))
    for start in range(0, count, BATCH):
        rows, parts, terms = list[dict[str, Any]](), list[dict[str, Any]](), list[dict[str, Any]]()
        for number in range(start, min(count, start + BATCH)):
            key = last + number + 1
            body: str = texts[int(key * 7_919) % len(texts)]
            rows.append({
                "id": key, "public_id": f"{key:016x}", "session_id": session_id,
                "parent_id": key - 1 if number else None, "usage": {},
                "role": "assistant" if number % 2 else "user", "model": "", "state": "complete", "run_id": "",
                "created_at": datetime.now(UTC),
            })  # fmt: skip
            parts.append({"message_id": key, "position": 0, "kind": "text", "text": body, "data": {}})
            found = dict.fromkeys(index_terms(body))
            terms.append({"id": key, "terms": " ".join(map(index_form, found))})
        async with records.write() as connection:
            await connection.execute(insert(Message), rows)
            await connection.execute(insert(Part), parts)
            await connection.execute(text("INSERT INTO agent_message_terms (rowid, terms) VALUES (:id, :terms)"), terms)
    async with records.write() as connection:
        await connection.execute(update(Session).where(Session.id == session_id).values(leaf_id=last + count))


def _english(chance: random.Random) -> str:
    return " ".join("".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))) for _ in range(60))


def _chinese(chance: random.Random) -> str:
    return "，".join("".join(chance.choices(CHARACTERS, k=8)) for _ in range(15)) + "。"


def _piece(chance: random.Random, body: str) -> str:
    at = chance.randrange(len(body) - 6)
    return body[at : at + 5].replace("，", "")


def _p99(times: Sequence[float]) -> float:
    return sorted(times)[min(len(times) - 1, int(0.99 * len(times)))]


def _ms(seconds: float) -> float:
    return round(1000 * seconds, 2)
