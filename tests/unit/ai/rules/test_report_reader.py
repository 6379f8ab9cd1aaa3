"""Business questions in English and Chinese, read in parts, with the rows of three small businesses."""

from datetime import date
from functools import cache

import pytest

from aistack.ai.answers.report_paraphrase import ReportParaphraser
from aistack.ai.linking.candidate_phrases import candidate_phrases, search_terms
from aistack.ai.rules.reports.report_reader import Reading, ReportReader
from aistack.ai.rules.sql.report_generator import ReportGenerator
from aistack.query.guard.statement_check import check
from tests.unit.ai.rules.businesses import CLINIC, SCHOOL, SHOP, Business

TODAY = date(2024, 3, 15)
SCRIPTS = {"shop": SHOP, "clinic": CLINIC, "school": SCHOOL}

ANSWERS = [
    ("shop", "What is our total revenue?", {(255,)}),
    ("shop", "Revenue by country", {("Germany", 165), ("France", 90)}),
    ("shop", "revenue by category", {("Kitchen", 165), ("Garden", 90)}),
    ("shop", "How much did each customer spend?", {("Ann", 145), ("Bob", 90), ("Cem", 20)}),
    ("shop", "Top 2 customers by revenue", {("Ann", 145), ("Bob", 90)}),
    ("shop", "What is the average order value?", {(51.0,)}),
    ("shop", "Which customers have never placed an order?", {("Dora",)}),
    ("shop", "What share of orders are paid?", {(60.0,)}),
    ("shop", "ratio of paid orders to cancelled orders", {(3.0,)}),
    ("shop", "month over month revenue", {("2023-12", 20, None), ("2024-01", 70, 250.0), ("2024-02", 105, 50.0), ("2024-03", 60, -300 / 7)}),
    ("shop", "running total of revenue by month", {("2023-12", 20, 20), ("2024-01", 70, 90), ("2024-02", 105, 195), ("2024-03", 60, 255)}),
    ("shop", "compare revenue in 2023 and 2024", {(20, 235)}),
    ("shop", "this month's revenue vs last month", {(60, 105)}),
    ("shop", "products that cost between 20 and 50", {("Rake",), ("Spade",), ("Pan",)}),
    ("shop", "number of distinct cities", {(3,)}),
    ("shop", "orders that are paid or shipped", {(1,), (2,), (3,), (5,)}),
    ("shop", 'products whose name contains "p"', {("Spade",), ("Pan",), ("Pot",)}),
    ("shop", 'products starting with "P"', {("Pan",), ("Pot",)}),
    ("shop", "top product per category by revenue", {("Rake", "Garden", 60), ("Pan", "Kitchen", 90)}),
    ("shop", "Which product sold the most units?", {("Knife", 5)}),
    ("shop", "customers who bought Rake but not Spade", {("Cem",)}),
    ("shop", "customers who are not from Germany", {("Bob",), ("Dora",)}),
    ("shop", "各国家的销售额", {("Germany", 165), ("France", 90)}),
    ("shop", "销售额最高的前2个客户", {("Ann", 145), ("Bob", 90)}),
    ("shop", "哪些客户从未下单？", {("Dora",)}),
    ("shop", "平均订单金额", {(51.0,)}),
    ("shop", "已付款订单的占比", {(60.0,)}),
    ("shop", "累计销售额按月", {("2023-12", 20, 20), ("2024-01", 70, 90), ("2024-02", 105, 195), ("2024-03", 60, 255)}),
    ("shop", "价格在20到50之间的产品", {("Rake",), ("Spade",), ("Pan",)}),
    ("clinic", "appointments longer than 40 minutes", {(2,), (4,)}),
    ("clinic", "appointments longer than half an hour", None),
    ("clinic", "Which doctor earned the most fees?", {("Eve Adams", 300)}),
    ("clinic", "cancelled appointments per doctor", {("Eve Adams", 1)}),
    ("clinic", "patients who have had more than one appointment", {("Hana",), ("Ian",)}),
    ("clinic", "What percentage of appointments were cancelled?", {(25.0,)}),
    ("school", "Which teacher teaches the most courses?", {("Orr", 2)}),
    ("school", "number of students per course", {("Algebra", 3), ("Geometry", 1), ("Optics", 1)}),
    ("school", "What is the ratio of students to teachers?", {(4 / 3,)}),
    ("school", "每门课程的平均分数", {("Optics", 90.0), ("Algebra", 250 / 3), ("Geometry", 60.0)}),
]  # fmt: skip
UNSURE = [
    ("shop", "best customer"),  # by what is not said
    ("shop", "revenue of purple customers"),
    ("shop", "customers that are not"),
    ("shop", "orders of the last 10 fortnights"),
]


@cache
def business(name: str) -> tuple[Business, ReportReader]:
    made = Business(SCRIPTS[name])
    return made, ReportReader(made.graph)


def read(name: str, question: str) -> Reading:
    made, reader = business(name)
    terms = search_terms(candidate_phrases(question))
    values: dict[str, list] = {}
    for table in made.graph.tables.values():
        for profile in table.columns.values():
            for value in profile.samples:
                if profile.kind == "text" and value.lower() in terms:
                    values.setdefault(terms[value.lower()], []).append((profile.column, value))
    return reader.read(question, values, TODAY)


@pytest.mark.parametrize(("name", "question", "rows"), ANSWERS, ids=[one[1] for one in ANSWERS])
def test_business_questions(name: str, question: str, rows: set | None):
    reading = read(name, question)
    if rows is None:
        assert not reading.is_sure
        return
    assert reading.is_sure, (reading.left_out, reading.doubts, reading.reports)
    made, _ = business(name)
    for report in reading.best:
        sql = ReportGenerator(made.graph, "sqlite").statement(report)
        check(sql, "sqlite")
        assert set(made.rows(sql)) == rows


@pytest.mark.parametrize(("name", "question"), UNSURE, ids=[one[1] for one in UNSURE])
def test_a_guess_is_not_sure(name: str, question: str):
    assert not read(name, question).is_sure


def test_what_was_measured_is_told():
    made, _ = business("shop")
    (report,) = read("shop", "revenue by category").best
    assert ReportParaphraser(made.graph, chinese=False).report(report) == (
        "total unit_price × quantity of order_items by category"
    )
    (report,) = read("shop", "各国家的销售额").best
    assert ReportParaphraser(made.graph, chinese=True).report(report) == "订单的总计，按国家分组"


def test_sums_count_each_row_once_over_several_groups():
    made, _ = business("school")
    (report,) = read("school", "total credits per student").best
    rows = made.rows(ReportGenerator(made.graph, "sqlite").statement(report))
    assert set(rows) == {("Kai", 7), ("Lea", 4), ("Max", 8)}
