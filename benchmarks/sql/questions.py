"""Questions in words: which of Spider's tables are found for them, and what the rules answer of GeoQuery.

Spider's schemas are pooled, so the tables of 166 databases stand beside each other. GeoQuery is asked with the semantic
layer beside this file, which says what its columns mean and what places are called in Chinese; an answer is right when
its rows, as a set, are those of the gold query. BM25 over the same tables (bm25s) runs beside.
"""

import sqlite3
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from aistack.ai.linking.candidate_phrases import candidate_phrases, search_terms
from aistack.ai.linking.schema_linker import SchemaLinker
from aistack.ai.linking.value_linker import ValueLinks
from aistack.ai.rules.grammar.question_parser import QuestionParser
from aistack.ai.rules.meaning.logical_form import Query
from aistack.ai.rules.sql.sql_generator import SqlGenerator
from aistack.ai.schema.identifiers import identifier_words
from aistack.ai.schema.profiles import Column, kind_of
from aistack.ai.schema.schema_graph import SchemaGraph
from aistack.ai.schema.semantic_layer import Layer, parse_layer
from aistack.connection.wire import SchemaView, TableView
from aistack.llm.onnx import OnnxEmbedder
from benchmarks.bm25 import best, english_stemmer
from benchmarks.datasets import geography, geography_questions, spider
from benchmarks.rag.models import minilm
from benchmarks.report import Row

TOP = 10
LAYER = Path(__file__).with_name("geography.yaml")
LANGUAGES = {"en": "English", "zh": "Chinese"}
TODAY = date(2026, 1, 1)

Standing = dict[str, list[tuple[Column, str]]]


async def rows(quick: bool) -> list[Row]:
    return [*await linking(quick), *parsing(quick)]


async def linking(quick: bool) -> list[Row]:
    """Recall of the gold queries' tables among the first ten."""
    databases, asked = spider(quick)
    tables = spider_tables(databases)
    linker = SchemaLinker(tables, Layer())
    made: list[Row] = []
    for language, name in LANGUAGES.items():
        begun = time.perf_counter()
        found = [[one.name for one in await linker.tables(question[language], TOP)] for question in asked]
        spent = (time.perf_counter() - begun) / len(asked) * 1000
        bar = ">= 95" if language == "en" else ""
        made.append(Row(f"Spider, recall@10 of tables, {name}", recall(asked, found), "%", bar))
        made.append(
            Row(f"the same with BM25 alone, {name}", recall(asked, bm25(tables, [one[language] for one in asked])), "%")
        )
        made.append(Row(f"time per question, with {len(tables)} tables, {name}", round(spent, 1), "ms"))
    with_vectors = SchemaLinker(tables, Layer(), OnnxEmbedder(minilm(quick)))
    found = [[one.name for one in await with_vectors.tables(question["en"], TOP)] for question in asked]
    made.append(Row("the same with MiniLM's vectors, English", recall(asked, found), "%"))
    return made


def recall(asked: Sequence[dict], found: Sequence[Sequence[str]]) -> float:
    import sqlglot
    from sqlglot import exp

    total = 0.0
    for question, names in zip(asked, found, strict=True):
        tree = sqlglot.parse_one(question["sql"], read="sqlite")
        gold = {f"{question['db_id']}.{one.name}".lower() for one in tree.find_all(exp.Table)}
        total += len(gold & {name.lower() for name in names}) / len(gold)
    return round(100 * total / len(asked), 1)


def bm25(tables: Sequence[TableView], questions: Sequence[str]) -> list[list[str]]:
    """bm25s with its stemmed tokens over each table's name and columns, identifiers split into words."""
    texts = [
        " ".join(
            (
                *identifier_words(one.name.rpartition(".")[2]),
                *(word for column in one.columns for word in identifier_words(column.name)),
            )
        )
        for one in tables
    ]
    found = best(texts, questions, TOP, english_stemmer())
    return [[tables[at].name for at in line] for line in found]


def spider_tables(databases: Sequence[dict]) -> list[TableView]:
    made: list[TableView] = []
    for database in databases:
        names = [f"{database['db_id']}.{name}" for name in database["table_names_original"]]
        columns = database["column_names_original"]
        keys: dict[int, list[dict]] = {}
        for left, right in database["foreign_keys"]:
            key = {
                "columns": [columns[left][1]],
                "table": names[columns[right][0]],
                "table_columns": [columns[right][1]],
            }
            keys.setdefault(columns[left][0], []).append(key)
        for at, name in enumerate(names):
            own = [
                (said, kind)
                for (place, said), kind in zip(columns, database["column_types"], strict=True)
                if place == at
            ]
            made.append(table(name, own, keys.get(at, [])))
    return made


