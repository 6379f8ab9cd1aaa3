"""Which tables and columns a question is about."""

import numpy as np
import pytest

from aistack.ai.linking.schema_linker import SchemaLinker
from aistack.ai.schema.semantic_layer import parse_layer
from harness.sql.store_schema import store_schema, table

TABLES = [
    table("shop.orders", {"id": "INT", "customer_id": "INT", "total": "INT"}, {"customer_id": "shop.customers"}),
    table("shop.customers", {"id": "INT", "name": "TEXT", "city": "TEXT"}),
    table("school.teacher", {"id": "INT", "name": "TEXT", "hometown": "TEXT"}),
    table("school.course", {"id": "INT", "title": "TEXT"}),
    table("music.concert", {"id": "INT", "year": "INT", "stadiumid": "INT"}),
    table("music.stadium", {"id": "INT", "capacity": "INT", "name": "TEXT"}),
]


async def first(question: str, layer: str = "") -> str:
    found = await SchemaLinker(TABLES, parse_layer(layer)).tables(question, 3)
    return found[0].name


@pytest.mark.parametrize(("question", "name"), [
    ("How many orders are there?", "shop.orders"), ("Which instructors are from Kiel?", "school.teacher"),
    ("What is the capacity of each stadium?", "music.stadium"), ("老师的家乡", "school.teacher"),
    ("有多少订单", "shop.orders"), ("每个体育场的容量", "music.stadium"), ("音乐会", "music.concert"),
])  # fmt: skip
async def test_synonyms_and_translations_find_tables(question: str, name: str):
    assert await first(question) == name


async def test_tables_of_one_schema_raise_each_other():
    found = await SchemaLinker(TABLES, parse_layer("")).tables("orders of customers in each city", 2)
    assert {one.name for one in found} == {"shop.orders", "shop.customers"}


async def test_the_semantic_layer_names_tables():
    assert await first("Where do the gigs take place?", "tables: {music.concert: {names: [gig]}}") == "music.concert"


async def test_columns_in_the_question_come_first():
    found = await SchemaLinker(store_schema().tables, parse_layer("")).tables("price and stock of products")
    assert set(found[0].columns) >= {"price", "stock"}


class Vectors:
    """Sentence vectors that know that a gig is a concert."""

    name = "vectors"

    async def embed(self, texts: list[str], kind: str) -> np.ndarray:
        return np.array([[1.0, 0.0] if "concert" in text or "gig" in text else [0.0, 1.0] for text in texts])

    async def close(self) -> None: ...


async def test_sentence_vectors_find_tables_without_common_words():
    (alone,) = await SchemaLinker(TABLES, parse_layer("")).tables("gigs", 1)
    (found,) = await SchemaLinker(TABLES, parse_layer(""), Vectors()).tables("gigs", 1)
    assert (alone.score, found.name) == (0, "music.concert")
    assert found.score > 0


async def test_no_tables_or_no_match_is_no_error():
    assert await SchemaLinker([], parse_layer("")).tables("orders") == []
    assert len(await SchemaLinker(TABLES, parse_layer("")).tables("xyzzy 你好", 3)) == 3
