"""Which tables a question is about."""

import numpy as np
import pytest

from aistack.ai.glossary import alike, chinese_words_in, translations
from aistack.ai.linking import Linker
from aistack.ai.semantics import parsed
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
    found = await Linker(TABLES, parsed(layer)).tables(question, 3)
    return found[0].name


@pytest.mark.parametrize(("question", "name"), [
    ("How many orders are there?", "shop.orders"), ("Which instructors are from Kiel?", "school.teacher"),
    ("What is the capacity of each stadium?", "music.stadium"), ("老师的家乡", "school.teacher"),
    ("有多少订单", "shop.orders"), ("每个体育场的容量", "music.stadium"), ("音乐会", "music.concert"),
])  # fmt: skip
async def test_words_of_like_meaning_and_of_the_other_language_lead_to_tables(question: str, name: str):
    assert await first(question) == name


async def test_tables_of_one_place_speak_for_each_other():
    found = await Linker(TABLES, parsed("")).tables("orders of customers in each city", 2)
    assert {one.name for one in found} == {"shop.orders", "shop.customers"}


async def test_the_semantic_layer_names_tables():
    assert await first("Where do the gigs take place?", "tables: {music.concert: {names: [gig]}}") == "music.concert"


async def test_columns_that_are_named_come_first():
    found = await Linker(store_schema().tables, parsed("")).tables("price and stock of products")
    assert set(found[0].columns) >= {"price", "stock"}


class Vectors:
    """Sentence vectors that know that a gig is a concert."""

    name = "vectors"

    async def embed(self, texts: list[str], kind: str) -> np.ndarray:
        return np.array([[1.0, 0.0] if "concert" in text or "gig" in text else [0.0, 1.0] for text in texts])

    async def close(self) -> None: ...


async def test_sentence_vectors_add_what_words_do_not_say():
    (alone,) = await Linker(TABLES, parsed("")).tables("gigs", 1)
    (found,) = await Linker(TABLES, parsed(""), Vectors()).tables("gigs", 1)
    assert (alone.score, found.name) == (0, "music.concert")
    assert found.score > 0


async def test_nothing_fits_nothing():
    assert await Linker([], parsed("")).tables("orders") == []
    assert len(await Linker(TABLES, parsed("")).tables("xyzzy 你好", 3)) == 3


def test_the_glossary_speaks_both_languages():
    assert "客户" in translations("customer")
    assert "客户" in translations("customers")
    assert "city" in translations("城市")
    assert "instructor" in alike("teacher")
    assert chinese_words_in("查询所有歌手的平均年龄") == ["歌手", "平均", "年龄"]
