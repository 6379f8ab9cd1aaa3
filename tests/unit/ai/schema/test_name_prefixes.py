"""Prefixes that all names of a table share."""

import pytest

from aistack.ai.schema.name_prefixes import bare_words, shared_prefix
from aistack.ai.schema.schema_graph import SchemaGraph
from aistack.ai.schema.semantic_layer import Layer
from harness.sql.store_schema import schema, table


@pytest.mark.parametrize(
    ("names", "prefix"),
    [
        ("xqordid xqordname xqorddate xqordtotal", "xqord"),
        ("name nation nature", ""),
        ("order_id order_date order_total", ""),
        ("id name", ""),
    ],
)
def test_a_prefix_is_what_hides_words(names: str, prefix: str):
    assert shared_prefix(names.split()) == prefix


def test_the_last_word_of_a_joined_name_is_apart():
    assert bare_words("xqordjoindate", "xqord") == "join_date"


def test_joins_without_keys():
    shop = table("store", {"store_id": "text", "name": "text"}, key="")
    sale = table("sale", {"sid": "int", "store_id": "text", "amount": "numeric"}, key="")
    graph = SchemaGraph(schema(shop, sale), Layer())
    assert [one.match for one in graph.joins if one.to_one] == ["sale.store_id = store.store_id"]
    assert graph.unique_key("sale") == ("sid",)
