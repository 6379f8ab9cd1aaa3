"""What a model's reply is taken for."""

import pytest

from aistack.ai.generation.model_reply import parse_reply


@pytest.mark.parametrize(("text", "sql", "clarification", "reason"), [
    ("```sql\nSELECT 1;\n```", "SELECT 1", "", ""), ("Here:\n```\nSELECT 2\n```\nDone.", "SELECT 2", "", ""),
    ("First a\n```sql\nSELECT 1\n```\nthen better\n```sql\nSELECT 3\n```", "SELECT 3", "", ""),
    ("SELECT 4", "SELECT 4", "", ""), ("WITH a AS (SELECT 1) TABLE a", "WITH a AS (SELECT 1) TABLE a", "", ""),
    ("ASK: metric ; Which? ; a ; b", "", "Which?", ""), ("CANNOT: no such data", "", "", "no such data"),
    ("I would delete the table.", "", "", ""), ("", "", "", ""), ("ASK:", "", "", ""),
])  # fmt: skip
def test_prose_is_never_taken_for_a_statement(text: str, sql: str, clarification: str, reason: str):
    reply = parse_reply(text)
    assert (reply.sql, reply.clarification, reply.reason) == (sql, clarification, reason)
