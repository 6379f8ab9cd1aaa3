"""Words for tables and values beside those that the schema has: clients for customers, successful for success."""

import re
from collections.abc import Sequence

from aistack.ai.rules.meaning.logical_form import ColumnCondition
from aistack.ai.rules.reports.words.measures import PRICES, words_of
from aistack.ai.schema.identifiers import identifier_words
from aistack.ai.schema.profiles import Column
from aistack.ai.schema.schema_graph import SchemaGraph
from aistack.ai.text.english_nouns import singular_noun

CLASSES: Sequence[Sequence[str]] = (
    "customer client user buyer shopper member subscriber account patron".split(),
    "employee staff worker".split(),
    "order purchase".split(),
    "product item good article".split(),
    "doctor physician".split(),
    "student pupil".split(),
    "teacher instructor".split(),
    "invoice bill".split(),
    "appointment visit".split(),
    "客户 顾客 用户 会员 买家 消费者".split(),
    "员工 雇员 职员".split(),
    "订单 单".split(),
    "产品 商品 货品".split(),
    "医生 大夫".split(),
    "学生 学员".split(),
    "教师 老师".split(),
)
ARRIVALS = ("signup", "sign up", "registration", "new user", "注册")  # of the people that a table holds
ASIDES = re.compile(
    r"[(（](?:both )?(?:inclusive|based on|rounded)[^)）]*[)）]"
    r"|,? ?(?:inclusive of|based on joining|by doing an? (?:left|inner) join)[^.?;]*",
    re.IGNORECASE,
)
WHOLE_PERIOD = re.compile(
    r"\b(?:previous|last) (?:iso |calendar |full |whole )*(?:week|month|quarter|year)\b", re.IGNORECASE
)
CURRENT = re.compile(r",? ?\(?(?:not including|excluding) the current (?:week|month|quarter|year)\)?", re.IGNORECASE)
FIRST_LAST = re.compile(r"\bfirst and last names?\b", re.IGNORECASE)
WEEK = {
    "weekend": ("saturday", "sunday"), "weekday": ("monday", "tuesday", "wednesday", "thursday", "friday"),
}  # fmt: skip
ENDINGS = ("ful", "ed", "led", "d", "ly", "ing", "ted", "ally")
VALUE_LETTERS_MIN = 4


def table_synonyms(graph: SchemaGraph) -> dict[str, str]:
    """Words with the only table that they can mean; none that is a name in the schema."""
    names = {
        name: table.name for table in graph.tables.values() for name in (*table.names, *map(singular_noun, table.names))
    }
    columns = {name for table in graph.tables.values() for one in table.columns.values() for name in one.names}
    found: dict[str, str] = {}
    for words in CLASSES:
        tables = {names[word] for word in words if word in names}
        if len(tables) == 1:
            (table,) = tables
            found |= {word: table for word in words if word not in names and word not in columns}
            if words[0] in ("customer", "客户"):
                found |= dict.fromkeys(ARRIVALS, table)
    return found


def without_asides(question: str) -> str:
    """The question without remarks on how to compute what it asks for."""
    text = ASIDES.sub(" ", question)
    if WHOLE_PERIOD.search(text):
        text = CURRENT.sub(" ", text)
    return FIRST_LAST.sub("first name and last name", text)


def short_names(graph: SchemaGraph) -> dict[str, tuple[Column, ...]]:
    """What columns of two words are called for short or the other way round: city for `city_name`, type of food."""
    named = {name for table in graph.tables.values() for name in table.names}
    named |= {name for table in graph.tables.values() for one in table.columns.values() for name in one.names}
    named |= {singular_noun(name) for name in named}
    found: dict[str, dict[Column, None]] = {}
    for table in graph.tables.values():
        for profile in table.columns.values():
            words = identifier_words(profile.bare)
            if len(words) != 2 or (profile.is_key and words[1] == "id"):
                continue
            if words[1] in ("name", "title") and words[0] not in named:
                found.setdefault(words[0], {})[profile.column] = None
            found.setdefault(f"{words[1]} of {words[0]}", {})[profile.column] = None
            if words[0] == singular_noun(identifier_words(table.bare)[0]) and len(identifier_words(table.bare)) > 1:
                found.setdefault(words[1], {})[profile.column] = None
        prices = [
            one.column
            for one in table.columns.values()
            if one.kind == "number" and words_of(one) & PRICES and not one.is_key
        ]
        for verb in ("cost", "costs", "priced") if len(prices) == 1 else ():
            if verb not in named:
                found.setdefault(verb, {})[prices[0]] = None
    return {name: tuple(columns) for name, columns in found.items()}


def head_words(graph: SchemaGraph) -> dict[str, list[str]]:
    """The first word of table names that have several: payments for `payments_received`."""
    named = {name for table in graph.tables.values() for name in table.names}
    named |= {name for table in graph.tables.values() for one in table.columns.values() for name in one.names}
    found: dict[str, list[str]] = {}
    for table in graph.tables.values():
        words = identifier_words(table.bare)
        is_plural = words and singular_noun(words[0]) != words[0]
        if len(words) > 1 and is_plural and words[0] not in named and singular_noun(words[0]) not in named:
            found.setdefault(words[0], []).append(table.name)
    return found


def described_values(graph: SchemaGraph, word: str) -> list[ColumnCondition]:
    """Values that an adjective stands for, in columns with few of them: `success` for successful."""
    found: list[ColumnCondition] = []
    lowered = word.lower()
    for table in graph.tables.values():
        for profile in table.columns.values():
            if profile.kind != "text" or profile.is_key or not 1 < len(profile.samples) <= 12:
                continue
            days = WEEK.get(singular_noun(lowered), ())
            if days and (same := [one for one in profile.samples if one.lower() in days]):
                found.append(ColumnCondition(profile.column, "in", tuple(sorted(same))))
            for value in profile.samples:
                stem = value.lower()
                is_form = len(stem) >= VALUE_LETTERS_MIN and lowered in {f"{stem}{end}" for end in ENDINGS}
                if is_form or (len(stem) >= VALUE_LETTERS_MIN and stem == singular_noun(lowered)):
                    found.append(ColumnCondition(profile.column, "=", (value,)))
    return found


def unit_words(graph: SchemaGraph) -> dict[str, tuple[Column, ...]]:
    """Units, pieces and items sold: the quantities of the schema, where nothing else is called that."""
    named = {name for table in graph.tables.values() for name in table.names}
    named |= {name for table in graph.tables.values() for one in table.columns.values() for name in one.names}
    found = tuple(
        one.column
        for table in graph.tables.values()
        for one in table.columns.values()
        if one.kind == "number" and not one.is_key and words_of(one) & {"quantity", "qty", "数量"}
    )
    return {word: found for word in ("units", "pieces", "units sold", "销量", "件数") if found and word not in named}
