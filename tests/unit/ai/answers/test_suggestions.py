"""What a refusal says, and the questions it offers instead."""

from datetime import date

from aistack.ai.answers.suggestions import nearest_questions, suggestion
from aistack.ai.rules.grammar.question_parser import ParseResult, QuestionParser
from harness.sql.store_schema import store_graph


def test_a_refusal_offers_questions_that_can_be_answered():
    graph = store_graph()
    parser = QuestionParser(graph)
    for chinese in (False, True):
        offered = nearest_questions(["customers", "products"], graph, chinese=chinese)
        assert offered
        for question in offered:
            assert parser.parse(question, {}, date(2026, 1, 1)).interpretations, question
            assert question in suggestion(
                ParseResult(unknown=("love",)), graph, ["customers", "products"], chinese=chinese
            )
