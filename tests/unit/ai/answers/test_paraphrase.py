"""How people are told what was understood."""

from datetime import date

import pytest

from aistack.ai.answers.paraphrase import Paraphraser
from aistack.ai.answers.typography import spaced
from aistack.ai.rules.grammar.question_parser import QuestionParser
from aistack.ai.rules.meaning.logical_form import Query
from aistack.ai.schema.profiles import Column
from aistack.ai.text.english_nouns import plural_noun, singular_noun
from harness.sql.store_schema import store_graph

GRAPH = store_graph()
PARSER = QuestionParser(GRAPH)
VALUES = {
    "Kiel": [(Column("customers", "city"), "Kiel")], "Garden": [(Column("categories", "name"), "Garden")],
    "paid": [(Column("orders", "status"), "paid")], "已付款": [(Column("orders", "status"), "paid")],
}  # fmt: skip


def interpretation(question: str) -> Query:
    return PARSER.parse(question, VALUES, date(2026, 11, 21)).best[0]


@pytest.mark.parametrize(("question", "paraphrase"), [
    ("average price of products by category", "average price of products by category"),
    ("customers without orders", "customers without orders"),
    ("customers with more than 1 order", "customers with more than 1 order"),
    ("customers with at least 2 orders", "customers with at least 2 orders"),
    ("how many orders were paid in 2024", "number of orders where created_at is in 2024 and status = paid"),
    ("orders in march 2024", "orders where created_at is in 2024-03"),
    ("orders between 2020 and 2022", "orders where created_at is between 2020 and 2022"),
    ("top 3 customers by total of orders", "total of orders by customer, top 3"),
    ("the most expensive product in Garden", "the product where category = Garden with the highest price"),
    ("每个类别的产品平均价格", "产品的平均价格，按类别分组"),
    ("2024年有多少已付款的订单", "创建时间在 2024 年、状态为 paid 的订单数量"),
    ("没有订单的客户", "没有订单的客户"), ("来自Kiel的客户", "城市为 Kiel 的客户"),
    ("订单总额最高的3个客户", "订单的总计，按客户分组，取最高的 3 个"),
])  # fmt: skip
def test_interpretations_are_paraphrased_in_both_languages(question: str, paraphrase: str):
    assert Paraphraser(GRAPH, chinese=not question.isascii()).query(interpretation(question)) == paraphrase


@pytest.mark.parametrize(("question", "phrase", "has_value"), [
    ("which city has the most customers", "the most customers", True),
    ("which customer has the most orders", "the most orders", False),
    ("who is the oldest customer", "the earliest birth date", False),
    ("the most expensive product in Garden", "the highest price among products where category = Garden", False),
    ("哪个城市的客户最多", "客户最多", True), ("最便宜的产品", "价格最低", False),
    ("Garden最贵的产品", "价格在类别为 Garden 的产品中最高", False),
])  # fmt: skip
def test_headlines_say_what_rows_have_the_most_or_the_least_of(question: str, phrase: str, has_value: bool):
    headline = Paraphraser(GRAPH, chinese=not question.isascii()).headline(interpretation(question))
    assert headline is not None
    assert (spaced(headline.phrase), headline.has_value) == (phrase, has_value)


def test_other_questions_have_no_headline():
    for question in ("how many orders are there", "top 3 customers by total of orders", "customers without orders"):
        assert Paraphraser(GRAPH, chinese=False).headline(interpretation(question)) is None


def test_nouns():
    assert [plural_noun(one) for one in ("city", "order", "orders", "box", "people", "ORDER", "客户")] == [
        "cities", "orders", "orders", "boxes", "people", "ORDER", "客户",
    ]  # fmt: skip
    assert singular_noun("categories") == "category"
    assert spaced("城市为Kiel的3个客户") == "城市为 Kiel 的 3 个客户"
