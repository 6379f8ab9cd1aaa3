"""Words and identifiers of schemas."""

from aistack.ai.schema.glossary import chinese_words_in, synonyms, translations
from aistack.ai.schema.identifiers import identifier_words


def test_the_glossary_translates_both_ways():
    assert "客户" in translations("customer")
    assert "客户" in translations("customers")
    assert "city" in translations("城市")
    assert "instructor" in synonyms("teacher")
    assert chinese_words_in("查询所有歌手的平均年龄") == ["歌手", "平均", "年龄"]


def test_identifiers_are_split_into_words():
    for one in ("OrderDetails", "order_details", "orderdetails"):
        assert identifier_words(one) == ["order", "details"]
    assert identifier_words("HTTPServerID") == ["http", "server", "id"]
