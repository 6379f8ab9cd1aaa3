"""Right numbers: grain, what is missing, and time zones, over HTTP on real servers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from harness.servers.chat import chat_server
from harness.servers.postgres import new_database
from harness.services.sql import SqlServices, sql_services

TABLES = """
CREATE TABLE customers (id INT PRIMARY KEY, name TEXT, country TEXT, credit_limit NUMERIC);
CREATE TABLE orders (id INT PRIMARY KEY, customer_id INT REFERENCES customers, status TEXT, total NUMERIC(10, 2),
  shipping NUMERIC(10, 2), ordered_at TIMESTAMPTZ);
CREATE TABLE payments (id INT PRIMARY KEY, order_id INT REFERENCES orders, amount NUMERIC(10, 2), paid_at TIMESTAMPTZ);
INSERT INTO customers VALUES (1, 'Anna', 'Germany', 100), (2, 'Bob', 'Germany', 500), (3, 'Chen', 'China', 200);
INSERT INTO orders VALUES (1, 1, 'paid', 130, 10, '2026-11-01'), (2, 1, 'cancelled', 30, 5, '2026-11-05'),
  (3, 2, 'paid', 104, 0, '2026-10-10'), (4, 3, NULL, 20, 4, '2025-11-20');
INSERT INTO payments VALUES (1, 1, 100, '2026-11-02'), (2, 1, 30, '2026-11-03'), (3, 3, 104, '2026-10-11'),
  (4, 4, 20, '2025-11-21');
"""
SHANGHAI = """
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone = ''Asia/Shanghai''', current_database()); END $$;
DELETE FROM payments; DELETE FROM orders;
INSERT INTO orders SELECT 1, 1, 'paid', 10, 0, (now() AT TIME ZONE 'Asia/Shanghai')::date::timestamp
  AT TIME ZONE 'Asia/Shanghai' + interval '1 minute';
INSERT INTO orders SELECT 2, 1, 'paid', 10, 0, ordered_at - interval '2 minutes' FROM orders WHERE id = 1;
"""
FANNED = "SELECT c.name, SUM(o.shipping) FROM customers c JOIN orders o ON o.customer_id = c.id JOIN payments p ON p.order_id = o.id GROUP BY c.name"  # noqa: E501
RIGHT = "SELECT c.name, SUM(o.shipping) FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY c.name"


@asynccontextmanager
async def shop(folder: Path, server: str, script: str = "", **settings: object) -> AsyncIterator[SqlServices]:
    import asyncpg

    url = await new_database(server)
    connection = await asyncpg.connect(url)
    await connection.execute(TABLES + script)
    await connection.close()
    parts = urlsplit(url)
    async with sql_services(folder / "data", allow_privileged=True, **settings) as made:
        await made.connect(
            engine="postgres", host=parts.hostname, port=parts.port, database=parts.path[1:], user=parts.username,
            password="trusted", tls="off",
        )  # fmt: skip
        yield made


ANSWERS = [
    ("Total payments by customer", [["Anna", 130], ["Bob", 104], ["Chen", 20]]),
    ("Total payments by country", [["Germany", 234], ["China", 20]]),
    ("Total payments per order", [["1", 130], ["3", 104], ["4", 20]]),
    ("Which customer has the highest total payments", [["Anna", 130]]),
    ("Top 2 customers by total payments", [["Anna", 130], ["Bob", 104]]),
    ("每个客户的支付总额", [["Anna", 130], ["Bob", 104], ["Chen", 20]]),
    ("每个国家的付款总计", [["Germany", 234], ["China", 20]]),
    ("Total shipping of payments", [[14]]),
    ("Total payments", [[254]]),
    ("付款总额", [[254]]),
    ("哪个客户的订单总额最高", [["Anna", 160]]),
    ("How many orders are not paid", [[2]]),
    ("How many orders were not cancelled", [[3]]),
    ("customers with more than 2 payments", []),
    ("customers with more than 1 payment", [["Anna"]]),
]  # fmt: skip


async def test_every_row_counts_once(tmp_path: Path, postgres: str):
    async with shop(tmp_path, postgres) as store:
        for question, rows in ANSWERS:
            answer = await store.ask(question)
            assert answer["status"] == "ready", answer
            assert _plain(answer["result"]["rows"]) == _plain(rows), question


async def test_what_may_be_a_number_or_a_sum_is_asked(tmp_path: Path, postgres: str):
    async with shop(tmp_path, postgres) as store:
        answer = await store.ask("total orders by country")
        assert answer["status"] == "need_clarification"
        labels = {one["label"] for one in answer["clarification"]["options"]}
        assert labels == {"number of orders by country", "total of orders by country"}
        missing = await store.ask("How many orders are not paid")
        assert "status ≠ paid or missing" in missing["answer"].lower()


async def test_a_model_repairs_a_join_that_counts_twice(tmp_path: Path, postgres: str):
    def answer(messages: list[dict], _model: str) -> str:
        if len(messages) == 2:
            return f"```sql\n{FANNED}\n```"
        assert "counts rows more than once" in messages[3]["content"]
        return f"```sql\n{RIGHT}\n```"

    async with (
        chat_server(answer) as model,
        shop(tmp_path, postgres, llm_url=model.url, llm_default_model="usual") as store,
    ):
        got = await store.ask("How dear was the postage for everyone?")
        assert got["status"] == "ready" and dict(got["result"]["rows"])["Anna"] == "15.00"


async def test_a_confirmed_statement_that_counts_twice_is_asked_back(tmp_path: Path, postgres: str):
    async with shop(tmp_path, postgres) as store:
        asked = await store.ask("shipping by customer, please")
        body = {"question_id": asked["id"], "right": True, "sql": FANNED}
        assert (await store.http.post("/api/ai/feedback", json=body)).is_success
        answer = await store.ask("shipping by customer, please")
        assert answer["status"] == "need_clarification" and "more than once" in answer["clarification"]["question"]
        chosen = await store.http.post("/api/ai/clarify", json={"question_id": answer["id"], "option": 0})
        assert chosen.status_code == 200 and chosen.json()["status"] == "ready", chosen.text


async def test_today_is_the_day_of_the_database_or_of_the_caller(tmp_path: Path, postgres: str):
    async with shop(tmp_path, postgres, SHANGHAI) as store:
        for question, count in (("How many orders today", 1), ("How many orders yesterday", 1)):
            answer = await store.ask(question)
            assert answer["result"]["rows"] == [[count]] and "UTC+08:00" in answer["answer"], answer
        there = await store.ask("How many orders today", time_zone="Asia/Shanghai")
        assert there["result"]["rows"] == [[1]] and "Asia/Shanghai" in there["explanation"]
        days = await store.ask("number of orders by day", time_zone="Pacific/Kiritimati")
        assert sum(row[1] for row in days["result"]["rows"]) == 2 and "Pacific/Kiritimati" in days["sql"]
        wrong = await store.ask("How many orders today", expect=422, time_zone="Mars/Olympus")
        assert "IANA" in str(wrong)


def _plain(rows: list[list]) -> list[list[str]]:
    return [[_number(str(cell)) for cell in row] for row in rows]


def _number(text: str) -> str:
    return f"{float(text):g}" if text.replace(".", "").isdecimal() else text
