"""The collections that benchmarks are measured on, and small ones of the same form for quick runs.

The real ones lie in the folder `$BENCH_DATA` (default: `shared/data` beside the repository); the small ones are made
here and say nothing about quality.
"""

import json
import os
import sqlite3
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from harness.processes import REPOSITORY
from harness.sql.store import make_store_sqlite

FOLDER = Path(os.environ.get("BENCH_DATA", REPOSITORY.parent / "shared" / "data"))
Relevance = dict[str, dict[str, int]]

TOPICS = {
    "boundary layer": ("laminar flow over a flat plate", "transition to turbulence", "skin friction at high speed"),
    "heat transfer": ("a blunt body at high temperature", "cooling by a film of gas", "radiation from the shock layer"),
    "wing": ("lift of a swept wing", "flutter at supersonic speed", "a slender delta wing at incidence"),
    "shell": ("buckling of a thin cylinder", "vibration under pressure", "stress around a circular hole"),
}
GEOGRAPHY = """
CREATE TABLE border_info (state_name text, border text);
CREATE TABLE city (city_name text, population int, country_name text, state_name text);
CREATE TABLE highlow (state_name text, highest_elevation text, lowest_point text, highest_point text,
  lowest_elevation text);
CREATE TABLE lake (lake_name text, area double, country_name text, state_name text);
CREATE TABLE mountain (mountain_name text, mountain_altitude int, country_name text, state_name text);
CREATE TABLE river (river_name text, length int, country_name text, traverse text);
CREATE TABLE state (state_name text, population int, area double, country_name text, capital text, density double);
INSERT INTO state VALUES ('alaska', 401800, 591000, 'usa', 'juneau', 0.7), ('colorado', 2889000, 104000, 'usa', 'denver', 27.8),
  ('texas', 14229000, 266807, 'usa', 'austin', 53.3), ('utah', 1461000, 84900, 'usa', 'salt lake city', 17.2);
INSERT INTO border_info VALUES ('colorado', 'utah'), ('utah', 'colorado');
INSERT INTO city VALUES ('denver', 492365, 'usa', 'colorado'), ('austin', 345496, 'usa', 'texas'),
  ('houston', 1595138, 'usa', 'texas'), ('salt lake city', 163034, 'usa', 'utah'), ('juneau', 19528, 'usa', 'alaska');
INSERT INTO highlow VALUES ('alaska', '6194', 'pacific ocean', 'mount mckinley', '0');
INSERT INTO lake VALUES ('iliamna', 2675, 'usa', 'alaska'), ('great salt lake', 5180, 'usa', 'utah');
INSERT INTO mountain VALUES ('mckinley', 6194, 'usa', 'alaska'), ('elbert', 4399, 'usa', 'colorado');
INSERT INTO river VALUES ('colorado', 2333, 'usa', 'colorado'), ('colorado', 2333, 'usa', 'utah'),
  ('rio grande', 3033, 'usa', 'colorado'), ('rio grande', 3033, 'usa', 'texas');
"""  # noqa: E501 -- a table a line
SMALL_GEOGRAPHY = [
    {"en": "what is the capital of texas", "zh": "得克萨斯 州 的 首府 是 什么",
     "sql": "SELECT capital FROM state WHERE state_name = 'texas'"},
    {"en": "how many people live in utah", "zh": "犹他 州 有 多少 人口",
     "sql": "SELECT population FROM state WHERE state_name = 'utah'"},
]  # fmt: skip
SMALL_SPIDER = [
    {"db_id": "store", "en": "How many customers?", "zh": "有多少客户？", "sql": "SELECT count(*) FROM customers"},
    {"db_id": "store", "en": "Name all products.", "zh": "所有产品的名称？", "sql": "SELECT name FROM products"},
]


@dataclass(frozen=True, slots=True)
class Cranfield:
    """Documents and queries by id, and grades by query and document (0 is not relevant)."""

    documents: dict[str, str]
    queries: dict[str, str]
    relevance: Relevance


@cache
def cranfield(quick: bool) -> Cranfield:
    if quick:
        return _small_cranfield()
    folder = _folder("ir/cranfield")
    documents = {one["id"]: f"{one['title']}\n\n{one['text']}" for one in _lines(folder / "documents.jsonl")}
    queries = {one["id"]: one["text"] for one in _lines(folder / "queries.jsonl")}
    relevance: Relevance = defaultdict(dict)
    for line in (folder / "qrels.tsv").read_text().splitlines()[1:]:
        query, document, grade = line.split("\t")
        relevance[query][document] = int(grade)
    return Cranfield({key: text for key, text in documents.items() if text.strip()}, queries, relevance)


def _small_cranfield() -> Cranfield:
    """24 documents; a query for each topic, to which every document about it is relevant."""
    documents: dict[str, str] = {}
    queries: dict[str, str] = {}
    relevance: Relevance = defaultdict(dict)
    for topic, matters in TOPICS.items():
        queries[topic] = f"what is known about the {topic}"
        for number in range(6):
            key, matter = f"{topic} {number}".replace(" ", "-"), matters[number % len(matters)]
            documents[key] = (
                f"On the {topic}, part {number}\n\nAn experimental study of the {topic} was made. It treats {matter}. "
                f"In test {number} the pressure was {number * 7 + 3} units. The theory agrees with the measurements."
            )
            relevance[topic][key] = 1
    return Cranfield(documents, queries, relevance)


def spider(quick: bool) -> tuple[list[dict], list[dict]]:
    """Databases as `tables.json` has them, and questions in English (en) and Chinese (zh) with their gold SQL."""
    if not quick:
        folder = _folder("sql/spider")
        return json.loads((folder / "tables.json").read_text()), _lines(folder / "questions.jsonl")
    path = Path(mkdtemp(prefix="aistack-bench-")) / "store.sqlite"
    database = sqlite3.connect(make_store_sqlite(path))
    names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    columns: list[tuple[int, str]] = [(-1, "*")]
    types = ["text"]
    for at, name in enumerate(names):
        for row in database.execute(f"PRAGMA table_info({name})"):
            columns.append((at, row[1]))
            types.append("number" if row[2].startswith(("INT", "DEC", "DOU")) else "text")
    described = {
        "db_id": "store", "table_names_original": names, "column_names_original": columns, "column_types": types,
        "foreign_keys": [],
    }  # fmt: skip
    database.close()
    path.unlink()
    path.parent.rmdir()
    return [described], SMALL_SPIDER


def geography(quick: bool) -> sqlite3.Connection:
    """GeoQuery's database; the small one has four states."""
    if not quick:
        return sqlite3.connect(f"file:{_folder('sql/geoquery') / 'geography.sqlite'}?mode=ro", uri=True)
    database = sqlite3.connect(":memory:")
    database.executescript(GEOGRAPHY)
    return database


def geography_questions(quick: bool) -> list[dict]:
    return SMALL_GEOGRAPHY if quick else _lines(_folder("sql/geoquery") / "questions.jsonl")


def multihop(name: str) -> dict:
    """`passages` of Wikipedia and `questions`, each with the numbers of the passages that it needs: `gold`."""
    return json.loads((_folder("multihop") / f"{name}.json").read_text("utf-8"))


def _folder(name: str) -> Path:
    folder = FOLDER / name
    if not folder.is_dir():
        raise SystemExit(f"{folder} is missing: set BENCH_DATA to the folder that holds {name}, or run with --quick")
    return folder


def _lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
