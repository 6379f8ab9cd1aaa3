"""Statements in words."""

from aistack.ai.statements.explanation import explain_statement


def test_set_operations_list_what_they_combine():
    sql = "WITH x AS (SELECT a FROM t) SELECT a FROM x UNION SELECT b FROM u"
    assert explain_statement(sql, "sqlite", chinese=False)[0] == (
        "first compute x: from t, show a; combine the results of: from x, show a; from u, show b"
    )


def test_any_text_has_an_explanation():
    for sql in (
        "SELECT a FROM t UNION SELECT b FROM u",
        "WITH x AS (SELECT 1) SELECT * FROM x",
        "VALUES (1)",
        "((((",
        "",
    ):
        assert isinstance(explain_statement(sql, "sqlite", chinese=False)[0], str)
