"""The answer as a sentence."""

from aistack.ai.answers.sentence import answer_sentence
from aistack.ai.generation.candidates import Headline
from tests.unit.ai.results import result

TOTALS = result([("city", "text"), ("total", "numeric")], [["Kiel", "3.5"], ["Ulm", "10"], [None, "2"]])


def test_has_the_numbers_of_the_result():
    one = result([("n", "int")], [[1234567]])
    assert answer_sentence(one, "the number of orders", chinese=False) == "The number of orders: 1,234,567."
    assert answer_sentence(one, "订单的数量", chinese=True) == "订单的数量：1,234,567。"
    assert "Kiel: 3.5" in answer_sentence(TOTALS, "totals", chinese=False)
    assert answer_sentence(result([("n", "int")], []), "orders", chinese=False) == "No results: orders."
    assert answer_sentence(result([("n", "int")], []), "订单", chinese=True) == "没有符合条件的结果：订单。"


def test_names_the_rows_with_the_most_or_the_least():
    one = result([("country", "text"), ("count", "int")], [["USA", 13]])
    assert answer_sentence(one, "", chinese=False, headline=Headline("the most customers", True)) == (
        "USA has the most customers: 13."
    )
    assert answer_sentence(one, "", chinese=True, headline=Headline("客户最多", True)) == "USA 的客户最多：13。"
    tied = result([("city", "text"), ("count", "int")], [["Kiel", 2], ["Ulm", 2]])
    assert answer_sentence(tied, "", chinese=False, headline=Headline("the most customers", True)) == (
        "Kiel and Ulm have the most customers: 2 each."
    )
    assert (
        answer_sentence(tied, "", chinese=True, headline=Headline("客户最多", True)) == "Kiel、Ulm 的客户最多：均为 2。"
    )
    two = result([("first_name", "text"), ("last_name", "text")], [["Ada", "Lovelace"], ["Li", "Lei"]])
    assert answer_sentence(two, "", chinese=False, headline=Headline("the most orders", False)) == (
        "Ada Lovelace and Li Lei have the most orders."
    )