def table(name: str, columns: Sequence[tuple[str, str]], keys: Sequence[dict] = ()) -> TableView:
    described = [
        {"name": one, "type": kind, "nullable": True, "default": "", "comment": "", "samples": []}
        for one, kind in columns
    ]
    return TableView.model_validate(
        {"name": name, "kind": "table", "comment": "", "rows": None, "columns": described, "primary_key": [],
         "foreign_keys": list(keys), "indexes": []}
    )  # fmt: skip


def parsing(quick: bool) -> list[Row]:
    """Of GeoQuery's questions: how many the rules answer, and how many of those rightly; then with no layer at all."""
    database = geography(quick)
    names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    tables = [table(one, [(row[1], row[2]) for row in database.execute(f"PRAGMA table_info({one})")]) for one in names]
    schema = SchemaView(connection="geography", engine="sqlite", read_at=datetime.now(UTC), tables=tables)
    stands = values_of(database, tables)
    asked = geography_questions(quick)
    made: list[Row] = []
    for layer, which in (
        (parse_layer(LAYER.read_text("utf-8")), "with a semantic layer"),
        (Layer(), "without a semantic layer"),
    ):
        known = SchemaGraph(schema, layer)
        reader, shares = QuestionParser(known), []
        for language, name in LANGUAGES.items():
            begun = time.perf_counter()
            answered = [answer(one, language, database, reader, stands) for one in asked]
            spent = (time.perf_counter() - begun) / len(asked) * 1000
            given = [one for one in answered if one is not None]
            shares.append(sum(given) / len(asked) * 100)
            precision, coverage = sum(given) / max(1, len(given)), len(given) / len(asked)
            made.append(
                Row(f"GeoQuery {which}, share of answers that are correct, {name}", round(precision, 3), "", ">= 0.9")
            )
            made.append(
                Row(f"GeoQuery {which}, share of {len(asked)} questions answered, {name}", round(coverage, 3), "")
            )
            made.append(Row(f"time to interpret and run one question, {name}", round(spent, 1), "ms"))
        difference = round(shares[0] - shares[1], 1)
        made.append(Row(f"GeoQuery {which}, correct answers, English minus Chinese", difference, "points", "<= 10"))
    return made


def answer(
    one: dict, language: str, database: sqlite3.Connection, reader: QuestionParser, stands: Standing
) -> bool | None:
    """Whether the answer is right; None where there is none, or where readings differ: those are asked back about."""
    question = one[language] if language == "en" else one[language].replace(" ", "")
    interpretations = reader.parse(question, values_in(question, stands), TODAY).best
    results = {tuple(sorted(result(database, reader.graph, meaning))) for meaning in interpretations}
    return set(results.pop()) == gold(database, one["sql"]) if len(results) == 1 else None


def values_of(database: sqlite3.Connection, tables: Sequence[TableView]) -> Standing:
    """Every value of a text column, in lower case, with where it stands."""
    found: Standing = {}
    for one in tables:
        for column in one.columns:
            if kind_of(column.type) == "text":
                for (value,) in database.execute(f'SELECT DISTINCT "{column.name}" FROM {one.name}'):
                    if value:
                        found.setdefault(value.lower(), []).append((Column(one.name, column.name), value))
    return found


def values_in(question: str, stands: Standing) -> ValueLinks:
    """As the service asks the database for them."""
    found: dict[str, list[tuple[Column, str]]] = {}
    for wanted, said in search_terms(candidate_phrases(question)).items():
        found.setdefault(said, []).extend(stands.get(wanted, ()))
    return found


def result(database: sqlite3.Connection, known: SchemaGraph, meaning: Query) -> set[tuple[str, ...]]:
    return plain(database.execute(SqlGenerator(known, "sqlite").statement(meaning)).fetchall())


def gold(database: sqlite3.Connection, sql: str) -> set[tuple[str, ...]] | None:
    try:
        return plain(database.execute(sql).fetchall())
    except sqlite3.Error:  # one of them is not SQLite's SQL
        return None


def plain(found: Sequence[Sequence[object]]) -> set[tuple[str, ...]]:
    """Numbers alike, whether they stand as numbers or as text."""

    def said(cell: object) -> str:
        try:
            return str(float(cell))  # type: ignore[arg-type]
        except (TypeError, ValueError):
            return str(cell)

    return {tuple(said(cell) for cell in row) for row in found}
