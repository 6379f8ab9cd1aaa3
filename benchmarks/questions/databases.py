"""The databases that are asked about, with gold statements that run on them."""

import asyncio
import json
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from benchmarks.datasets import FOLDER
from benchmarks.questions.scoring import Rows, gold_statements
from benchmarks.report import skip
from harness.servers.postgres import new_database, postgres

SMALL = """
CREATE TABLE city (city_id INTEGER PRIMARY KEY, name TEXT, population INTEGER);
INSERT INTO city VALUES (1, 'Kiel', 246000), (2, 'Ulm', 126000);
"""


@dataclass(frozen=True)
class Question:
    text: str
    gold: list[str]


@dataclass(frozen=True)
class Database:
    """`connection` is what `POST /api/connections` takes; `run` gives a gold statement's rows."""

    collection: str
    name: str
    connection: dict[str, Any]
    questions: list[Question]
    run: Callable[[str], Rows]

    def gold_rows(self, question: Question) -> list[Rows]:
        """The rows of each gold statement. Raises the last error when none runs; some choices of columns do not."""
        found: list[Rows] = []
        last: Exception | None = None
        for statement in question.gold:
            try:
                found.append(self.run(statement))
            except Exception as error:
                last = error
        if not found and last is not None:
            raise last
        return found


@contextmanager
def small() -> Iterator[list[Database]]:
    """Two questions, which say nothing about quality."""
    with TemporaryDirectory(prefix="aistack-city-") as folder:
        path = Path(folder) / "city.sqlite"
        with sqlite3.connect(path) as made:
            made.executescript(SMALL)
        asked = [Question("How many cities are there?", ["SELECT count(*) FROM city"])]
        yield [Database("small", "city", {"engine": "sqlite", "path": str(path)}, asked, _sqlite(path))]


@contextmanager
def chinook() -> Iterator[list[Database]]:
    path, questions = FOLDER / "sql/chinook/Chinook_Sqlite.sqlite", FOLDER / "sql/chinook/questions.jsonl"
    if not questions.is_file():
        skip(f"Chinook: {questions} is missing (lines of question and sql)")
        yield []
        return
    asked = [Question(one["question"], [one["sql"]]) for one in _lines(questions)]
    yield [Database("Chinook", "chinook", {"engine": "sqlite", "path": str(path)}, asked, _sqlite(path))]


@contextmanager
def defog() -> Iterator[list[Database]]:
    folder = FOLDER / "sql/defog"
    if not folder.is_dir():
        skip(f"defog: {folder} is missing; set BENCH_DATA to the folder that holds sql/defog")
        yield []
        return
    lines = _lines(folder / "questions.jsonl")
    with postgres() as server:
        yield [_defog(server, name, folder, lines) for name in sorted({one["db"] for one in lines})]


def _defog(server: str, name: str, folder: Path, lines: list[dict[str, Any]]) -> Database:
    url = asyncio.run(new_database(server))
    subprocess.run(
        ["psql", "-q", "-v", "ON_ERROR_STOP=1", "-f", folder / f"{name}.sql", url],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    parts = urlsplit(url)
    connection = {
        "engine": "postgres", "host": parts.hostname, "port": parts.port, "database": parts.path[1:],
        "user": parts.username, "password": "trusted",
    }  # fmt: skip
    asked = [Question(one["question"], list(gold_statements(one["gold"]))) for one in lines if one["db"] == name]
    return Database("defog", name.replace("_", "-"), connection, asked, lambda sql: asyncio.run(_rows_of(url, sql)))


async def _rows_of(url: str, statement: str) -> Rows:
    import asyncpg

    database = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await database.fetch(statement)]
    finally:
        await database.close()


def _sqlite(path: Path) -> Callable[[str], Rows]:
    def run(statement: str) -> Rows:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            return database.execute(statement).fetchall()

    return run


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
